// What a terminal would be sent: the parser gives the same events for every cut, the filter lets
// through nothing that is not on its list, and text has no controls.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "base/vt/event_log.h"
#include "base/vt/parser.h"
#include "base/vt/plain_text.h"
#include "base/vt/safe_output.h"
#include "base/vt/safe_output_check.h"
#include "base/vt/safe_text.h"

namespace secure_exec {
namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

std::string Events(std::string_view a, std::string_view b, bool newline_ends_strings,
                   bool short_sgr) {
  Parser parser({.newline_ends_strings = newline_ends_strings});
  EventLog log(short_sgr);
  parser.Feed(a, log);
  parser.Feed(b, log);
  parser.Finish(log);
  Require(parser.ground(), "ground after the end");
  return log.text();
}

std::string Filtered(std::string_view a, std::string_view b) {
  SafeOutput safe;
  std::string out;
  safe.Feed(a, out);
  Require(FindUnsafe(out).empty(), "only allowed sequences, whole, in the middle");
  safe.Feed(b, out);
  safe.Finish(out);
  Require(FindUnsafe(out).empty(), "only allowed sequences");
  return out;
}

std::string Lines(std::string_view a, std::string_view b, PlainText::Source source, int columns) {
  std::string lines;
  PlainText text(source, [&](const TextLine& line) {
    Require(line.text.size() <= PlainText::kMaxLine, "bounded lines");
    Require(ValidUtf8Prefix(line.text) == line.text.size(), "lines of UTF-8");
    for (const char c : line.text) {
      Require((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t', "no controls");
    }
    Require(FindUnsafe([&] {
              std::string shown;
              AppendSafeText(line.text, shown);
              return shown;
            }())
                .empty(),
            "safe lines");
    (void)line.TimeAt(line.text.size());
    lines += line.text;
    lines += line.ended ? '\n' : '\r';
  });
  text.SetColumns(columns);
  text.Feed(a, 1);
  text.Feed(b, 2);
  text.Finish();
  return lines;
}

}  // namespace
}  // namespace secure_exec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  const size_t cut = bytes.empty() ? 0 : data[0] * bytes.size() / 256;
  const std::string_view a = bytes.substr(0, cut);
  const std::string_view b = bytes.substr(cut);
  const bool newline_ends_strings = (data[1] & 1) != 0;
  const int columns = data[1] >> 3;

  const std::string events = Events(bytes, {}, newline_ends_strings, false);
  Require(Events(a, b, newline_ends_strings, false) == events, "events are the same for every cut");
  Require(Events(a, b, newline_ends_strings, true) == events, "and for who takes short SGR");

  const std::string out = Filtered(a, b);
  Require(out == Filtered(bytes, {}), "filtered output is the same for every cut");
  SafeOutput again;
  std::string twice;
  again.Feed(out, twice);
  Require(twice == out, "what was let through is let through again");

  for (const auto source : {PlainText::Source::kOutput, PlainText::Source::kTyped}) {
    Require(Lines(a, b, source, columns) == Lines(bytes, {}, source, columns),
            "lines are the same for every cut");
  }
  const std::string line = SafeLine(bytes);
  Require(FindUnsafe(line).empty() && line.find_first_of("\x1B\n\r") == std::string::npos,
          "a safe line");
  return 0;
}
