#include "replay/render/render.h"

#include "replay/render/sgr_text.h"

namespace secure_exec {
namespace {

bool IsBlank(const Tile& tile) { return tile.text == " " || tile.width == 0; }

// How many tiles of the row are not blank in the default style; of text alone, not blank at all.
int RowEnd(const Picture& picture, int y, bool styles) {
  int end = picture.columns();
  while (end > 0 && IsBlank(picture.At(end - 1, y)) && picture.At(end - 1, y).width == 1 &&
         (!styles || picture.At(end - 1, y).style == Style())) {
    --end;
  }
  return end;
}

// Appends rows by `row(y, end)`, empty ones only where others follow.
template <class AppendRow>
std::string Rows(const Picture& picture, bool styles, AppendRow append) {
  std::string out;
  size_t end = 0;
  for (int y = 0; y < picture.rows(); ++y) {
    const int columns = RowEnd(picture, y, styles);
    append(y, columns, out);
    out += '\n';
    if (columns > 0) end = out.size();
  }
  out.resize(end);
  return out;
}

}  // namespace

std::string RenderText(const Screen& screen) {
  const Picture picture = PictureOf(screen, Picture::Invisible::kReplace);
  return Rows(picture, false, [&](int y, int columns, std::string& out) {
    for (int x = 0; x < columns; ++x) out += picture.At(x, y).text;
  });
}

std::string RenderAnsi(const Screen& screen) {
  const Picture picture = PictureOf(screen, Picture::Invisible::kReplace);
  return Rows(picture, true, [&](int y, int columns, std::string& out) {
    Style style;
    for (int x = 0; x < columns; ++x) {
      const Tile& tile = picture.At(x, y);
      if (tile.width > 0 && tile.style != style) {
        style = tile.style;
        AppendSgr(style, out);
      }
      out += tile.text;
    }
    if (style != Style()) out += "\x1B[0m";
  });
}

}  // namespace secure_exec
