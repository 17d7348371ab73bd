// Any bytes as SPDY frames: the reader stays within its bounds, and hands on the same however they
// are cut. The first byte of the input says where.
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "plugin/remote/spdy_frame.h"

namespace {

using secure_exec::SpdyReader;

void Require(bool condition) {
  if (!condition) std::abort();
}

// What was handed on, data of a stream that came in pieces as one.
struct Log : SpdyReader::Handler {
  void OnReply(uint32_t stream) override { Add(fmt::format("reply {}", stream)); }
  void OnData(uint32_t stream, std::string_view bytes) override {
    Require(stream <= 0x7fffffff && !bytes.empty());
    data += bytes.size();
    const std::string head = fmt::format("data {} ", stream);
    if (last_data != head) Add(head);
    last_data = head;
    text += bytes;
  }
  void OnFin(uint32_t stream) override { Add(fmt::format("fin {}", stream)); }
  void OnReset(uint32_t stream, uint32_t status) override {
    Add(fmt::format("reset {} {}", stream, status));
  }
  void OnPing(uint32_t id) override { Add(fmt::format("ping {}", id)); }
  void OnGoAway(uint32_t status) override { Add(fmt::format("go away {}", status)); }
  void Add(const std::string& line) {
    text += '\n' + line;
    last_data.clear();
  }
  std::string text, last_data;
  size_t data = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t cut = bytes.size() * data[0] / 255;
  Log whole_log, halves_log;
  SpdyReader whole(whole_log), halves(halves_log);
  const bool whole_good = whole.Feed(bytes).has_value();
  bool halves_good = halves.Feed(bytes.substr(0, cut)).has_value();
  if (halves_good) halves_good = halves.Feed(bytes.substr(cut)).has_value();
  Require(whole_good == halves_good);
  Require(whole_log.text == halves_log.text);
  Require(whole_log.data <= bytes.size());
  return 0;
}
