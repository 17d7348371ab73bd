// The lines of a session as seen: any bytes as events, with resizes among them. What must hold:
// everything that is handed out was wanted; the way past the emulator finds no less than the
// emulator alone where lines only scroll by.
//
// The first byte is the size of an event; "\x1B]r;COLUMNS;ROWS\a" stands for a resize.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "replay/search/seen_text.h"

namespace secure_exec {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

class Listener : public SeenTextListener {
 public:
  std::multiset<std::string> lines;

 private:
  bool Wants(std::string_view line) override { return line.find('e') != std::string_view::npos; }
  size_t FindLine(std::string_view text, size_t from) override {
    const size_t at = text.find('e', from);
    if (at == std::string_view::npos) return at;
    const size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at);
    return before == std::string_view::npos || before < from ? from : before + 1;
  }
  void Seen(const SeenLine& line) override {
    Require(Wants(line.text));
    Require(line.began_us <= line.ended_us);
    Require(line.line > 0);
    lines.emplace(line.text);
  }
};

std::multiset<std::string> Run(std::string_view bytes, size_t event, size_t plain_before) {
  Listener listener;
  SeenText text({.size = {.columns = 13, .rows = 5}, .plain_before = plain_before}, listener);
  int64_t now = 0;
  constexpr std::string_view kResize = "\x1B]r;";
  while (!bytes.empty()) {
    if (bytes.starts_with(kResize)) {
      const size_t end = bytes.find('\a');
      if (end != std::string_view::npos && end < 20) {
        const std::string numbers(bytes.substr(kResize.size(), end - kResize.size()));
        char* next = nullptr;
        const long columns = std::strtol(numbers.c_str(), &next, 10) % 100;
        const long rows = *next == ';' ? std::strtol(next + 1, nullptr, 10) % 50 : 1;
        text.Resize({.columns = static_cast<int>(columns), .rows = static_cast<int>(rows)}, ++now);
        bytes.remove_prefix(end + 1);
        continue;
      }
    }
    size_t part = std::min(bytes.size(), event);
    part = std::max<size_t>(1, std::min(part, bytes.find(kResize, 1)));
    text.Feed(bytes.substr(0, part), ++now);
    bytes.remove_prefix(part);
  }
  text.Finish(++now);
  return listener.lines;
}

}  // namespace
}  // namespace secure_exec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t event = data[0] + size_t{1};
  const auto quick = Run(rest, event, 0);
  const auto slow = Run(rest, event, SIZE_MAX);
  // Nothing goes back to a line that scrolled by: then the two are equal.
  const bool plain = std::all_of(rest.begin(), rest.end(), [](char c) {
    return (c >= 0x20 && c < 0x7F) || c == '\r' || c == '\n';
  });
  if (plain) Require(quick == slow);
  return 0;
}
