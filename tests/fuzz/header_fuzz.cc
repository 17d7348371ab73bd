// ParseHeader: any bytes. What it accepts must encode to a header that it accepts again as the
// same.
#include <cstdint>
#include <cstdlib>

#include "recorder/cast/header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  auto header = ParseHeader({reinterpret_cast<const char*>(data), size});
  if (!header) return 0;
  header->version = 2;
  const std::string line = EncodeHeader(*header);
  const auto again = ParseHeader(std::string_view(line).substr(0, line.size() - 1));
  if (!again || EncodeHeader(*again) != line) std::abort();
  return 0;
}
