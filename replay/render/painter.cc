#include "replay/render/painter.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/vt/utf8_char.h"
#include "replay/render/sgr_text.h"

namespace secure_exec {

void Painter::Paint(Picture picture, std::optional<At> cursor, std::string& out) {
  const size_t before = out.size();
  const bool whole =
      !last_ || last_->columns() != picture.columns() || last_->rows() != picture.rows();
  if (whole) {
    out += "\x1B[?25l\x1B[0m\x1B[2J";
    last_.emplace(WindowSize{picture.columns(), picture.rows()});
    shown_cursor_.reset();
    style_ = {};
  }
  at_.reset();
  const size_t hide = out.size();
  for (int y = 0; y < picture.rows(); ++y) PaintRow(picture, y, out);
  const bool drawn = out.size() > hide;
  if (drawn && shown_cursor_) out.insert(hide, "\x1B[?25l");
  if (cursor && (drawn || cursor != shown_cursor_)) {
    MoveTo(cursor->x, cursor->y, out);
    if (drawn || !shown_cursor_) out += "\x1B[?25h";
  } else if (!cursor && shown_cursor_ && !drawn) {
    out += "\x1B[?25l";
  }
  shown_cursor_ = cursor;
  last_ = std::move(picture);
  // The style is the default one between pictures, so that a resized window shows none of it.
  if (out.size() > before && style_ != Style()) {
    style_ = {};
    out += "\x1B[0m";
  }
}

void Painter::PaintRow(const Picture& picture, int y, std::string& out) {
  for (int x = 0; x < picture.columns();) {
    const Tile& tile = picture.At(x, y);
    const int width = tile.width == 0 ? 1 : tile.width;
    const bool same =
        tile == last_->At(x, y) && (width == 1 || picture.At(x + 1, y) == last_->At(x + 1, y));
    if (same || tile.width == 0) {
      x += width;
      continue;
    }
    MoveTo(x, y, out);
    if (tile.style != style_) {
      style_ = tile.style;
      AppendSgr(style_, out);
    }
    // Without autowrap the cursor does not leave the last column, and combining characters would
    // join the tile before.
    const bool combines =
        x + width == picture.columns() && DecodeUtf8Char(tile.text).size < tile.text.size();
    if (combines) out += "\x1B[?7h";
    out += tile.text;
    if (combines) out += "\x1B[?7l";
    x += width;
    // Without autowrap the cursor stays on the last column.
    if (tile.text.size() == 1 && x < picture.columns()) {
      at_ = At{x, y};
    } else {
      at_.reset();
    }
  }
}

void Painter::MoveTo(int x, int y, std::string& out) {
  const At to{x, y};
  if (at_ == to) return;
  fmt::format_to(std::back_inserter(out), "\x1B[{};{}H", y + 1, x + 1);
  at_ = to;
}

}  // namespace secure_exec
