// Text of ASCII: other bytes are left as they are, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace secure_exec {

std::string AsciiLower(std::string_view text);

// Without what Go's unicode.IsSpace takes at either end.
std::string_view TrimSpace(std::string_view text);

}  // namespace secure_exec
