// The user's long-lived Ed25519 key, which certifies the session key of each recording.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "recorder/container/crypto.h"

namespace secure_exec {

// Reads `directory`/user-key.pem; on first use makes it (0600, O_EXCL, directory 0700) and
// user-key.pub.pem beside it. Fails (kRecording) on a key that others can read.
Result<SigningKey> LoadOrCreateUserKey(const std::string& directory);
// A key that the user named; never made. PKCS#8 PEM, or OpenSSH's format for ssh-ed25519, without a
// pass phrase. kRecording.
Result<SigningKey> LoadUserKey(const std::string& path);

// The key in the text of an OpenSSH private key file (openssh-portable, PROTOCOL.key): one
// ssh-ed25519 key, not encrypted. kFormat.
Result<SigningKey> SigningKeyFromOpenSsh(std::string_view text);

}  // namespace secure_exec
