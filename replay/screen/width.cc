#include "replay/screen/width.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>

namespace secure_exec {
namespace {

struct Range {
  char32_t first;
  char32_t last;
  int width;
};

// In order. Signs that are put in front of numbers; vowels and finals of Hangul, which join what is
// before them; circled numbers and hexagrams, which are drawn wide.
constexpr Range kOther[] = {
    {0x0600, 0x0605, 1}, {0x06DD, 0x06DD, 1}, {0x070F, 0x070F, 1},   {0x0890, 0x0891, 1},
    {0x08E2, 0x08E2, 1}, {0x1160, 0x11FF, 0}, {0x3248, 0x324F, 2},   {0x4DC0, 0x4DFF, 2},
    {0xD7B0, 0xD7C6, 0}, {0xD7CB, 0xD7FB, 0}, {0x110BD, 0x110BD, 1}, {0x110CD, 0x110CD, 1},
};

}  // namespace

int CharWidth(char32_t code_point) {
  if (code_point < 0x300) return 1;
  const Range* range = std::lower_bound(std::begin(kOther), std::end(kOther), code_point,
                                        [](const Range& r, char32_t c) { return r.last < c; });
  if (range != std::end(kOther) && range->first <= code_point) return range->width;
  const auto c = static_cast<utf8proc_int32_t>(code_point);
  const int width = utf8proc_charwidth(c);
  // Spacing marks take a column, as their name says.
  if (width == 0 && utf8proc_category(c) == UTF8PROC_CATEGORY_MC) return 1;
  return std::clamp(width, 0, 2);
}

char32_t DecGraphic(char ascii) {
  // From 0x60 on; the few before it are themselves.
  static constexpr char32_t kGraphics[] = {
      U'\u25C6', U'\u2592', U'\u2409', U'\u240C', U'\u240D', U'\u240A', U'\u00B0', U'\u00B1',
      U'\u2424', U'\u240B', U'\u2518', U'\u2510', U'\u250C', U'\u2514', U'\u253C', U'\u23BA',
      U'\u23BB', U'\u2500', U'\u23BC', U'\u23BD', U'\u251C', U'\u2524', U'\u2534', U'\u252C',
      U'\u2502', U'\u2264', U'\u2265', U'\u03C0', U'\u2260', U'\u00A3', U'\u00B7'};
  const auto index = static_cast<unsigned char>(ascii) - 0x60u;
  return index < std::size(kGraphics) ? kGraphics[index] : static_cast<unsigned char>(ascii);
}

}  // namespace secure_exec
