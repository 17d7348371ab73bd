// Bytes for a terminal, cut into what they mean: text, controls, escape sequences. This is Paul
// Williams' state machine for DEC terminals (vt100.net/emu/dec_ansi_parser) with UTF-8 under it; it
// knows no screen. The terminal emulator, the filters for people's terminals, the text search and
// the plugin ("is the output between escape sequences?") share it.
//
// Any bytes are accepted, in pieces cut anywhere; the events are the same for every cut, except
// that a run of text may come in several Print() calls. Memory is bounded: kMaxParams parameters,
// kMaxString bytes of a string; what is beyond them is read and forgotten.
//
// Choices where terminals differ:
// * Text is UTF-8. A byte that belongs to no character is Print()ed as U+FFFD. U+0080 to U+009F are
//   C1(), and never begin a sequence; in strings they are payload. Raw 8-bit C1 is invalid UTF-8.
// * In a control sequence bytes above 0x7E are ignored, as tmux does.
// * Strings (OSC, DCS, SOS, PM, APC) end at ESC, whatever follows, OSC also at BEL; CAN and SUB
//   cancel them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace secure_exec {

struct CsiParam {
  uint16_t value = 0;  // 65535 for anything larger
  bool given = false;  // false: empty, as the first one of "CSI ; 5 H"
  bool sub = false;    // follows ':' and not ';': belongs to the parameter before
};

struct Csi {
  static constexpr size_t kMaxParams = 32;

  char prefix = 0;        // '<' '=' '>' '?', or 0
  char final = 0;         // 0x40 to 0x7E
  bool overflow = false;  // had more parameters; the first kMaxParams are kept
  uint8_t count = 0;
  uint8_t intermediate_count = 0;
  std::array<char, 2> intermediate{};  // 0x20 to 0x2F; sequences with more are not reported
  std::array<CsiParam, kMaxParams> params{};

  std::string_view intermediates() const { return {intermediate.data(), intermediate_count}; }
  // The value of parameter i, or `absent` where it is empty or missing.
  int Param(size_t i, int absent) const {
    return i < count && params[i].given ? params[i].value : absent;
  }
};

enum class StringKind : uint8_t { kOsc, kDcs, kSos, kPm, kApc };

// Receives the events. Views are valid during the call only.
class ParserHandler {
 public:
  virtual ~ParserHandler() = default;
  // Whole UTF-8 characters, at least one, none of them a control (C0, DEL, C1).
  virtual void Print(std::string_view text) = 0;
  // The same of printable ASCII alone (0x20 to 0x7E), for who can do with it what is quicker.
  virtual void PrintAscii(std::string_view text) { Print(text); }
  // A C0 control but ESC, or DEL (0x7F) between sequences. Terminals obey those inside a control
  // sequence at once, so they come before it.
  virtual void Execute(uint8_t control) = 0;
  virtual void C1(uint8_t control) = 0;  // 0x80 to 0x9F, from the characters U+0080 to U+009F
  // ESC, at most two intermediates (0x20 to 0x2F), a final (0x30 to 0x7E). The ESC \ that ends a
  // string is not reported.
  virtual void Escape(std::string_view intermediates, char final) = 0;
  virtual void ControlSequence(const Csi& csi) = 0;
  // For who remembers what a "CSI ... m" does: its parameters, up to eight digits, ';' and ':', the
  // first one in the lowest byte, 0 behind the last. False: not taken, it is told as a
  // ControlSequence(). Not every one that is short comes here.
  virtual bool ShortSgr(uint64_t) { return false; }
  // A string that ended. `payload`: raw bytes from 0x20 up (a DCS's with its parameters and final),
  // not necessarily UTF-8; `truncated` if there were more than kMaxString.
  virtual void String(StringKind kind, std::string_view payload, bool truncated) = 0;
};

class Parser {
 public:
  static constexpr size_t kMaxString = 4096;

  struct Options {
    // A line feed or carriage return cancels a string. No terminal does this, and no well-formed
    // string but a sixel picture has one; but an unterminated string must not hide the lines that
    // follow from a person who reviews them.
    bool newline_ends_strings = false;
  };

  Parser() = default;
  explicit Parser(Options options) : options_(options) {}

  void Feed(std::string_view bytes, ParserHandler& handler);
  // The stream has ended: an incomplete character becomes U+FFFD, an open sequence is forgotten.
  void Finish(ParserHandler& handler);
  // Bytes that bring a new parser (of the same Options) to where this one is, for snapshots: an
  // open sequence, string or character. Events that they cause have happened before.
  std::string Unfinished() const;
  // True between sequences and characters: text of one's own may be put in here.
  bool ground() const { return state_ == State::kGround && pending_size_ == 0; }

 private:
  enum class State : uint8_t {
    kGround,
    kEscape,
    kEscapeIgnore,  // too many intermediates: wait for the final
    kCsi,
    kCsiIgnore,
    kString,
  };

  // Each takes bytes from the front in its state and returns how many.
  size_t Ground(std::string_view bytes, ParserHandler& handler);
  size_t StringBytes(std::string_view bytes, ParserHandler& handler);
  size_t CsiBytes(std::string_view bytes, ParserHandler& handler);
  size_t CompletePending(std::string_view bytes, ParserHandler& handler);
  void Sequence(uint8_t byte, ParserHandler& handler);
  void CsiByte(uint8_t byte, ParserHandler& handler);
  void CsiSeparator(bool sub);
  void EscapeByte(uint8_t byte, ParserHandler& handler);
  void BeginEscape();
  const char* TakeEscape(const char* at, const char* end, ParserHandler& handler);
  size_t TellShort(const char* at, const char* end, ParserHandler& handler);
  void BeginString(StringKind kind);
  bool Collect(uint8_t byte);

  Options options_;
  State state_ = State::kGround;
  bool after_string_ = false;  // in kEscape: this ESC ended a string
  uint8_t pending_size_ = 0;   // bytes of an incomplete character
  std::array<char, 4> pending_{};
  Csi csi_;  // of an escape sequence only the intermediates are used
  StringKind string_kind_ = StringKind::kOsc;
  bool truncated_ = false;
  std::string string_;
};

}  // namespace secure_exec
