#include "base/result.h"

#include <cstring>

namespace secure_exec {

std::string ErrnoText(int error_number) {
  const char* text = strerrordesc_np(error_number);
  return text != nullptr ? text : fmt::format("error {}", error_number);
}

tl::unexpected<Error> FailErrno(ErrorKind kind, std::string_view doing, int error_number) {
  return Fail(kind, "{}: {}", doing, ErrnoText(error_number));
}

}  // namespace secure_exec
