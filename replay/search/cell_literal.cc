#include "replay/search/cell_literal.h"

#include <algorithm>
#include <string_view>

namespace secure_exec {
namespace {

// As the letters are common in English; what is not there is rarer.
size_t Rarity(char c) {
  constexpr std::string_view kCommon = " etaoinsrhldcumfpgwybvkxjqz";
  return std::min(kCommon.find(c), kCommon.size());
}

char AsciiOf(Cell cell) { return cell.text == 0 ? ' ' : static_cast<char>(cell.text); }

}  // namespace

CellLiteral::CellLiteral(std::string text) : text_(std::move(text)) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  // Spaces come to the end of a line when something is written behind them.
  if (text_.ends_with(' ') || !std::all_of(text_.begin(), text_.end(), is_ascii)) text_.clear();
  const auto rarest = std::max_element(text_.begin(), text_.end(),
                                       [](char a, char b) { return Rarity(a) < Rarity(b); });
  rare_ = static_cast<size_t>(rarest - text_.begin());
}

// A match that was not there before has a changed cell in it, so it lies within its own length of
// them, where each cell is a letter of its own. Clusters may begin with a letter, and a padding
// that lost its wide character is nothing between two letters: nothing is known of them.
bool CellLiteral::MayHaveCome(const Row& row, int columns) const {
  if (text_.empty()) return true;
  const size_t reach = text_.size() - 1;
  const size_t used = std::min(static_cast<size_t>(row.used), static_cast<size_t>(columns));
  const size_t begin = row.unseen_begin - std::min<size_t>(row.unseen_begin, reach);
  const size_t end = std::min(used, row.unseen_end + reach);
  const bool rare_is_space = text_[rare_] == ' ';
  const auto rare = static_cast<uint32_t>(text_[rare_]);
  for (size_t x = begin; x < end; ++x) {
    const Cell cell = row.cells[x];
    if ((cell.text & (Cell::kCluster | Cell::kPadding)) != 0) return true;
    if (cell.text != rare && !(rare_is_space && cell.text == 0)) continue;
    if (x >= begin + rare_ && x - rare_ + text_.size() <= end &&
        BeginsAt(&row.cells[x - rare_], text_.size())) {
      return true;
    }
  }
  return false;
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

// Its first `size` letters, or cells of which nothing is known.
bool CellLiteral::BeginsAt(const Cell* cells, size_t size) const {
  for (size_t i = 0; i < size; ++i) {
    if (cells[i].text >= 0x80) return (cells[i].text & (Cell::kCluster | Cell::kPadding)) != 0;
    if (AsciiOf(cells[i]) != text_[i]) return false;
  }
  return true;
}

}  // namespace secure_exec
