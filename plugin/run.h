// The plugin's three phases put together: prepare, stream, end. What main() does, entered by tests
// too.
#pragma once

#include <string>
#include <vector>

#include "base/environment.h"

namespace secure_exec {

// Exit codes of our own, beside the remote command's and kubectl's 1. A remote command may use the
// same numbers: --status-file and the recording say whose it was.
inline constexpr int kExitTimeout = 119;  // idle, or the longest duration is over
inline constexpr int kExitRecordingFailed = 120;
inline constexpr int kExitPolicy = 121;
inline constexpr int kExitConnectionLost = 122;

// Runs `kubectl secure-exec ARGS…` on this process's own descriptors and terminal and returns the
// exit code, except after a signal without a TTY and after a closed output, when it dies of the
// signal as kubectl would.
int RunPlugin(const std::vector<std::string>& args, const Environment& environment);

}  // namespace secure_exec
