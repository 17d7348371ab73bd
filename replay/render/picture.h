// A part of a screen as tiles that are safe to be drawn: the one place where recorded characters
// become text for a reviewer's terminal or file. Everything that is drawn (text, ANSI, SVG, the
// player) is drawn from this.
//
// A tile's text is UTF-8 that a terminal draws in `width` columns: no control character, nothing
// invisible (safe_text.h), no half of a wide character.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/window_size.h"
#include "replay/screen/screen.h"

namespace secure_exec {

struct Tile {
  std::string text = " ";  // empty: the second column of a wide tile
  Style style{};           // without link, colour of the underline, and conceal
  int width = 1;           // columns: 1 or 2; 0 for the second column of a wide tile

  bool operator==(const Tile&) const = default;
};

class Picture {
 public:
  // What becomes of an invisible character that a program put into a cell beside a visible one.
  enum class Invisible {
    kLeaveOut,  // every tile keeps its columns
    kReplace,   // U+FFFD stands for it, as in the text of cat and grep
  };

  explicit Picture(WindowSize size);

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  const Tile& At(int x, int y) const { return tiles_[Index(x, y)]; }

  // Draws of the screen what is right of and below (left, top), as far as it fits into the first
  // `rows` rows.
  void DrawScreen(const Screen& screen, int left, int top, int rows,
                  Invisible invisible = Invisible::kLeaveOut);
  // Any text (made safe here), cut where the row ends. Returns the column behind it.
  int DrawText(int x, int y, std::string_view text, const Style& style);
  void SetReverse(int x, int y);

 private:
  size_t Index(int x, int y) const {
    return static_cast<size_t>(y) * static_cast<size_t>(columns_) + static_cast<size_t>(x);
  }
  // Columns [begin, end) are about to be written: wide tiles that reach in or out become blanks.
  void ClearHalves(int begin, int end, int y);
  Tile& Mutable(int x, int y) { return tiles_[Index(x, y)]; }

  int columns_;
  int rows_;
  std::vector<Tile> tiles_;
};

// A whole screen.
Picture PictureOf(const Screen& screen,
                  Picture::Invisible invisible = Picture::Invisible::kLeaveOut);

}  // namespace secure_exec
