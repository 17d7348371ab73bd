#include "replay/screen/grid.h"

#include <algorithm>
#include <utility>

namespace secure_exec {

Grid::Grid(int columns, int rows, int history_limit)
    : columns_(columns),
      rows_(rows),
      history_limit_(static_cast<size_t>(history_limit)),
      rows_data_(static_cast<size_t>(rows)) {
  for (Row& row : rows_data_) row.id = next_id_++;
}

void Grid::MarkSeen(int y) {
  Row& seen = row(y);
  seen.unseen_begin = seen.unseen_end = 0;
}

void Grid::Lose(int y, uint32_t begin, uint32_t end) {
  Row& losing = row(y);
  begin = std::max(begin, losing.unseen_begin);
  end = std::min({end, losing.unseen_end, static_cast<uint32_t>(losing.cells.size())});
  for (uint32_t x = begin; x < end; ++x) {
    if (losing.cells[x].is_blank()) continue;
    if (observer_ != nullptr) observer_->RowLosesText(y);
    MarkSeen(y);
    return;
  }
}

// In steps, as tmux: how far a row reaches decides whether a blank that is written to it counts as
// text (Screen::PrintChar), so it shows when lines are wrapped anew.
void Grid::GrowTo(Row& row, size_t size) const {
  const auto columns = static_cast<size_t>(columns_);
  if (size < columns / 4) {
    size = columns / 4;
  } else if (size < columns / 2) {
    size = columns / 2;
  } else {
    size = std::max(size, columns);
  }
  row.cells.resize(size);
}

void Grid::Reset(Row& row, Cell blank) {
  row.cells.clear();
  if (blank != Cell{}) row.cells.assign(static_cast<size_t>(columns_), blank);
  row.used = 0;
  row.wrapped = false;
  row.reported = false;
  row.id = next_id_++;
  row.times.Clear();
  // A background colour is something to be drawn, but no text.
  row.unseen_begin = row.unseen_end = 0;
}

void Grid::Unwrap(int y) {
  if (y >= 0) {
    row(y).wrapped = false;
  } else if (!history_.empty()) {
    history_.back().wrapped = false;
  }
}

Cell* Grid::Write(int x, int y, int n) {
  Row& written = row(y);
  const auto begin = static_cast<uint32_t>(x);
  const uint32_t end = begin + static_cast<uint32_t>(n);
  if (written.unseen_end > begin && written.unseen_begin < end) Lose(y, begin, end);
  Grow(written, end);
  written.used = std::max(written.used, end);
  Touch(written, begin, end);
  return written.cells.data() + x;
}

void Grid::BlankCell(int x, int y) { *Write(x, y, 1) = Cell{.text = ' '}; }

void Grid::ClearCells(int x, int y, int n, Cell blank) {
  if (n <= 0) return;
  if (x == 0 && n == columns_) return ClearRows(y, 1, blank);
  Row& cleared = row(y);
  const int size = std::min(columns_, static_cast<int>(cleared.cells.size()));
  if (blank == Cell{}) {
    if (x > size) return;
    n = std::min(n, size - x);
  }
  const auto begin = static_cast<uint32_t>(x);
  const auto end = static_cast<uint32_t>(x + n);
  Lose(y, begin, end);
  Grow(cleared, end);
  std::fill(cleared.cells.begin() + x, cleared.cells.begin() + x + n, blank);
  Touch(cleared, begin, end);
}

void Grid::ClearRows(int y, int n, Cell blank) {
  if (n <= 0) return;
  for (int i = y; i < y + n; ++i) {
    Lose(i, 0, kMaxColumns);
    Reset(row(i), blank);
  }
  Unwrap(y - 1);
}

void Grid::InsertCells(int x, int y, int n, Cell blank) {
  if (x >= columns_ - 1) {
    ClearCells(x, y, 1, blank);
  } else {
    MoveCells(x + n, x, y, columns_ - x - n, blank);
  }
}

void Grid::DeleteCells(int x, int y, int n, Cell blank) {
  Lose(y, static_cast<uint32_t>(x), static_cast<uint32_t>(x + n));
  MoveCells(x, x + n, y, columns_ - x - n, blank);
  ClearCells(columns_ - n, y, x + 2 * n - columns_, blank);
}

void Grid::MoveCells(int to, int from, int y, int n, Cell blank) {
  if (n <= 0 || to == from) return;
  Row& moved = row(y);
  const int end = std::max(to, from) + n;
  // Moving right pushes the last ones over the edge.
  if (to > from) Lose(y, static_cast<uint32_t>(from + n), static_cast<uint32_t>(end));
  Grow(moved, static_cast<size_t>(from + n));
  Grow(moved, static_cast<size_t>(to + n));
  Cell* const cells = moved.cells.data();
  if (to < from) {
    std::copy(cells + from, cells + from + n, cells + to);
  } else {
    std::copy_backward(cells + from, cells + from + n, cells + to + n);
  }
  moved.used = std::max(moved.used, static_cast<uint32_t>(to + n));
  for (int x = from; x < from + n; ++x) {
    if (x < to || x >= to + n) cells[x] = blank;
  }
  Touch(moved, static_cast<uint32_t>(std::min(to, from)), static_cast<uint32_t>(end));
}

// Rows that are moved over are lost, rows that were moved away leave blank ones.
void Grid::MoveRows(int to, int from, int n, Cell blank) {
  if (n <= 0 || to == from) return;
  for (int y = to; y < to + n; ++y) {
    if (y < from || y >= from + n) Lose(y, 0, kMaxColumns);
  }
  Unwrap(to - 1);
  if (to == from - 1 && rows_ - n - 1 < n) {
    RotateUp(to, from + n - 1);
  } else if (to < from) {
    for (int i = 0; i < n; ++i) std::swap(row(to + i), row(from + i));
  } else {
    for (int i = n - 1; i >= 0; --i) std::swap(row(to + i), row(from + i));
  }
  for (int y = from; y < from + n; ++y) {
    if (y < to || y >= to + n) Reset(row(y), blank);
  }
  if (from < to || from >= to + n) Unwrap(from - 1);
}

// The row at `top` goes to `bottom`, those below it up by one: the whole ring turns, and the rows
// outside, which are few, go back.
void Grid::RotateUp(int top, int bottom) {
  top_ = Index(1);
  int now = top == 0 ? rows_ - 1 : top - 1;
  while (now != bottom) {
    const int next = now == 0 ? rows_ - 1 : now - 1;
    std::swap(row(now), row(next));
    now = next;
  }
}

void Grid::InsertRows(int y, int n, int bottom, Cell blank) {
  const int kept = bottom + 1 - y - n;
  MoveRows(y + n, y, kept, blank);
  if (n > kept) ClearRows(y + kept, n - kept, blank);
  if (n < kept) Unwrap(y + kept - 1);
}

void Grid::PushRowsDown(int y, int n, Cell blank) { MoveRows(y + n, y, rows_ - y - n, blank); }

void Grid::DeleteRows(int y, int n, int bottom, Cell blank) {
  const int kept = bottom + 1 - y - n;
  MoveRows(y, y + n, kept, blank);
  if (n > kept) ClearRows(y + kept, n - kept, blank);
  if (n < kept) Unwrap(y + kept - 1);
}

// The row is in its place while the observer hears of it, and empty afterwards.
void Grid::PushHistory(Row& gone) {
  if (observer_ != nullptr && !gone.reported) observer_->RowScrolledOff(gone);
  gone.reported = true;
  gone.unseen_begin = gone.unseen_end = 0;
  gone.times.Clear();
  history_.push_back(std::exchange(gone, Row{}));
  ++scrolled_;
}

void Grid::TrimHistory() {
  while (history_.size() > history_limit_) history_.pop_front();
  scrolled_ = std::min(scrolled_, history_.size());
}

void Grid::ScrollUp(int top, int bottom, Cell blank) {
  if (!keeps_history_) return MoveRows(top, top + 1, bottom - top, blank);
  Row& gone = row(top);
  // The row that falls off the history gives its memory to the new one.
  Row fresh;
  if (history_.size() >= history_limit_ && !history_.empty()) {
    fresh = std::move(history_.front());
    history_.pop_front();
  }
  PushHistory(gone);
  TrimHistory();
  Reset(fresh, blank);
  if (top == 0 && bottom == rows_ - 1) {
    gone = std::move(fresh);
    top_ = Index(1);
  } else {
    for (int y = top; y < bottom; ++y) row(y) = std::move(row(y + 1));
    row(bottom) = std::move(fresh);
  }
}

void Grid::ScrollDown(int top, int bottom, Cell blank) {
  MoveRows(top + 1, top, bottom - top, blank);
}

void Grid::ClearIntoHistory(Cell blank) {
  int last = 0;
  for (int y = 0; y < rows_; ++y) {
    if (row(y).used != 0) last = y + 1;
  }
  if (last == 0) return ClearRows(0, rows_, blank);
  for (int i = 0; i < last; ++i) ScrollUp(0, rows_ - 1, blank);
  if (last < rows_) ClearRows(0, rows_ - last, blank);
  scrolled_ = 0;
}

void Grid::ForgetHistory() {
  history_.clear();
  scrolled_ = 0;
}

std::vector<Row> Grid::SwapOut() {
  Straighten();
  std::vector<Row> out(static_cast<size_t>(rows_));
  for (Row& row : out) row.id = next_id_++;
  std::swap(out, rows_data_);
  Unwrap(-1);
  keeps_history_ = false;
  return out;
}

void Grid::LoseAll() {
  for (int y = 0; y < rows_; ++y) Lose(y, 0, kMaxColumns);
}

void Grid::SwapBack(std::vector<Row> rows) {
  top_ = 0;
  rows_data_ = std::move(rows);
  touched_ += rows_data_.size();
  keeps_history_ = true;
}

// The ring begins at its first row.
void Grid::Straighten() {
  std::rotate(rows_data_.begin(), rows_data_.begin() + static_cast<std::ptrdiff_t>(top_),
              rows_data_.end());
  top_ = 0;
}

}  // namespace secure_exec
