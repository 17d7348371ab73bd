// What a leash did, in words: for the user, and for the recording (docs/format.md section 2 has the
// markers' grammar). Names of processes are anybody's: they are made safe and bounded here.
#pragma once

#include <string>
#include <vector>

#include "plugin/leash/leash.h"

namespace secure_exec {

// One line for stderr: what was not ended and why, and `reap_command`, which ends it later; empty
// where everything was ended and nothing is to be told (LeashSuccess() has words for that). Without
// such a command it is left out.
std::string LeashComplaint(const LeashReport& report, const std::string& reap_command);
// "3 processes in the container were hung up"; empty where LeashComplaint() is not.
std::string LeashSuccess(const LeashReport& report);
// The markers of the recording, in order, each without a LF.
std::vector<std::string> LeashMarkers(const LeashReport& report);

// "kubectl secure-exec --reap ID --leash kill", of a recording's id or path, with the kubeconfig
// that was named, quoted for a shell where that is needed.
std::string ReapCommand(std::string_view recording, LeashMode mode, std::string_view kubeconfig);

}  // namespace secure_exec
