#include "plugin/reason.h"

#include <fmt/format.h>

#include "base/vt/safe_text.h"

namespace secure_exec {

std::string ReasonProblem(std::string_view reason) {
  if (reason.size() > kMaxReasonBytes) {
    return fmt::format("a reason has at most {} bytes", kMaxReasonBytes);
  }
  if (SafeLine(reason) != reason) {
    return "a reason is one line of text, without control characters";
  }
  return "";
}

}  // namespace secure_exec
