// Any header blocks, one behind the other as on a connection (they share one zlib stream). The
// input is blocks behind their lengths in two bytes. What is read stays within its bounds, and
// reads the same once written again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plugin/remote/spdy_headers.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  SpdyHeaderReader reader, second_reader;
  SpdyHeaderWriter writer;
  while (rest.size() >= 2) {
    const size_t length = static_cast<uint8_t>(rest[0]) << 8 | static_cast<uint8_t>(rest[1]);
    const std::string_view block = rest.substr(2, length);
    rest.remove_prefix(2 + block.size());
    const auto headers = reader.Read(block);
    if (!headers) return 0;
    Require(headers->size() <= SpdyHeaderReader::kMaxHeaders);
    size_t bytes = 4;
    for (const auto& [name, value] : *headers) bytes += 8 + name.size() + value.size();
    Require(bytes <= SpdyHeaderReader::kMaxBytes);
    const auto again = second_reader.Read(writer.Write(*headers));
    Require(again && *again == *headers);
  }
  return 0;
}
