// The header of an age v1 file (C2SP age.md): the file key wrapped for each recipient, and its MAC.
//
//   age-encryption.org/v1
//   -> X25519 SHARE
//   BODY
//   --- MAC
//
// Parsing is as strict as the specification: nothing but the canonical form is read.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "recorder/age/keys.h"
#include "recorder/age/secret.h"

namespace secure_exec {

using AgeFileKey = Secret<16>;

inline constexpr std::string_view kAgeIntro = "age-encryption.org/v1\n";
// A header of some hundred recipients; a longer one is refused.
inline constexpr size_t kMaxAgeHeader = 64 * 1024;

struct AgeStanza {
  std::vector<std::string> arguments;  // the first is the type
  std::string body;
};

struct AgeHeader {
  std::vector<AgeStanza> stanzas;
  Hash mac{};
  std::string_view authenticated;  // the bytes under the MAC; borrowed from what was parsed
  size_t size = 0;                 // where the payload begins
};

// A header for these recipients, whole. kRecording without recipients, or with more than
// a reader takes.
Result<std::string> EncodeAgeHeader(const AgeFileKey& file_key,
                                    std::span<const AgeRecipient> recipients,
                                    const RandomSource& random);

// From the first byte of `bytes`, which go on behind the header. kFormat.
Result<AgeHeader> ParseAgeHeader(std::string_view bytes);
// True where `bytes` are too short to tell: they may be the beginning of a header.
bool IsAgeHeaderPrefix(std::string_view bytes);

// The file key, authenticated by the MAC. kNotFound: it is for none of these identities. kFormat: a
// stanza is malformed, or the header was altered.
Result<AgeFileKey> UnwrapFileKey(const AgeHeader& header, std::span<const AgeIdentity> identities);

// The same for a file under a pass phrase. kNotFound: it is not this one; kUsage: it is under none.
// The work factor is at most 22, as in age: a file must not take minutes and gigabytes.
Result<AgeFileKey> UnwrapWithPassphrase(const AgeHeader& header, std::string_view passphrase);
bool IsPassphraseHeader(const AgeHeader& header);

}  // namespace secure_exec
