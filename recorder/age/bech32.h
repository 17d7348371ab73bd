// Bech32 (BIP 173) without its limit of 90 characters, as age writes its keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "recorder/age/secret.h"

namespace secure_exec {

struct Bech32 {
  std::string prefix;  // as written
  SecretText data;     // bytes
};

// In lower case. `prefix` is lower case.
std::string Bech32Encode(std::string_view prefix, std::string_view data);
// nullopt unless all of it is right: one case, checksum, no padding but fewer than 5 zero bits.
std::optional<Bech32> Bech32Decode(std::string_view text);

}  // namespace secure_exec
