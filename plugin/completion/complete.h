// Completes a command line of kubectl secure-exec: flags, their values, and what to exec into, as
// kubectl exec's own completion does. Starts no session and makes no recording: it is not linked
// with what could.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/completion/completion.h"
#include "plugin/completion/sources.h"

namespace secure_exec {

// The sources for a line with these flags.
using OpenSources = std::function<std::unique_ptr<CompletionSources>(const Options&)>;

Completion CompleteExec(const std::vector<std::string>& words, const std::string& word,
                        const OpenSources& open);

}  // namespace secure_exec
