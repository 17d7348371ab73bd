// on_end: a program that is handed the finished recording, to copy it away or announce it. Run
// without a shell when the recording is sealed and the terminal given back, in a session and
// process group of its own, with no descriptors of ours, an environment of a few variables, and
// stdin and stdout on /dev/null. What it writes on stderr is for the message of its failure. It has
// a time limit, and a signal to us ends it before: then its whole process group is killed.
//
//   {recording}, {id}, {seal}   in an argument stand for the values below
//   SECURE_EXEC_RECORDING   path        SECURE_EXEC_ID         the recording's id
//   SECURE_EXEC_SEALED      yes or no   SECURE_EXEC_SEAL       H(seal body) in hex, where sealed
//   SECURE_EXEC_EXIT        as the recording's exit event: "7 remote exit"
//   SECURE_EXEC_CONTEXT, _NAMESPACE, _POD, _CONTAINER, _REASON
//   PATH (the system's), HOME, USER, LANG=C.UTF-8
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace secure_exec {

struct FinishedRecording {
  std::string path, id, seal, exit;
  bool sealed = false;
  std::string context, name_space, pod, container, reason;
  std::string local_user, home;
};

// Signals to us: while `fd` is readable, `came` is asked whether one of them ends what we do.
struct Interrupt {
  int fd = -1;
  std::function<bool()> came;
};

// kIo: "on_end /usr/bin/x: exit status 3: WHAT IT SAID", without control characters.
Result<void> RunOnEnd(const std::vector<std::string>& argv, const FinishedRecording& recording,
                      int64_t timeout_ns, const Interrupt& interrupt, const Clock& clock);

}  // namespace secure_exec
