// A channel's lines: any bytes as events. What must hold: passing plain lines by gives the lines,
// with their times, that reading all of them gives; lines of raw bytes are the bytes.
//
// The first byte is the size of an event.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "replay/search/channel_lines.h"

namespace secure_exec {
namespace {

using Lines = std::vector<std::pair<std::string, int64_t>>;  // with the time of the last byte

void Require(bool condition) {
  if (!condition) std::abort();
}

std::pair<std::string, int64_t> LineOf(const TextLine& line) {
  // Of an empty line no time is known.
  return {std::string(line.text), line.text.empty() ? 0 : line.TimeAt(line.text.size() - 1)};
}

template <class Reader>
void FeedAll(Reader& reader, std::string_view bytes, size_t event) {
  int64_t now = 0;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(event, bytes.size()))) {
    reader.Feed(bytes.substr(0, event), ++now);
  }
  reader.Finish();
}

Lines Read(ChannelLines::Source source, std::string_view bytes, size_t event) {
  Lines lines;
  ChannelLines reader(
      source, [&](const TextLine& line) { lines.push_back(LineOf(line)); },
      [&](std::string_view block, int64_t t_us) {
        Require(block.ends_with('\n'));
        for (; !block.empty(); block.remove_prefix(block.find('\n') + 1)) {
          const std::string_view line = block.substr(0, block.find('\n'));
          lines.emplace_back(line, line.empty() ? 0 : t_us);
        }
      });
  FeedAll(reader, bytes, event);
  return lines;
}

}  // namespace
}  // namespace secure_exec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t event = data[0] + size_t{1};
  Lines expected;
  PlainText text(PlainText::Source::kOutput,
                 [&](const TextLine& line) { expected.push_back(LineOf(line)); });
  FeedAll(text, rest, event);
  Require(Read(ChannelLines::Source::kOutput, rest, event) == expected);
  (void)Read(ChannelLines::Source::kTyped, rest, event);
  std::string raw;
  for (const auto& [line, t_us] : Read(ChannelLines::Source::kRaw, rest, event)) raw += line + "\n";
  if (!rest.empty() && !rest.ends_with('\n')) raw.pop_back();
  Require(raw == rest);
  return 0;
}
