// Text of a screen, as a person reads it: UTF-8, blanks at the end left out. It may hold invisible
// characters: AppendSafeText() (base/vt/safe_text.h) before it goes to a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/screen/screen.h"

namespace secure_exec {

// The characters of one cell; a space for a blank one, nothing for a padding.
void AppendCellText(const Palette& palette, const Cell& cell, std::string& out);

// A row up to the last cell that was written, at most `columns` of it. Where `places` is given, it
// gets the column of each byte.
void AppendRowText(const Palette& palette, const Row& row, int columns, std::string& out,
                   std::vector<uint16_t>* places = nullptr);

std::string RowText(const Screen& screen, int y);
// All rows, each with a line feed; empty rows at the end left out.
std::string ScreenText(const Screen& screen);

// The line that row y is part of: rows that were wrapped at the margin, joined.
struct ScreenLine {
  int first = 0;
  int last = 0;
  std::string text;
};
ScreenLine LineAt(const Screen& screen, int y);

// `text` without the spaces at its end.
std::string_view TrimEnd(std::string_view text);

}  // namespace secure_exec
