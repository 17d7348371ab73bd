// A time as a server writes it. What is read is written back as the same moment.
#include <cstdint>
#include <cstdlib>

#include "base/time_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto seconds = secure_exec::ParseRfc3339(text);
  if (!seconds) return 0;
  // An offset may lead a day out of the years 1 to 9999.
  if (*seconds < -62'135'596'800 - 86'400 || *seconds > 253'402'300'799 + 86'400) std::abort();
  if (*seconds < -62'135'596'800 || *seconds > 253'402'300'799) return 0;
  if (secure_exec::ParseRfc3339(secure_exec::FormatUtcSeconds(*seconds)) != seconds) std::abort();
  return 0;
}
