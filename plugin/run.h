// The three phases of a session put together: prepare, stream, end.
#pragma once

#include "base/environment.h"
#include "base/file_ops.h"
#include "plugin/options.h"

namespace secure_exec {

// Exit codes of our own, beside the remote command's and kubectl's 1. A remote command may use the
// same numbers: --status-file and the recording say whose it was.
inline constexpr int kExitTimeout = 119;  // idle, or the longest duration is over
inline constexpr int kExitRecordingFailed = 120;
inline constexpr int kExitPolicy = 121;
inline constexpr int kExitConnectionLost = 122;

// A session, from the command line's options to its exit code. `files` outlives the process: a
// writer thread that is stuck may still be using it.
int RunSession(const Options& options, const Environment& environment, FileOps& files);

}  // namespace secure_exec
