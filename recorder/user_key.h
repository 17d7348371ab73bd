// The user's long-lived Ed25519 key, which certifies the session key of each recording.
#pragma once

#include <string>

#include "base/result.h"
#include "recorder/container/crypto.h"

namespace secure_exec {

// Reads `directory`/user-key.pem; on first use makes it (0600, O_EXCL, directory 0700) and
// user-key.pub.pem beside it. Fails (kRecording) on a key that others can read.
Result<SigningKey> LoadOrCreateUserKey(const std::string& directory);

}  // namespace secure_exec
