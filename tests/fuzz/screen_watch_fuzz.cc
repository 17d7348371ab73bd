// What the plugin knows of the terminal is the same for every cut of the output, what it undoes is
// undone, and a notice says nothing that could not stand between two sequences.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "plugin/notices.h"
#include "plugin/screen_watch.h"

namespace secure_exec {
namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

std::string Known(const ScreenWatch& watch) {
  return watch.Undo() + '|' + watch.title() + (watch.between() ? 'b' : ' ') +
         (watch.takes_lines() ? 'l' : ' ') + (watch.line_start() ? 's' : ' ') +
         (watch.alternate() ? 'a' : ' ');
}

}  // namespace
}  // namespace secure_exec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  const size_t cut = data[0] * bytes.size() / 256;
  const int rows = data[1];

  ScreenWatch whole, parts;
  whole.SetRows(rows);
  parts.SetRows(rows);
  whole.Feed(bytes);
  parts.Feed(bytes.substr(0, cut));
  parts.Feed(bytes.substr(cut));
  Require(Known(whole) == Known(parts), "the same for every cut");
  Require(whole.title().size() <= ScreenWatch::kMaxTitle + 3, "a bounded title");
  Require(!whole.takes_lines() || (whole.between() && !whole.alternate()),
          "lines only between sequences and on the main screen");

  Notices notices(Notices::Form::kScreen);
  notices.Raise(Notices::Kind::kIdle, {.title = "title", .line = "ends in {} s"});
  const std::string shown = notices.Take(parts, WindowSize{.columns = 80, .rows = rows}, /*now=*/0);
  Require(shown.empty() == !whole.between(), "a notice between sequences, and only there");
  Require(whole.takes_lines() || shown.find("ends in") == std::string::npos, "no line elsewhere");

  whole.Feed(whole.Undo());
  Require(whole.between() && whole.Undo().empty(), "what is undone is undone");
  return 0;
}
