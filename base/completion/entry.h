// Where a program becomes its own completion: called as kubectl_complete-…, which kubectl's
// completion runs, or with __complete as its first argument, as our shell scripts do.
//
//   kubectl_complete-secure_exec WORD… WORD-IN-PROGRESS             for kubectl: CobraReply()
//   kubectl-secure_exec __complete bash LINE $2 [COLUMNS]           BashReply()
//   kubectl-secure_exec __complete zsh|fish LINE                    ShellReply()
//
// The answer takes kCompletionNs at most, says nothing on a terminal, and asks nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/completion/completion.h"
#include "base/completion/shell_scripts.h"
#include "base/environment.h"

namespace secure_exec {

inline constexpr int64_t kCompletionNs = 800'000'000;
// Until then what waits gives up by itself, so that what is known by then is still said.
inline constexpr int64_t kCompletionSoftNs = 650'000'000;

// The answer for `word` behind `words` (the program's name is not among them). `deadline_ns`, by
// Clock::System().BootNs(), is the soft one.
using Completer = std::function<Completion(const std::vector<std::string>& words,
                                           const std::string& word, int64_t deadline_ns)>;

// The exit code; nullopt: this is no completion.
std::optional<int> CompleteIfAsked(const ProgramNames& names, int argc, char** argv,
                                   const Environment& environment, const Completer& complete);

}  // namespace secure_exec
