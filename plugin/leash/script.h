// The script that a leash runs in the container (base/leash_script.h has its text), as a second
// command beside the session's. It uses the shell's builtins alone, writes nothing, starts nothing,
// decides nothing: it answers lines.
//
//   l            "p PID STATE PARENT GROUP SESSION TTY FOREGROUND START NAME" for each process,
//   then
//                "u UPTIME PID", with its own pid
//   k SIG PID…   "s SIG PID" for each that could be signalled, then "."
//   q            ends
//
// It runs under busybox's ash, dash and bash. Lines are printed with printf, not with echo, to
// which dash's backslashes mean something: a process's name may hold any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/leash_script.h"

namespace secure_exec {

// {"bash"} where the session's command was one of the shells under which the script runs, else
// {"sh"}.
std::vector<std::string> LeashShellOf(const std::vector<std::string>& session_command);

// The command of the second exec: `sh -c SCRIPT secure-exec-leash ID`, with the session's own shell
// in the place of sh where its command was one (an image may have no other).
std::vector<std::string> LeashCommand(const std::vector<std::string>& session_command,
                                      std::string_view id);

}  // namespace secure_exec
