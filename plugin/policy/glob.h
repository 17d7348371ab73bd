// Globs of a policy: `*` is any run of characters, `?` one byte, `\` takes the next one as it is.
// The whole text must match; case counts. Takes time in the product of both lengths at most.
#pragma once

#include <string_view>

namespace secure_exec {

bool GlobMatches(std::string_view glob, std::string_view text);

// Whether it matches every text.
bool GlobMatchesAll(std::string_view glob);

}  // namespace secure_exec
