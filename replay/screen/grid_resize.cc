// Resizing and reflow: what tmux does, on rows of screen and history together.
#include <algorithm>
#include <utility>

#include "replay/screen/grid.h"

namespace secure_exec {
namespace {

constexpr uint64_t kAtEnd = UINT64_MAX;

// A place in the text, whatever the width: the line, and the cell in it; kAtEnd is behind the last.
struct Place {
  uint64_t line = 0;
  uint64_t offset = 0;
};

Place PlaceOf(const std::vector<Row>& rows, size_t x, size_t y) {
  Place place;
  for (size_t i = 0; i < y; ++i) {
    if (rows[i].wrapped) {
      place.offset += rows[i].used;
    } else {
      place.offset = 0;
      ++place.line;
    }
  }
  place.offset = x >= rows[y].used ? kAtEnd : place.offset + x;
  return place;
}

void FindPlace(const std::vector<Row>& rows, Place place, size_t& x, size_t& y) {
  const size_t last = rows.size() - 1;
  uint64_t line = 0;
  y = 0;
  for (; y < last && line != place.line; ++y) {
    if (!rows[y].wrapped) ++line;
  }
  if (place.offset == kAtEnd) {
    while (rows[y].wrapped && y < last) ++y;
    x = rows[y].used;
    return;
  }
  while (rows[y].wrapped && place.offset >= rows[y].used && y < last) {
    place.offset -= rows[y].used;
    ++y;
  }
  x = static_cast<size_t>(std::min<uint64_t>(place.offset, Grid::kMaxColumns));
}

uint64_t Width(const Row& row) {
  uint64_t width = 0;
  for (uint32_t x = 0; x < row.used; ++x) width += static_cast<uint64_t>(row.cells[x].width());
  return width;
}

}  // namespace

void Grid::Resize(int columns, int rows, bool reflow, int& x, int& y) {
  touched_ += history_.size() + rows_data_.size() + static_cast<size_t>(rows);
  const bool other_size = columns != columns_ || rows != rows_;
  if (columns == columns_) reflow = false;
  Straighten();
  // Counted from the history's first row, as rows move between the two.
  int cursor = history() + y;
  if (rows != rows_) ResizeRows(rows, y, cursor);
  columns_ = columns;
  if (reflow) {
    std::vector<Row> all;
    all.reserve(history_.size() + rows_data_.size());
    std::move(history_.begin(), history_.end(), std::back_inserter(all));
    std::move(rows_data_.begin(), rows_data_.end(), std::back_inserter(all));
    const Place place = PlaceOf(all, static_cast<size_t>(x), static_cast<size_t>(cursor));
    history_.clear();
    rows_data_ = std::move(all);
    Reflow(columns);
    all = std::move(rows_data_);
    size_t new_x = 0;
    size_t new_y = 0;
    FindPlace(all, place, new_x, new_y);
    x = static_cast<int>(new_x);
    cursor = static_cast<int>(new_y);
    const size_t above = all.size() - static_cast<size_t>(rows_);
    rows_data_.assign(std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(above)),
                      std::make_move_iterator(all.end()));
    const size_t scrolled = scrolled_;
    for (size_t i = 0; i < above; ++i) PushHistory(all[i]);
    scrolled_ = scrolled;
    scrolled_ = std::min(scrolled_, history_.size());
  }
  // Some may have come back, whose lines were over.
  for (Row& row : rows_data_) row.unwanted = row.unwanted && !other_size;
  if (cursor >= history()) {
    y = cursor - history();
  } else {
    x = y = 0;
  }
  TrimHistory();
}

// Shrinking eats the rows below the cursor first, then pushes rows off at the top; growing takes
// rows back that had scrolled off. `cursor` is what Resize() has.
void Grid::ResizeRows(int rows, int y, int& cursor) {
  if (rows < rows_) {
    int needed = rows_ - rows;
    const int below = std::min(rows_ - 1 - y, needed);
    ClearRows(rows_ - below, below, Cell{});
    needed -= below;
    if (keeps_history_) {
      for (int i = 0; i < needed; ++i) PushHistory(rows_data_[static_cast<size_t>(i)]);
      rows_data_.erase(rows_data_.begin(), rows_data_.begin() + needed);
    } else if (needed > 0) {
      DeleteRows(0, needed, rows_ - 1, Cell{});
      Straighten();
      cursor -= needed;
    }
    rows_data_.resize(static_cast<size_t>(rows));
  } else {
    int needed = rows - rows_;
    if (keeps_history_) {
      const int back = static_cast<int>(std::min(scrolled_, static_cast<size_t>(needed)));
      rows_data_.insert(rows_data_.begin(), std::make_move_iterator(history_.end() - back),
                        std::make_move_iterator(history_.end()));
      history_.erase(history_.end() - back, history_.end());
      scrolled_ -= static_cast<size_t>(back);
      needed -= back;
    }
    for (; needed > 0; --needed) rows_data_.emplace_back().id = next_id_++;
  }
  rows_ = rows;
}

// Takes cells [begin, ...) of `from` that fit behind `width` columns of `to` and appends them.
// Returns the first cell that was not taken.
uint32_t Grid::Take(const Row& from, uint32_t begin, Row& to, int& width) const {
  uint32_t at = begin;
  for (; at < from.used; ++at) {
    const int cell = from.cells[at].width();
    if (width + cell > columns_) break;
    width += cell;
    Grow(to, to.used + 1);
    to.cells[to.used++] = from.cells[at];
  }
  return at;
}

// Wraps the rows of rows_data_ (history first) anew and adjusts scrolled_.
void Grid::Reflow(int columns) {
  std::vector<Row> source = std::move(rows_data_);
  std::vector<Row> target;
  target.reserve(source.size());
  std::vector<bool> dead(source.size());
  std::vector<uint32_t> begin(source.size());  // cells in front went to the row before

  // Fills the last row of `target`, `width` columns of which are taken, from the rows after `at`.
  const auto join = [&](size_t at, int width) {
    Row& to = target.back();
    bool wrapped = true;
    size_t taken = 0;   // rows that were consumed, the last one perhaps in part
    uint32_t want = 0;  // first cell of it that was not
    const Row* from = nullptr;
    size_t line = at;
    while (true) {
      line = at + 1 + taken;
      if (line >= source.size()) break;
      Row& next = source[line];
      if (!next.wrapped) wrapped = false;
      if (next.used == begin[line]) {
        if (!wrapped) break;
        ++taken;
        continue;
      }
      const uint32_t first = begin[line];
      const uint32_t end = Take(next, first, to, width);
      if (end == first) break;
      from = &next;
      want = end;
      to.reported = to.reported && next.reported;
      ++taken;
      if (!wrapped || want != next.used || width == columns) break;
    }
    if (taken == 0) return;
    const size_t last = at + taken;
    if (from != nullptr && from == &source[last] && want != from->used) {
      begin[last] = want;
      --taken;
    } else if (!wrapped) {
      to.wrapped = false;
    }
    for (size_t i = at + 1; i < at + 1 + taken; ++i) dead[i] = true;
    const size_t to_index = target.size() - 1;
    if (scrolled_ > to_index + taken) {
      scrolled_ -= taken;
    } else if (scrolled_ > to_index) {
      scrolled_ = to_index;
    }
  };

  for (size_t at = 0; at < source.size(); ++at) {
    if (dead[at]) continue;
    Row row = std::move(source[at]);
    if (begin[at] != 0) {
      row.cells.erase(row.cells.begin(), row.cells.begin() + begin[at]);
      row.used -= begin[at];
      row.cells.resize(row.used);
      row.id = next_id_++;
      row.times.Clear();
    }
    const uint64_t width = Width(row);
    if (width == static_cast<uint64_t>(columns)) {
      target.push_back(std::move(row));
      continue;
    }
    if (width > static_cast<uint64_t>(columns)) {
      const bool wrapped = row.wrapped;
      uint32_t taken = 0;
      size_t pieces = 0;
      int piece_width = 0;
      while (taken < row.used) {
        Row& piece = target.emplace_back();
        piece.id = pieces == 0 ? row.id : next_id_++;
        if (pieces == 0) piece.times = row.times;
        piece.reported = row.reported;
        piece.wrapped = true;
        piece_width = 0;
        const uint32_t end = Take(row, taken, piece, piece_width);
        // A wide character on a screen of one column.
        if (end == taken) {
          target.pop_back();
          taken += 1;
          continue;
        }
        taken = end;
        ++pieces;
      }
      if (pieces == 0) {
        target.push_back(Row{.id = next_id_++});
        continue;
      }
      target.back().wrapped = wrapped;
      if (at <= scrolled_) scrolled_ += pieces - 1;
      if (piece_width < columns && wrapped) join(at, piece_width);
      continue;
    }
    const bool wrapped = row.wrapped;
    target.push_back(std::move(row));
    if (wrapped) join(at, static_cast<int>(width));
  }
  while (target.size() < static_cast<size_t>(rows_)) target.emplace_back().id = next_id_++;
  for (Row& row : target) {
    if (!row.reported) Touch(row, 0, row.used);
  }
  rows_data_ = std::move(target);
}

}  // namespace secure_exec
