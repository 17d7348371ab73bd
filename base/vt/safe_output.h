// A filter between a recording and a person's terminal. It lets through what draws text and nothing
// that asks, tells, or changes a terminal (design promise 7: a replay cannot attack its viewer).
//
// It is an allow-list over parsed events, and everything is written anew from parsed values: no
// byte of a sequence is ever copied. Passed on:
// * text, with invisible characters shown as U+FFFD (safe_text.h); CR LF BS HT; VT and FF as LF
// * SGR without conceal; cursor movement and position; erase (not the scroll-back); insert and
//   delete; scrolling and its region; REP, its count clamped to kMaxRepeat
// * cursor visibility, auto-wrap, the alternate screen; save and restore cursor; index and reverse
//   index; ASCII and line-drawing as G0 and G1, SO and SI; a full reset as "clear everything"
// All else is dropped: OSC, DCS, SOS, PM, APC, every query, window operation, mode, C1. U+0080 to
// U+009F are shown as U+FFFD. A string cut short by a line feed does not hide what follows.
#pragma once

#include <string>
#include <string_view>

#include "base/vt/parser.h"

namespace secure_exec {

class SafeOutput : private ParserHandler {
 public:
  static constexpr int kMaxRepeat = 1024;  // REP repeats a character at most so often
  static constexpr int kMaxNumber = 9999;  // any other number is clamped to this

  struct Options {
    bool bell = false;             // pass BEL
    bool newline_returns = false;  // LF as CR LF: for what a program without a terminal wrote
  };

  SafeOutput() : SafeOutput(Options{}) {}
  explicit SafeOutput(Options options);

  // Appends to `out` what may be shown of `bytes`, always whole characters and whole sequences.
  void Feed(std::string_view bytes, std::string& out);
  // The end: appends what gives the terminal back as it is by default, as far as it was changed
  // (colours, character set, scroll region, wrapping, cursor, main screen).
  void Finish(std::string& out);

 private:
  void Print(std::string_view text) override;
  void Execute(uint8_t control) override;
  void C1(uint8_t control) override;
  void Escape(std::string_view intermediates, char final) override;
  void ControlSequence(const Csi& csi) override;
  void String(StringKind kind, std::string_view payload, bool truncated) override;

  void Numbers(const Csi& csi, size_t most);
  void Sgr(const Csi& csi);
  void Mode(const Csi& csi);
  void Charset(char set, char final);

  Options options_;
  Parser parser_;
  std::string* out_ = nullptr;  // during Feed()

  // What Finish() has to undo.
  bool styled_ = false;
  bool charset_ = false;
  bool region_ = false;
  bool no_wrap_ = false;
  bool cursor_hidden_ = false;
  int alternate_ = 0;  // the mode by which the alternate screen was entered
};

}  // namespace secure_exec
