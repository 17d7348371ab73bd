// Any bytes on the emulator, then drawn: what comes out for a terminal is on the allow-list of
// safe_output_check.h, what comes out as an image has no element but ours; and what the painter
// makes of two screens in a row shows the second one. The sequences of Redraw() make the same
// screen. The same bytes as keys: none may be read beyond its end.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/vt/safe_output_check.h"
#include "replay/player/keys.h"
#include "replay/render/painter.h"
#include "replay/render/redraw.h"
#include "replay/render/render.h"

namespace secure_exec {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// One at the end of a character joined what was too long to be kept: nothing is there to join it
// to.
std::string WithoutJoiners(std::string text) {
  constexpr std::string_view kJoiner = "\u200D";
  for (size_t at; (at = text.find(kJoiner)) != text.npos;) text.erase(at, kJoiner.size());
  return text;
}

void CheckSvg(std::string_view svg) {
  for (size_t at = svg.find('<'); at != svg.npos; at = svg.find('<', at + 1)) {
    bool known = false;
    for (const std::string_view element :
         {"<?xml ", "<svg ", "</svg>", "<rect ", "<text ", "</text>"}) {
      known = known || svg.substr(at).starts_with(element);
    }
    Require(known);
  }
}

}  // namespace
}  // namespace secure_exec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Screen screen({.size = {.columns = 20, .rows = 6}});
  Painter painter;
  std::string drawn;
  for (const std::string_view half : {bytes.substr(0, size / 2), bytes.substr(size / 2)}) {
    screen.Feed(half);
    std::string out;
    Picture picture({16, 5});
    picture.DrawScreen(screen, 2, 1, 5);
    painter.Paint(std::move(picture), Painter::At{1, 1}, out);
    Require(FindUnsafe(out).empty());
    drawn += out;
    Screen again({.size = {.columns = 20, .rows = 6}});
    again.Feed(Redraw(screen));
    Require(WithoutJoiners(RenderAnsi(again)) == WithoutJoiners(RenderAnsi(screen)));
    Require(again.title() == screen.title());
  }
  Screen terminal({.size = {.columns = 16, .rows = 5}});
  terminal.Feed(Painter::Begin());
  terminal.Feed(drawn);
  Picture wanted({16, 5});
  wanted.DrawScreen(screen, 2, 1, 5);
  const Picture shown = PictureOf(terminal);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 16; ++x) {
      Require(WithoutJoiners(wanted.At(x, y).text) == WithoutJoiners(shown.At(x, y).text));
    }
  }
  Require(FindUnsafe(RenderAnsi(screen)).empty());
  Require(FindUnsafe(RenderText(screen)).empty());
  CheckSvg(RenderSvg(screen));

  KeyReader keys;
  for (const Key& key : keys.Feed(bytes))
    Require(FindUnsafe(key.text).empty() || key.text.size() > 1);
  keys.Flush();
  return 0;
}
