// What stands in a recording for typed text that may be a secret: its length in buckets, and an
// HMAC-SHA256 of it under a key that is made for this recording, is kept in memory only and is
// wiped with this object, at the recording's end. So whoever has the recording can tell that the
// same text was typed twice in it, and nothing more: without the key no guess can be tried against
// the HMAC, and two recordings cannot be compared.
#pragma once

#include <string_view>

#include "recorder/age/secret.h"
#include "recorder/cast/masked_input.h"

namespace secure_exec {

class InputMask {
 public:
  explicit InputMask(const RandomSource& random) : key_(Secret<32>::Random(random)) {}

  MaskedInput Of(std::string_view text) const;

 private:
  Secret<32> key_;
};

}  // namespace secure_exec
