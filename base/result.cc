#include "base/result.h"

#include <cstring>

namespace secure_exec {

std::string ErrnoText(int error_number) {
  const char* text = strerrordesc_np(error_number);
  return text != nullptr ? text : fmt::format("error {}", error_number);
}

std::string LowerFirst(std::string text) {
  if (text.size() > 1 && text[1] >= 'a' && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

std::string GoErrnoText(int error_number) { return LowerFirst(ErrnoText(error_number)); }

tl::unexpected<Error> FailErrno(ErrorKind kind, std::string_view doing, int error_number) {
  return Fail(kind, "{}: {}", doing, ErrnoText(error_number));
}

}  // namespace secure_exec
