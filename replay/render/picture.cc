#include "replay/render/picture.h"

#include <algorithm>

#include "base/vt/safe_text.h"
#include "base/vt/utf8_char.h"
#include "replay/screen/text.h"
#include "replay/screen/width.h"

namespace secure_exec {
namespace {

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// The characters of a cell without those that are invisible or move something.
std::string SafeCell(std::string_view text, Picture::Invisible invisible) {
  std::string safe;
  bool visible = false;
  while (!text.empty()) {
    const Utf8Char c = DecodeUtf8Char(text);
    const bool bad =
        c.kind != Utf8Char::kValid || IsControl(c.code_point) || IsInvisible(c.code_point);
    if (!bad) {
      safe += text.substr(0, c.size);
      visible = visible || CharWidth(c.code_point) > 0;
    } else if (invisible == Picture::Invisible::kReplace) {
      safe += kReplacementCharacter;
    }
    text.remove_prefix(c.size);
  }
  // Combining characters alone would join the tile before.
  if (!visible && invisible == Picture::Invisible::kLeaveOut)
    return std::string(kReplacementCharacter);
  return safe;
}

Style DrawnStyle(Style style) {
  style.link = 0;
  style.underline_colour = {};
  style.attributes &= static_cast<uint16_t>(~Style::kHidden);
  return style;
}

}  // namespace

Picture::Picture(WindowSize size)
    : columns_(std::max(size.columns, 1)),
      rows_(std::max(size.rows, 1)),
      tiles_(static_cast<size_t>(columns_) * static_cast<size_t>(rows_)) {}

void Picture::DrawScreen(const Screen& screen, int left, int top, int rows, Invisible invisible) {
  const Palette& palette = screen.palette();
  std::string text;
  for (int y = 0; y < std::min({rows, rows_, screen.rows() - top}); ++y) {
    const Row& row = screen.row(top + y);
    for (int x = 0; x < std::min(columns_, screen.columns() - left); ++x) {
      const auto at = static_cast<size_t>(left + x);
      const Cell cell = row.At(at);
      Tile& tile = Mutable(x, y);
      tile.style = DrawnStyle(palette.style(cell.style));
      tile.width = 1;
      if (cell.is_padding()) {
        // Of its wide character here, or half a one.
        const bool whole = x > 0 && At(x - 1, y).width == 2;
        tile.text = whole ? "" : " ";
        tile.width = whole ? 0 : 1;
        continue;
      }
      if (cell.is_blank()) {
        tile.text = " ";
        continue;
      }
      const bool whole = !cell.is_wide() || (x + 1 < columns_ && left + x + 1 < screen.columns() &&
                                             row.At(at + 1).is_padding());
      if (!whole) {
        tile.text = " ";
        continue;
      }
      text.clear();
      AppendCellText(palette, cell, text);
      tile.text = cell.text > 0x20 && cell.text < 0x7F ? text : SafeCell(text, invisible);
      tile.width = cell.width();
      if (cell.is_wide() && tile.text == kReplacementCharacter) tile.text += ' ';
    }
  }
}

int Picture::DrawText(int x, int y, std::string_view text, const Style& style) {
  const std::string safe = SafeLine(text);
  std::string_view rest = safe;
  int last = -1;  // the tile that combining characters join
  while (!rest.empty()) {
    const Utf8Char c = DecodeUtf8Char(rest);
    const std::string_view bytes = rest.substr(0, c.size);
    rest.remove_prefix(c.size);
    const int width = CharWidth(c.code_point);
    if (width == 0) {
      if (last >= 0 && Mutable(last, y).text.size() < Palette::kMaxClusterBytes) {
        Mutable(last, y).text += bytes;
      }
      continue;
    }
    if (x + width > columns_) break;
    ClearHalves(x, x + width, y);
    Mutable(x, y) = {std::string(bytes), style, width};
    if (width == 2) Mutable(x + 1, y) = {"", style, 0};
    last = x;
    x += width;
  }
  return x;
}

void Picture::ClearHalves(int begin, int end, int y) {
  if (begin > 0 && At(begin, y).width == 0)
    Mutable(begin - 1, y) = {" ", At(begin - 1, y).style, 1};
  if (end < columns_ && At(end, y).width == 0) Mutable(end, y) = {" ", At(end, y).style, 1};
}

void Picture::SetReverse(int x, int y) { Mutable(x, y).style.attributes ^= Style::kReverse; }

Picture PictureOf(const Screen& screen, Picture::Invisible invisible) {
  Picture picture({screen.columns(), screen.rows()});
  picture.DrawScreen(screen, 0, 0, screen.rows(), invisible);
  return picture;
}

}  // namespace secure_exec
