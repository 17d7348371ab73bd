// The rows of a screen, and above them those that scrolled off it (history, kept for resizing
// alone). What programs and people do to rows is here; what sequences mean is in screen.h.
//
// Behaves as tmux 3.3a's grid, bugs included where no program would notice, so that the two can be
// compared cell by cell (docs/screen.md). x counts columns, y rows of the screen, both from 0; the
// caller keeps them inside, but where x may be columns() is said.
//
// A row knows which of its cells changed since somebody looked ("unseen"); before text is lost that
// nobody has seen, the observer is told. Memory: screen.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "replay/screen/cell.h"
#include "replay/screen/row_times.h"

namespace secure_exec {

struct Row {
  std::vector<Cell>
      cells{};            // from here on the row is blank; may be longer than the screen is wide
  uint32_t used = 0;      // from here on nothing was ever written; at most cells.size()
  bool wrapped = false;   // the next row goes on with this one's line
  bool reported = false;  // was told to RowScrolledOff() as it is
  // What of it is not unseen was looked at as a part of a line that was not wanted.
  bool unwanted = true;
  uint64_t id = 0;  // stays with the row wherever it moves; new when it is cleared
  // The cells that changed since the row was last seen are in [unseen_begin, unseen_end).
  uint32_t unseen_begin = 0;
  uint32_t unseen_end = 0;
  // For who looks at the screen (Screen::NoteTimes); empty where the id is new, and off the screen.
  RowTimes times{};

  bool unseen() const { return unseen_begin < unseen_end; }
  Cell At(size_t x) const { return x < cells.size() ? cells[x] : Cell{}; }
};

class GridObserver {
 public:
  virtual ~GridObserver() = default;
  // The row left the screen at its top. In order; a row that came back when the screen grew is told
  // again only if it changed.
  virtual void RowScrolledOff(const Row& row) = 0;
  // Row y is about to lose text that was not seen; it counts as seen afterwards.
  virtual void RowLosesText(int y) = 0;
};

class Grid {
 public:
  static constexpr int kMaxColumns = 1000;
  static constexpr int kMaxRows = 1000;

  Grid(int columns, int rows, int history_limit);

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  int history() const { return static_cast<int>(history_.size()); }
  const Row& row(int y) const { return rows_data_[Index(y)]; }
  Row& row(int y) { return rows_data_[Index(y)]; }
  const Row& history_row(int index) const { return history_[static_cast<size_t>(index)]; }

  void set_observer(GridObserver* observer) { observer_ = observer; }
  bool keeps_history() const { return keeps_history_; }

  // Cells [x, x + n) are about to be written: reports what is lost, marks the row, makes room.
  // The cells are the caller's to set, all of them.
  Cell* Write(int x, int y, int n);
  // One cell becomes blank, in the default style.
  void BlankCell(int x, int y);

  // `blank` fills what is erased. x may be columns().
  void ClearCells(int x, int y, int n, Cell blank);
  void ClearRows(int y, int n, Cell blank);
  void InsertCells(int x, int y, int n, Cell blank);
  void DeleteCells(int x, int y, int n, Cell blank);

  // Down to `bottom`, which is rows() - 1 where there is no scroll region.
  void InsertRows(int y, int n, int bottom, Cell blank);
  void DeleteRows(int y, int n, int bottom, Cell blank);
  // As InsertRows() to the last row, but does nothing where no row would be left to push.
  void PushRowsDown(int y, int n, Cell blank);
  void ScrollUp(int top, int bottom, Cell blank);
  void ScrollDown(int top, int bottom, Cell blank);
  // Clears the screen by scrolling what is on it into the history.
  void ClearIntoHistory(Cell blank);
  void ForgetHistory();

  // The other screen of full-screen programs: the rows are put aside, new ones do not go into the
  // history; and back. SwapBack() wants the size of SwapOut(), and LoseAll() before what is shown
  // goes.
  std::vector<Row> SwapOut();
  void LoseAll();
  void SwapBack(std::vector<Row> rows);

  // Where cursor (x, y) goes with it. `reflow`: lines that were wrapped are wrapped anew.
  void Resize(int columns, int rows, bool reflow, int& x, int& y);

  void MarkSeen(int y);
  void Touch(Row& row, uint32_t begin, uint32_t end) {
    if (begin >= end) return;
    row.reported = false;
    if (row.unseen()) {
      row.unseen_begin = std::min(row.unseen_begin, begin);
      row.unseen_end = std::max(row.unseen_end, end);
    } else {
      row.unseen_begin = begin;
      row.unseen_end = end;
      ++touched_;
    }
  }
  // No fewer than the rows of the screen that are unseen, since all of them were seen.
  size_t touched() const { return touched_; }
  void AllSeen() { touched_ = 0; }

  // For everything that refers to cells from outside: each row of screen and history.
  template <class F>
  void ForEachRow(F f) {
    for (Row& row : history_) f(row);
    for (Row& row : rows_data_) f(row);
  }

 private:
  friend class SnapshotCodec;

  size_t Index(int y) const {
    // Not by size(): to divide by that of a Row takes longer than all else here.
    const size_t at = top_ + static_cast<size_t>(y);
    const auto rows = static_cast<size_t>(rows_);
    return at < rows ? at : at - rows;
  }
  void Lose(int y, uint32_t begin, uint32_t end);
  void Grow(Row& row, size_t size) const {
    if (row.cells.size() < size) GrowTo(row, size);
  }
  void GrowTo(Row& row, size_t size) const;
  void Reset(Row& row, Cell blank);
  void Unwrap(int y);  // row y's line ends there; -1 is the last row of the history
  void MoveRows(int to, int from, int n, Cell blank);
  void RotateUp(int top, int bottom);
  void MoveCells(int to, int from, int y, int n, Cell blank);
  void PushHistory(Row& gone);
  void TrimHistory();
  void Straighten();
  void ResizeRows(int rows, int y, int& cursor);
  void Reflow(int columns);
  uint32_t Take(const Row& from, uint32_t begin, Row& to, int& width) const;

  int columns_;
  int rows_;
  size_t history_limit_;
  bool keeps_history_ = true;
  std::vector<Row> rows_data_;  // rows_ of them, a ring that begins at top_
  size_t top_ = 0;
  std::deque<Row> history_;
  // Of the history's end: rows that scrolled off and may come back when the screen grows.
  size_t scrolled_ = 0;
  uint64_t next_id_ = 1;
  size_t touched_ = SIZE_MAX / 2;  // rows that were not known may be unseen
  GridObserver* observer_ = nullptr;
};

}  // namespace secure_exec
