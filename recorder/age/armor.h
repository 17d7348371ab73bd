// age's ASCII armor (strict PEM, "AGE ENCRYPTED FILE"), read: identity files under a pass phrase
// often come so.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace secure_exec {

inline constexpr std::string_view kAgeArmorStart = "-----BEGIN AGE ENCRYPTED FILE-----";

// The bytes inside. LF or CRLF; space and empty lines before and behind are allowed, nothing else
// that is not canonical. kFormat.
Result<std::string> DecodeAgeArmor(std::string_view text);

}  // namespace secure_exec
