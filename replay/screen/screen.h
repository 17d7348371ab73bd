// A terminal emulator: hostile bytes in, a grid of cells out. What xterm does as programs use it;
// where xterm and tmux differ, mostly tmux's way, for that is what it is tested against
// (docs/screen.md lists what it knows and every difference).
//
// No input or output; nothing is ever answered; sequences that ask, ring, write a clipboard or
// speak of the window are read and forgotten. The result is the same however the bytes are cut.
//
//   Screen screen({.size = {.columns = 80, .rows = 24}});
//   screen.Feed("\x1B[1mhello");
//   ScreenText(screen);                                       // text.h
//   screen.palette().style(screen.row(0).At(0).style);        // bold
//
// Memory is bounded whatever the input says: at most 1000 columns and 1000 rows (a larger size is
// taken as that), twice while there is an alternate screen, 1000 rows of history (kept for
// resizing: scrollback is the sink's affair), the tables of palette.h, kMaxTitle, and what the
// parser keeps of a string. That is 8 bytes a cell, and 24 with the times of NoteTimes(); while a
// full screen is wrapped anew to a single column, each of its cells is a row (200 MB at most, for
// that moment).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/vt/parser.h"
#include "base/window_size.h"
#include "replay/screen/grid.h"
#include "replay/screen/palette.h"
#include "replay/screen/pen_changes.h"

namespace secure_exec {

class Screen;

// Hears of text before it goes, so that nothing that was on the screen can be missed: a searcher
// looks at the unseen rows after each event (ForEachUnseen) and is told here of rows that come and
// go within one. The screen must not be fed from within.
class ScreenSink {
 public:
  virtual ~ScreenSink() = default;
  // `row` left the main screen at its top, or was cleared away with all of it. Once per row, in
  // order; row.wrapped: the next one goes on with its line.
  virtual void RowScrolledOff(const Screen& screen, const Row& row) = 0;
  // Row y is about to lose text that was not seen: overwritten, erased, scrolled off the alternate
  // screen. It counts as seen afterwards.
  virtual void RowLosesText(const Screen& screen, int y) = 0;
  // The rows are about to be wrapped anew, or hidden behind the alternate screen: what is unseen
  // came before that.
  virtual void RowsRearrange(const Screen&) {}
  // It is done. What is unseen now was there before.
  virtual void RowsRearranged(const Screen&) {}
};

struct Cursor {
  enum Shape : uint8_t { kDefault, kBlock, kUnderline, kBar };

  int x = 0;  // columns(): a character was written to the last column, the next one wraps
  int y = 0;
  bool visible = true;
  Shape shape = kDefault;
  bool blinks = false;
};

class Screen : private ParserHandler, private GridObserver {
 public:
  static constexpr size_t kMaxTitle = 1024;  // bytes
  static constexpr size_t kMaxTitles = 16;   // on the stack of CSI 22 t
  static constexpr int kMaxHistory = 1000;

  struct Options {
    WindowSize size{};
    int history = 256;  // rows that come back when the screen grows; 0 to kMaxHistory
    // A line feed in a string ends it (Parser::Options): text must not hide behind an unterminated
    // string.
    bool newline_ends_strings = true;
  };

  explicit Screen(Options options, ScreenSink* sink = nullptr);
  ~Screen() override;
  Screen(Screen&&) = delete;

  void Feed(std::string_view bytes);
  // The stream's end: an unfinished character becomes U+FFFD.
  void Finish() { parser_.Finish(*this); }
  void Resize(WindowSize size);
  void set_sink(ScreenSink* sink) { sink_ = sink; }

  int columns() const { return grid_.columns(); }
  int rows() const { return grid_.rows(); }
  const Row& row(int y) const { return grid_.row(y); }
  int history() const { return grid_.history(); }
  const Row& history_row(int index) const { return grid_.history_row(index); }
  const Palette& palette() const { return palette_; }
  const Cursor& cursor() const { return cursor_; }
  bool alternate() const { return saved_.has; }
  // Of OSC 0 and 2; safe to be shown (SafeLine).
  const std::string& title() const { return title_; }

  // Calls f(y) for each row that changed since it was last seen, and marks it as seen.
  template <class F>
  void ForEachUnseen(F f) {
    // What is typed changes the cursor's row alone.
    const bool one = grid_.touched() == 1 && row(cursor_.y).unseen();
    const int begin = one ? cursor_.y : 0;
    const int end = one ? begin + 1 : grid_.touched() == 0 ? 0 : rows();
    for (int y = begin; y < end; ++y) {
      if (!row(y).unseen()) continue;
      f(y);
      grid_.MarkSeen(y);
    }
    grid_.AllSeen();
  }

  // The line that row y is part of was looked at (Row::unwanted).
  void MarkUnwanted(int y, bool unwanted) { grid_.row(y).unwanted = unwanted; }
  // The unseen cells of row y appeared at t_us.
  void NoteTimes(int y, int64_t t_us) {
    Row& row = grid_.row(y);
    row.times.Note(row.unseen_begin, row.unseen_end, t_us);
  }

  // All rows count as seen, and those above the cursor as told to the sink, until they change: for
  // one who had their text in another way.
  void MarkTold();

  // True while text and line feeds do nothing but write lines that scroll by: main screen, no
  // scroll region, no modes, no open sequence, the default style. Lines that are longer than
  // columns() wrap.
  bool plain() const;

  // Everything, as bytes that Restore() takes: at most about 16 bytes a cell, usually a few
  // kilobytes. Restoring gives a screen that shows the same from there on, without a sink: what one
  // had seen is not kept. kFormat: not a snapshot, or an altered one; nothing in it is believed.
  std::string Snapshot() const;
  static Result<std::unique_ptr<Screen>> Restore(std::string_view snapshot);

 private:
  friend class SnapshotCodec;
  friend class Redrawer;  // replay/render/redraw.h

  // What ESC 7 saves.
  struct Pen {
    Style style;
    bool shift_out = false;          // G1 is in use
    std::array<bool, 2> graphics{};  // G0, G1: DEC special graphics
  };
  struct SavedCursor {
    Pen pen;
    int x = 0;
    int y = 0;
    bool origin = false;
  };
  // The main screen while the alternate one is shown.
  struct Saved {
    bool has = false;
    int columns = 0;
    std::vector<Row> rows;
    // Of mode 1049; stays when the alternate screen is left.
    bool has_cursor = false;
    int x = 0;
    int y = 0;
    Style style;
  };

  // ParserHandler
  void Print(std::string_view text) override;
  void PrintAscii(std::string_view text) override;
  void Execute(uint8_t control) override;
  void C1(uint8_t control) override;
  void Escape(std::string_view intermediates, char final) override;
  void ControlSequence(const Csi& csi) override;
  bool ShortSgr(uint64_t params) override;
  void String(StringKind kind, std::string_view payload, bool truncated) override;
  // GridObserver
  void RowScrolledOff(const Row& row) override;
  void RowLosesText(int y) override;

  void WriteAscii(std::string_view text);
  void PrintChar(char32_t code_point, std::string_view bytes);
  void Combine(std::string_view bytes);
  void Wrap();
  void ClearHalvesBefore(int x);
  void ClearHalvesFrom(int x);
  void LineFeed(Cell blank);
  void ReverseIndex();
  void Tab();
  void BackTab(int count);
  void ForwardTab(int count);
  void Backspace();
  void MoveTo(int x, int y);
  void MoveToOrigin(int y);
  void MoveUp(int n);
  void MoveDown(int n);
  void SetX(int x);
  void Repeat(int n);
  void Unprefixed(const Csi& csi);
  void SetPen(const Csi& csi);
  void Erase(const Csi& csi);
  void EraseScreen(int what);
  void EraseLine(int what);
  void InsertLines(int n);
  void DeleteLines(int n);
  void SetRegion(int top, int bottom);
  void SetModes(const Csi& csi, bool on);
  void SetPrivateMode(int mode, bool on);
  void SetCursorStyle(int style);
  void EnterAlternate(bool cursor);
  void LeaveAlternate(bool cursor);
  void SaveCursor();
  void RestoreCursor();
  void SoftReset();
  void Reset();
  void Alignment();
  void ResetTabs();
  void SetTitle(std::string_view payload);
  void WindowOperation(const Csi& csi);
  void Hyperlink(std::string_view payload);
  void ResizeGrid(int columns, int rows, bool reflow);
  void CollectPalette();
  uint32_t PenNumber() { return pen_known_ ? pen_number_ : NewPenNumber(); }
  uint32_t NewPenNumber();
  Cell Blank();

  Options options_;
  ScreenSink* sink_;
  Parser parser_;
  Palette palette_;
  Grid grid_;
  Cursor cursor_;
  Pen pen_;
  uint32_t pen_number_ = 0;  // of pen_.style
  bool pen_known_ = true;    // pen_number_ is right
  PenChanges pen_changes_;
  std::optional<uint64_t> unknown_sgr_;  // to be remembered, comes as a ControlSequence() now
  SavedCursor saved_cursor_;
  Saved saved_;
  int top_ = 0;  // the scroll region
  int bottom_ = 0;
  bool origin_ = false;
  bool autowrap_ = true;
  bool insert_ = false;
  bool joiner_ = false;  // U+200D came: the next character joins
  std::string last_;     // the character that CSI b repeats; empty: none
  std::bitset<Grid::kMaxColumns> tabs_;
  std::string title_;
  std::vector<std::string> titles_;
};

}  // namespace secure_exec
