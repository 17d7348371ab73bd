// A completion as each shell's script, and kubectl, read it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/completion/completion.h"

namespace secure_exec {

enum class CompletionShell { kBash, kZsh, kFish };
std::optional<CompletionShell> CompletionShellNamed(std::string_view name);

// For kubectl, whose completion is cobra's: "candidate<TAB>description" lines, and ":N" last. Of a
// word "--flag=va" cobra wants the values alone.
std::string CobraReply(const Completion& completion);

// For our own scripts. The first line has words: nospace, files, dirs, order. Then one candidate a
// line; for zsh and fish with a tab and its description, where it has one.
std::string ShellReply(const Completion& completion);

// For bash, which replaces only what stands behind the last of $COMP_WORDBREAKS: `replaced` is
// that, its $2. With `columns` descriptions stand behind the candidates, cut to that width: for a
// list that is shown, not inserted.
std::string BashReply(const Completion& completion, std::string_view replaced,
                      std::optional<size_t> columns);

}  // namespace secure_exec
