#include "recorder/age/keys.h"

#include <algorithm>

#include "recorder/age/bech32.h"

namespace secure_exec {
namespace {

constexpr std::string_view kRecipientPrefix = "age";
constexpr std::string_view kIdentityPrefix = "AGE-SECRET-KEY-";
constexpr size_t kShownText = 100;

}  // namespace

Result<AgeRecipient> AgeRecipient::Parse(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return Fail(ErrorKind::kUsage, "recipient \"{}\": {}", text.substr(0, kShownText), why);
  };
  // Whoever mixes the two up should not find the secret in a log.
  if (text.starts_with("AGE-SECRET-KEY-")) {
    return Fail(ErrorKind::kUsage,
                "a recipient is a public key, age1…; this is a secret one: age-keygen -y shows its "
                "public key");
  }
  const auto decoded = Bech32Decode(text);
  if (!decoded) return bad("not a key as age-keygen writes it (age1…): mistyped or cut");
  if (decoded->prefix != kRecipientPrefix) {
    return bad("of a type that is not supported; only X25519 keys are (age1…, from age-keygen)");
  }
  AgeRecipient recipient;
  if (decoded->data.view().size() != recipient.point.size()) return bad("of the wrong length");
  std::copy_n(decoded->data.view().begin(), recipient.point.size(), recipient.point.begin());
  // A point of low order would make the key known to everybody. Any scalar tells.
  Secret<32> one;
  std::fill_n(one.data(), one.size(), uint8_t{1});
  if (!X25519(one, recipient.point)) return bad("not a usable key");
  return recipient;
}

std::string AgeRecipient::Text() const { return Bech32Encode(kRecipientPrefix, AsView(point)); }

Result<AgeIdentity> AgeIdentity::Parse(std::string_view text) {
  const auto decoded = Bech32Decode(text);
  if (!decoded) return Fail(ErrorKind::kFormat, "not an age identity (AGE-SECRET-KEY-1…)");
  if (decoded->prefix != kIdentityPrefix) {
    return Fail(ErrorKind::kFormat, "an identity of a type that is not supported; only X25519 is");
  }
  Secret<32> scalar;
  if (decoded->data.view().size() != scalar.size()) {
    return Fail(ErrorKind::kFormat, "an age identity of the wrong length");
  }
  std::copy_n(decoded->data.view().begin(), scalar.size(), scalar.data());
  return AgeIdentity(std::move(scalar));
}

SecretText AgeIdentity::Text() const {
  SecretText lower(Bech32Encode("age-secret-key-", scalar_.view()));
  for (char& c : lower.text()) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return lower;
}

}  // namespace secure_exec
