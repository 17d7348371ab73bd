// Lists on the command line as pflag's StringSlice reads them: one record of CSV as Go's
// encoding/csv has it, so that "a,b" are two and "\"a,b\"" is one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secure_exec {

// Empty for empty text. What stands on the lines behind the first record is not looked at. kUsage
// in Go's words, without the flag: 'parse error on line 1, column 2: bare " in non-quoted-field'.
Result<std::vector<std::string>> ParseStringSlice(std::string_view text);

}  // namespace secure_exec
