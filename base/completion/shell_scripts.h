// The shells' completion scripts for one program: bash.in, zsh.in and fish.in, which ask the
// program itself for every answer.
#pragma once

#include <string>
#include <string_view>

#include "base/completion/reply.h"

namespace secure_exec {

// The names of one program of ours. kubectl runs the first for `kubectl secure-exec`.
struct ProgramNames {
  std::string_view name;      // "kubectl-secure_exec"
  std::string_view dash;      // "kubectl-secure-exec", for people
  std::string_view complete;  // "kubectl_complete-secure_exec", which kubectl's own completion runs
};
inline constexpr ProgramNames kExecNames = {"kubectl-secure_exec", "kubectl-secure-exec",
                                            "kubectl_complete-secure_exec"};
inline constexpr ProgramNames kReplayNames = {"kubectl-secure_replay", "kubectl-secure-replay",
                                              "kubectl_complete-secure_replay"};

std::string ShellScript(CompletionShell shell, const ProgramNames& names);

// A line that is in every script of ours, and in nothing else.
extern const std::string_view kScriptMark;

}  // namespace secure_exec
