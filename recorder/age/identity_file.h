// Files of age identities, as age-keygen writes them: one AGE-SECRET-KEY-1… a line, lines that
// begin with "#" and empty ones are passed over. Or such a file encrypted with a pass phrase (age
// -p), armored or not.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "recorder/age/header.h"
#include "recorder/age/keys.h"
#include "recorder/age/secret.h"

namespace secure_exec {

inline constexpr size_t kMaxIdentityFile = 1 << 20;

// Asks for the pass phrase of the file; called once, and only where one is needed.
using AskPassphrase = std::function<Result<SecretText>()>;

// The identities in `content`, at least one. kFormat names the line and never shows it; kNotFound
// for a wrong pass phrase.
Result<std::vector<AgeIdentity>> ParseIdentityFile(std::string_view content,
                                                   const AskPassphrase& ask);

// A whole age file, decrypted: its header was parsed from `file` and gave `file_key`. kFormat where
// it is cut or altered.
Result<SecretText> DecryptAgeFile(std::string_view file, size_t header_size,
                                  const AgeFileKey& file_key);

}  // namespace secure_exec
