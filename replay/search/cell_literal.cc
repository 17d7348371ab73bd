#include "replay/search/cell_literal.h"

#include <algorithm>
#include <utility>

namespace secure_exec {
namespace {

char AsciiOf(Cell cell) { return cell.text == 0 ? ' ' : static_cast<char>(cell.text); }

bool Differs(Cell cell, char letter) { return cell.text >= 0x80 || AsciiOf(cell) != letter; }

// What stands there may be a letter with marks, or nothing: a padding that lost its wide character.
bool IsUncertain(Cell cell) { return (cell.text & (Cell::kCluster | Cell::kPadding)) != 0; }

}  // namespace

CellLiteral::CellLiteral(std::string text) : text_(std::move(text)) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  // Spaces come to the end of a line when something is written behind them.
  if (text_.ends_with(' ') || !std::all_of(text_.begin(), text_.end(), is_ascii)) text_.clear();
  for (const char c : text_) letters_[static_cast<size_t>(c)] = true;
  letters_[0] = letters_[' '];
}

// A match that was not there before has a changed cell in it, so it lies within its own length of
// them. Each of its cells is a letter of it or uncertain, and it has at least as many as letters:
// one of each text_.size() cells is enough to meet it.
bool CellLiteral::MayHaveCome(const Row& row, int columns) const {
  if (text_.empty()) return true;
  const size_t reach = text_.size() - 1;
  const size_t used = std::min(static_cast<size_t>(row.used), static_cast<size_t>(columns));
  const size_t begin = row.unseen_begin - std::min<size_t>(row.unseen_begin, reach);
  const size_t end = std::min(used, row.unseen_end + reach);
  const Cell* const cells = row.cells.data();
  for (size_t x = begin + reach; x < end; x += text_.size()) {
    if (cells[x].text >= 0x80) {
      if (IsUncertain(cells[x])) return true;
    } else if (letters_[cells[x].text] && MayCover(cells, x, used)) {
      return true;
    }
  }
  return false;
}

// Whether it may stand over cell x: from there on to both sides, up to what is uncertain.
bool CellLiteral::MayCover(const Cell* cells, size_t x, size_t used) const {
  for (size_t i = 0; i < text_.size(); ++i) {
    if (Differs(cells[x], text_[i])) continue;
    size_t left = 0;
    while (left < i && left < x && !Differs(cells[x - left - 1], text_[i - left - 1])) ++left;
    if (left < i && !(left < x && IsUncertain(cells[x - left - 1]))) continue;
    size_t right = 1;
    const size_t most = std::min(text_.size() - i, used - x);
    while (right < most && !Differs(cells[x + right], text_[i + right])) ++right;
    if (i + right == text_.size() || (right < most && IsUncertain(cells[x + right]))) return true;
  }
  return false;
}

// Its first `size` letters, or cells of which nothing is known.
inline bool CellLiteral::BeginsAt(const Cell* cells, size_t size) const {
  size_t i = 0;
  while (i < size && !Differs(cells[i], text_[i])) ++i;
  return i == size || IsUncertain(cells[i]);
}

// A row that it reaches across is shorter than it.
bool CellLiteral::MayCross(const Row& row, int columns) const {
  const size_t used = std::min(static_cast<size_t>(row.used), static_cast<size_t>(columns));
  if (text_.empty() || used < text_.size()) return true;
  for (size_t size = 1; size < text_.size(); ++size) {
    if (BeginsAt(&row.cells[used - size], size)) return true;
  }
  return false;
}

}  // namespace secure_exec
