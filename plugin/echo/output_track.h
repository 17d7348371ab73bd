// Follows what the pod prints as far as telling an echo needs it: which characters appear where on
// the line of the cursor, when lines end, and whether a full-screen program has the screen. Not a
// screen: no cells are kept.
//
// A place is a number: row * columns + column, rows counted from wherever the session began, so
// that text that wraps goes on where it should. Jumps to anywhere (CSI H) begin a new count.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/vt/parser.h"

namespace secure_exec {

class OutputTrack : private ParserHandler {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // `c` appeared at place `at`; the cursor is now at `after`. `before`: the character that was
    // printed just left of it, or 0 if that is not known.
    virtual void OnPrint(char32_t c, int64_t at, int64_t after, char32_t before) = 0;
    // The cursor went to another row and not back along a line: a line of output has ended.
    virtual void OnNewline() = 0;
    // The same, but the line just filled its row: text that wraps may go on.
    virtual void OnMarginNewline() = 0;
    // It went to the beginning of its line.
    virtual void OnReturn() = 0;
    virtual void OnAlternateScreen(bool on) = 0;
  };

  explicit OutputTrack(Listener& listener) : listener_(listener) {}

  void Feed(std::string_view bytes) { parser_.Feed(bytes, *this); }
  // 1 to 9999; else 80.
  void SetColumns(int columns);
  // While nobody wants to know, OnPrint() comes once a piece of text, with its first character.
  void SetDetailed(bool detailed) { detailed_ = detailed; }

  int64_t cursor() const { return at_; }
  bool alternate_screen() const { return alternate_; }

 private:
  void Print(std::string_view text) override;
  void Execute(uint8_t control) override;
  void C1(uint8_t control) override;
  void Escape(std::string_view intermediates, char final) override;
  void ControlSequence(const Csi& csi) override;
  void String(StringKind, std::string_view, bool) override {}

  void PrintOne(char32_t c);
  void Newline();
  void Jump();
  void SetAlternate(bool on);
  void MoveToColumn(int64_t column);

  Listener& listener_;
  Parser parser_;
  int64_t columns_ = 80;
  int64_t at_ = 0;
  int64_t saved_ = 0;
  char32_t last_ = 0;  // the character printed last, which ended at last_end_
  int64_t last_end_ = -1;
  // The last column was written: the terminal's cursor still stands there, and "CR LF" (a line
  // editor's way to wrap) brings it to where text would have gone on.
  bool at_margin_ = false;
  bool alternate_ = false;
  bool detailed_ = true;
};

// Columns that a terminal gives to a character: 0, 1 or 2.
int CharColumns(char32_t c);

}  // namespace secure_exec
