// A number of bytes, a duration, or a list: each reader gets the same text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/go_duration.h"
#include "base/quantity.h"
#include "plugin/string_slice.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto bytes = secure_exec::ParseByteQuantity(text);
  if (bytes && secure_exec::ParseByteQuantity(std::to_string(*bytes)) != *bytes) std::abort();
  const auto ns = secure_exec::ParseGoDuration(text);
  // What was read reads back, in the smallest unit.
  if (ns && secure_exec::ParseGoDuration(std::to_string(*ns) + "ns") != *ns) std::abort();
  if (!ns && !ns.error().message.starts_with("time: ")) std::abort();
  const auto words = secure_exec::ParseStringSlice(text);
  if (words && words->empty() != text.empty()) std::abort();
  if (!words && words.error().message.empty()) std::abort();
  return 0;
}
