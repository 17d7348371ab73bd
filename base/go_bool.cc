#include "base/go_bool.h"

#include "base/go_quote.h"

namespace secure_exec {

Result<bool> ParseGoBool(std::string_view text) {
  for (std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return Fail(ErrorKind::kUsage, "strconv.ParseBool: parsing {}: invalid syntax", GoQuote(text));
}

}  // namespace secure_exec
