// What the user's terminal has been told by the remote command so far: enough to know where a line
// of ours damages nothing, and what to put back when we end a session in the middle of something.
// It knows no screen, only the sequences that went by; where in doubt, no line.
//
// A line may be written between sequences and characters, on the main screen, while the program
// uses the terminal as lines of text: no alternate screen, scroll region, hidden cursor, saved
// cursor, line drawing characters, insert or origin mode, application cursor keys, synchronised
// update; and not since the program addressed the screen by rows, until it was cleared or scrolled
// out (as many line feeds as rows).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/vt/parser.h"

namespace secure_exec {

class ScreenWatch : private ParserHandler {
 public:
  static constexpr size_t kMaxTitle = 1024;

  // Bytes that the terminal took.
  void Feed(std::string_view bytes) { parser_.Feed(bytes, *this); }
  void SetRows(int rows) { rows_ = rows > 0 ? rows : kDefaultRows; }

  // Between sequences and characters: a bell or a title may be put in.
  bool between() const { return parser_.ground(); }
  // So may a line.
  bool takes_lines() const;
  bool line_start() const { return line_start_; }
  bool alternate() const { return alternate_ != 0; }

  // The remote's last window title as it set it, to be set again; "" if it set none, or a longer
  // one than kMaxTitle.
  const std::string& title() const { return title_; }

  // Sequences that undo what the remote left: for a program that was cut off in the middle. "" if
  // there is nothing.
  std::string Undo() const;

 private:
  static constexpr int kDefaultRows = 24;
  static constexpr int kMaxKeyboardPushes = 16;

  void Print(std::string_view text) override;
  void Execute(uint8_t control) override;
  void C1(uint8_t control) override;
  void Escape(std::string_view intermediates, char final) override;
  void ControlSequence(const Csi& csi) override;
  void String(StringKind kind, std::string_view payload, bool truncated) override;

  void PrivateModes(const Csi& csi, bool on);
  void PrivateMode(int mode, bool on);
  void Keyboard(const Csi& csi);
  void Home();
  void Erase(int what);
  void Addressed(int rows);
  void Moved() { homed_ = cleared_ = line_start_ = false; }
  void Reset();
  bool IsOn(int mode) const;

  Parser parser_;
  int rows_ = kDefaultRows;
  int alternate_ = 0;       // 47, 1047 or 1049; 0: the main screen
  std::vector<int> modes_;  // private modes of a table that are not as a terminal starts, sorted
  bool region_ = false, saved_ = false, insert_ = false, keypad_ = false, styled_ = false;
  bool drawing_ = false, shifted_ = false;  // G0 is not ASCII; G1 is in use
  bool modify_keys_ = false;                // xterm's modifyOtherKeys
  int keyboard_pushes_ = 0;                 // kitty's keyboard protocol
  int lines_until_clean_ = 0;
  bool homed_ = false, cleared_ = false;  // the last thing was that
  bool line_start_ = true;
  std::string title_;
};

}  // namespace secure_exec
