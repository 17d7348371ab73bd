// A channel's bytes as lines of text that a person would have read: escape sequences and controls
// removed, line editing done. For `cat` and `grep`; the screen of a full-screen program needs a
// terminal emulator, here its pieces become lines.
//
// * LF ends a line; so do movements to another row. CR goes back to the line's start.
// * Backspace, cursor left and right, insert and delete, erase work within the line, so a command
//   that was edited at a shell's prompt is found as it was entered.
// * A line that is overwritten or erased from its start (a progress bar) comes out as a line of its
//   own first: nothing is lost but what backspaces and single-character edits removed.
// * A shell wraps a long command at the terminal's edge by " " CR; with SetColumns() that is
// undone.
// * An unterminated string does not hide the lines after it (Parser::Options).
//
// Bounded: a line is at most kMaxLine bytes, longer ones come in pieces; beyond kMaxEdit bytes a
// line is no longer edited, only appended to.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/vt/parser.h"

namespace secure_exec {

struct TextLine {
  // Valid UTF-8 without controls but HT; invisible characters are still in it (safe_text.h).
  std::string_view text;
  // False for a piece that the line's end does not follow: too long a line, or the stream's end.
  bool ended = true;

  struct Mark {
    size_t offset;
    int64_t t_us;
  };
  std::vector<Mark> const* marks = nullptr;

  // When the byte at `offset` of text appeared. 0 in an empty line.
  int64_t TimeAt(size_t offset) const;
};

class PlainText : private ParserHandler {
 public:
  static constexpr size_t kMaxLine = 1 << 20;
  static constexpr size_t kMaxEdit = 8192;
  static constexpr int kMaxMove = 256;  // columns, by one sequence

  enum class Source {
    kOutput,  // what a program printed
    kTyped,   // what a person typed: CR ends a line, DEL and BS erase, ^W and ^U too
  };
  using Sink = std::function<void(const TextLine&)>;

  PlainText(Source source, Sink sink);

  // Bytes that appeared at `t_us`.
  void Feed(std::string_view bytes, int64_t t_us);
  void SetColumns(int columns) { columns_ = columns; }  // 0: unknown
  // The stream's end: hands out what is left.
  void Finish();
  // At the start of a line, with nothing open: whole lines without controls may pass it by.
  bool idle() const { return line_.empty() && !return_pending_ && parser_.ground(); }

 private:
  void Print(std::string_view text) override;
  void Execute(uint8_t control) override;
  void C1(uint8_t) override {}
  void Escape(std::string_view intermediates, char final) override;
  void ControlSequence(const Csi& csi) override;
  void String(StringKind, std::string_view, bool) override {}

  void ExecuteTyped(uint8_t control);
  void EraseLastWord();
  void Append(std::string_view text);
  void Overwrite(std::string_view text);
  void EndLine(bool ended = true);
  void EndStartedLine();
  void CarriageReturn();
  void SettleReturn();
  void KeepOldLine();
  void Erase(int what);
  void Truncate(size_t size);
  void MoveLeft(int columns);
  void MoveRight(int columns);
  size_t NextChar(size_t at) const;

  Source source_;
  Sink sink_;
  Parser parser_;
  int columns_ = 0;
  int64_t now_us_ = 0;

  std::string line_;
  size_t cursor_ = 0;  // byte offset of a character in line_, or its end
  std::vector<TextLine::Mark> marks_;
  bool return_pending_ = false;  // a CR of which it is not known whether LF follows
  bool went_back_ = false;       // the cursor went to the line's start: overwriting loses text
};

}  // namespace secure_exec
