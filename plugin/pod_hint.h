// What a user is told when a command could not be started in a pod, behind kubectl's own line: the
// state of the pod, since when, why, and the command that shows more. kubectl says little: 'unable
// to upgrade connection: container not found ("main")' is all for a pod that cannot pull its image,
// one that crashes, and one that waits for an init container.
//
// Pure: from a pod as it was read to text. What a server wrote is made safe for a terminal, and
// names that stand in a suggested command are names that Kubernetes allows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugin/api/pod.h"

namespace secure_exec {

struct HintQuery {
  const Pod* pod = nullptr;     // as read last; not null
  std::string container = {};   // that was asked for; empty: the pod's default
  std::string_view error = {};  // what failed, as it is shown
  std::string program = {};     // that was to be run
  std::string uid = {};         // the pod's when it was chosen; empty: the same
  bool gone = false;            // the pod is not there any more
  int64_t now_s = 0;            // the server's clock, seconds since 1970
  // Of the command line, for the commands that are suggested.
  std::optional<std::string> kubeconfig = {}, context = {};
};

// One or two lines, joined by LF, each with "secure-exec: " in front. Empty if the pod's state says
// nothing about the failure, and where the server refused because of who asked.
std::string PodHint(const HintQuery& query);

// Whether the server refused because of who asked: the pod has no part in it then.
bool IsAboutWhoAsked(std::string_view error);

}  // namespace secure_exec
