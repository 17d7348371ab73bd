// Puts a program's completion where kubectl and the shells find it by themselves, and takes it away
// again. Only links to this program and files with kScriptMark are its own; it touches no other.
//
//   kubectl_complete-…   beside the program's name on PATH (krew's bin folder); where that cannot
//   be
//                        written to, in ~/.local/bin
//   bash                 $BASH_COMPLETION_USER_DIR or $XDG_DATA_HOME/bash-completion, completions/
//   zsh                  $XDG_DATA_HOME/zsh/site-functions/, which fpath must have
//   fish                 $XDG_CONFIG_HOME/fish/completions/
#pragma once

#include <string>

#include "base/completion/shell_scripts.h"
#include "base/environment.h"

namespace secure_exec {

struct InstallReport {
  std::string text;      // a line for each thing that was done or found done
  std::string problems;  // a line for each that could not be; empty: none
};

// `executable`: the program itself, without symlinks. Running it again changes nothing.
InstallReport InstallCompletion(const ProgramNames& names, const Environment& environment,
                                const std::string& executable);
InstallReport UninstallCompletion(const ProgramNames& names, const Environment& environment,
                                  const std::string& executable);

// This process's; empty if it cannot be told.
std::string OwnExecutable();

}  // namespace secure_exec
