// The text of a session on a terminal as a person saw it: the lines of a terminal emulator as they
// come, change and go. What was typed letter by letter, corrected, coloured in the middle of a
// word, wrapped at the margin or drawn by a full-screen program is found; a line that stands for an
// hour is one line, with the time that it stood.
//
// After each event (Feed) every line that changed is shown to the listener; within one event,
// before text is lost. The listener says which it wants; a wanted line is handed out once, when it
// is over: scrolled off, gone, no longer wanted, or the session's end. Its text is then what it
// last was while it was wanted.
//
// Lines of plain text that only scroll by do not go through the emulator (plain_lines.h): it gets
// the last of them when something else comes. Such a line is over at once; if a program goes back
// to it while it is still on the screen, what it becomes is another line.
//
// Memory: the emulator's, of the deferred lines four times what fills screen and history (4.3 MB at
// most), and the lines that are wanted and still there; as more may come and go within one event,
// up to five times as many as the screen has rows. Each has its text, of 16 Ki cells at most, a
// mark of 16 bytes for each time at which a part of it came, and, with context on a full screen, up
// to 2 * kMaxContext lines of kMaxContextLine.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/vt/plain_text.h"
#include "base/window_size.h"
#include "replay/screen/screen.h"
#include "replay/search/cell_literal.h"

namespace secure_exec {

struct SeenLine {
  std::string_view text;     // UTF-8; may hold invisible characters (base/vt/safe_text.h)
  int64_t began_us = 0;      // when it was first as wanted
  int64_t ended_us = 0;      // when it was no longer; of a line that scrolled off, when it did
  bool full_screen = false;  // on the alternate screen: vim, less, top
  uint64_t line = 0;         // its number in the session, from 1; on a full screen its row, from 1
  // When the parts of the text appeared.
  std::vector<TextLine::Mark> const* marks = nullptr;
  // The lines around it (Options::context): on a full screen when it came, else when it was over.
  std::span<const std::string> above{};  // the nearest is the last
  std::span<const std::string> below{};  // the nearest is the first

  // When the byte at `offset` of the text appeared.
  int64_t TimeAt(size_t offset) const {
    const int64_t t_us = TextLine{.text = text, .marks = marks}.TimeAt(offset);
    return marks == nullptr || marks->empty() ? began_us : t_us;
  }
};

class SeenTextListener {
 public:
  virtual ~SeenTextListener() = default;
  virtual bool Wants(std::string_view line) = 0;
  // The first wanted line at or after `from`, its offset, in lines that each end with a line feed;
  // npos: none.
  virtual size_t FindLine(std::string_view lines, size_t from) = 0;
  virtual void Seen(const SeenLine& line) = 0;
};

class SeenText : private ScreenSink {
 public:
  // Plain bytes in a row after which it pays to leave the emulator behind.
  static constexpr size_t kPlainBefore = 16 * 1024;
  static constexpr size_t kMaxPartial = 16 * 1024;
  static constexpr int kHistory = 64;  // rows that come back when the window grows
  // A longer line is looked at in pieces, which overlap.
  static constexpr size_t kMaxLine = 64 * 1024;
  static constexpr size_t kOverlap = 256;
  static constexpr size_t kMaxContext = 100;
  static constexpr size_t kMaxContextLine = 1024;  // a longer one is cut, and ends with "…"

  struct Options {
    WindowSize size{};
    // Lines above and below each, up to kMaxContext. With any, all go through the emulator.
    size_t context = 0;
    size_t plain_before = kPlainBefore;
    // A line that is no longer wanted because it went on is not handed out for its beginning:
    // whoever wants lines without "delete" does not want the "$ del" that was typed first.
    bool whole_lines = false;
    // If not empty: the listener wants a line if and only if this text is in it. Lines where it
    // cannot have come are then not shown to the listener.
    std::string literal{};
  };

  SeenText(Options options, SeenTextListener& listener);

  // Bytes that were shown at `t_us`; times do not decrease.
  void Feed(std::string_view bytes, int64_t t_us);
  void Resize(WindowSize size, int64_t t_us);
  // The session's end: hands out what is left, from the top down.
  void Finish(int64_t t_us);

 private:
  // A wanted line that is there: the row that it begins in.
  struct Standing {
    uint64_t row_id = 0;
    std::string text;
    std::vector<TextLine::Mark> marks;
    std::vector<std::string> above;
    std::vector<std::string> below;
    int64_t began_us = 0;
    bool full_screen = false;
    bool fresh = false;  // came with this event
    bool here = false;   // was met by the last look over the screen, or stays for now
    uint64_t line = 0;
  };

  void RowScrolledOff(const Screen& screen, const Row& row) override;
  void RowLosesText(const Screen& screen, int y) override;
  void RowsRearrange(const Screen& screen) override;
  void RowsRearranged(const Screen& screen) override;

  void RowLeaves(const Row& row);
  void FeedPieces(std::string_view bytes);
  void FeedScreen(std::string_view bytes);
  bool FeedPlain(std::string_view& bytes, bool event_begins);
  void Defer(std::string_view lines);
  bool KeepPartial(std::string_view bytes);
  void HandOutPartial(int64_t began_us);
  bool CanDefer();
  void BeginDeferring();
  void CatchUp();
  void Look();
  void LookAtUnseen();
  int LookAt(int y);
  bool StaysUnwanted(int first, int last);
  bool KeepsItsTimes(const Row& row) const { return rearranging_ && !row.times.empty(); }
  void NoteUnseen(int y);
  void AppendMarks(const Row& row, const RowTimes& times, size_t begin,
                   std::vector<TextLine::Mark>& marks);
  void DropAbsent(bool event_over);
  void EndStanding(size_t index);
  void HandOut(SeenLine line, uint64_t row_id);
  static std::string Context(std::string_view text);
  std::vector<std::string> LinesAbove(uint64_t row_id) const;
  std::vector<std::string> LinesBelow(uint64_t row_id) const;
  int RowOf(uint64_t row_id) const;
  Standing* Find(uint64_t row_id);
  bool OpenGoesOn() const;
  void CloseOpen();
  void CloseOpenIfOver();
  void LineOver(std::string_view text, const std::vector<TextLine::Mark>& marks, uint64_t row_id,
                bool unseen);

  SeenTextListener& listener_;
  Screen screen_;
  const size_t plain_before_;
  const size_t context_;
  const bool whole_lines_;
  const CellLiteral literal_;
  std::deque<std::string> passed_;  // the last lines that scrolled off, for context
  int64_t now_us_ = 0;
  std::vector<Standing> standing_;
  size_t stayed_ = 0;   // of them, when absent ones were dropped last
  uint64_t lines_ = 0;  // that scrolled off
  bool muted_ = false;
  uint64_t leaving_id_ = 0;   // the row that scrolls off right now
  bool rearranging_ = false;  // rows, whose text is as old as it was
  // Rows that scrolled off and whose line goes on.
  std::string open_;
  std::vector<TextLine::Mark> open_marks_;
  uint64_t open_id_ = 0;       // of the first
  uint64_t open_last_id_ = 0;  // of the last
  bool open_unseen_ = false;
  bool has_open_ = false;

  size_t plain_bytes_ = 0;  // in a row
  bool deferring_ = false;  // the emulator lacks what is in deferred_
  std::string deferred_;    // raw lines, the first from the beginning of a row on
  std::string partial_;     // behind them, the start of one
  std::vector<TextLine::Mark> partial_marks_;
  int64_t partial_wanted_us_ = -1;  // since when it is wanted as far as it goes; -1: not
  std::string joined_;              // scratch
  std::string lines_text_;          // scratch
  std::string line_text_;           // scratch, and so are those below
  std::string row_text_;
  std::vector<uint16_t> places_;
  std::vector<std::pair<uint64_t, size_t>> by_row_;  // standing ones' ids and places
  RowTimes leaving_times_;
};

}  // namespace secure_exec
