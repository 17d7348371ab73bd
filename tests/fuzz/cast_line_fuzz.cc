// LineReader, v2 and v3: any lines. The hand-written path for our own lines and the JSON parser
// must agree, and times of v3 must not go back.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "recorder/cast/line_reader.h"

namespace {

using namespace secure_exec;

void Compare(std::string_view line) {
  LineReader reader(2);
  Event ours, theirs;
  const auto fast = reader.Read(line, ours);
  // With a space in front it is still the same JSON, but not of our writer's form.
  const auto general = reader.Read(" " + std::string(line), theirs);
  if (fast.has_value() != general.has_value()) std::abort();
  if (!fast) return;
  if (*fast != *general) std::abort();
  if (*fast && (ours.t_us != theirs.t_us || ours.code != theirs.code || ours.data != theirs.data)) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  LineReader v3(3);
  Event event;
  int64_t last = 0;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    Compare(line);
    const auto read = v3.Read(line, event);
    if (!read || !*read) continue;
    if (event.t_us < last) std::abort();
    last = event.t_us;
  }
  return 0;
}
