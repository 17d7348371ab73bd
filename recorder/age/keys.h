// age's X25519 keys: recipients (public, "age1…") and identities (secret, "AGE-SECRET-KEY-1…").
// Both cases of Bech32 are its own, but age writes recipients in lower and identities in upper
// case, and reads no others.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "recorder/age/primitives.h"

namespace secure_exec {

struct AgeRecipient {
  X25519Point point{};

  // kUsage: names the recipient and what is wrong with it.
  static Result<AgeRecipient> Parse(std::string_view text);
  std::string Text() const;
  bool operator==(const AgeRecipient&) const = default;
};

class AgeIdentity {
 public:
  // kFormat, without a word of the text.
  static Result<AgeIdentity> Parse(std::string_view text);
  static AgeIdentity FromScalar(Secret<32> scalar) { return AgeIdentity(std::move(scalar)); }

  const AgeRecipient& recipient() const { return recipient_; }
  const Secret<32>& scalar() const { return scalar_; }
  SecretText Text() const;

 private:
  explicit AgeIdentity(Secret<32> scalar)
      : scalar_(std::move(scalar)), recipient_{X25519Public(scalar_)} {}
  Secret<32> scalar_;
  AgeRecipient recipient_;
};

}  // namespace secure_exec
