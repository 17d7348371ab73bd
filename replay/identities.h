// The age identities of --identity FILE (repeatable) or $SECURE_EXEC_IDENTITY: read when the first
// encrypted recording needs them, once. A file under a pass phrase asks for it on the terminal
// then.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "recorder/age/secret.h"
#include "recorder/encrypted_source.h"

namespace secure_exec {

// Asks for the pass phrase of the file at `path`; kUsage where there is nobody to ask.
using PassphrasePrompt = std::function<Result<SecretText>(const std::string& path)>;

// nullptr with no files: whoever needs one says how to name it. A file that cannot be read is
// kUsage too, whatever is wrong with it, and is named.
IdentitySource LoadIdentities(std::vector<std::string> paths, PassphrasePrompt prompt);

// On /dev/tty, without echo; the terminal is given back on every way out. kInterrupted on Ctrl-C.
Result<SecretText> PromptOnTerminal(const std::string& path);

}  // namespace secure_exec
