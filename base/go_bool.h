// Go's strconv.ParseBool, which reads the booleans of kubectl's flags.
#pragma once

#include <string_view>

#include "base/result.h"

namespace secure_exec {

// 1, t, T, TRUE, true, True, and their opposites. kUsage, in Go's words.
Result<bool> ParseGoBool(std::string_view text);

}  // namespace secure_exec
