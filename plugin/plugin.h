// `kubectl secure-exec`: what main() does, entered by tests too. Reads the command line and does
// what it asks for: help, a look at a policy or at who one is, the end of what a session left, or a
// session.
#pragma once

#include <string>
#include <vector>

#include "base/environment.h"

namespace secure_exec {

// Runs `kubectl secure-exec ARGS…` on this process's own descriptors and terminal and returns the
// exit code, except after a signal without a TTY and after a closed output, when it dies of the
// signal as kubectl would.
int RunPlugin(const std::vector<std::string>& args, const Environment& environment);

}  // namespace secure_exec
