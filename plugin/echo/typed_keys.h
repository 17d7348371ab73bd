// The bytes that a terminal sends when somebody types, cut into keys: which of them may be shown as
// text, which edit a line, which end it. Pure; bytes may be cut anywhere; at most kMaxSequence
// bytes are held. xterm's "Control Sequences" is the source of the sequences.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace secure_exec {

struct Key {
  enum Kind : uint8_t {
    kText,    // a character that an echo shows as itself
    kOpaque,  // may hold text, in a form whose echo is not known: bytes that are no UTF-8, strings
              // (a terminal's answer with the clipboard), keys sent as numbers
    kMeta,    // ESC and a character: edits, but the character may be text
    // From here on nothing of a text is in them.
    kEdit,      // Backspace, an arrow: what answers it stays on the line
    kEditMany,  // Tab, history, ^L: what answers it may be any number of lines
    kSearch,    // ^R, ^S: until the line's end the answer to each character is a whole line
    kAnswer,    // the terminal's own words: where the cursor is, the mouse, a paste begins or ends
    kEnd,  // Enter, and the control characters that end a line at once: ^C ^D ^Z and ^backslash
  };
  Kind kind = kText;
  uint16_t size = 0;        // bytes
  char32_t code_point = 0;  // of a text; of an edit the control character, or 0

  bool harmless() const { return kind >= kEdit; }
};

class KeyReader {
 public:
  static constexpr size_t kMaxSequence = 256;

  using Sink = std::function<void(const Key&)>;

  // The keys that `byte` completes: none, one, or two where a sequence was broken off by it.
  void Feed(char byte, const Sink& sink);
  // True in the midst of a key. The bytes so far have not been told of.
  bool pending() const { return size_ > 0; }

 private:
  enum class State : uint8_t {
    kGround,
    kUtf8,
    kEscape,
    kCsi,
    kSs3,
    kMouse,
    kString,
    kStringEscape
  };

  void Ground(uint8_t byte, const Sink& sink);
  void Utf8(uint8_t byte, const Sink& sink);
  void Escape(uint8_t byte, const Sink& sink);
  void CsiByte(uint8_t byte, const Sink& sink);
  void Ss3Byte(uint8_t byte, const Sink& sink);
  void StringByte(uint8_t byte, const Sink& sink);
  void Emit(Key::Kind kind, const Sink& sink, char32_t code_point = 0);
  void Begin(State state, uint8_t byte);
  Key::Kind CsiKind(uint8_t final) const;

  State state_ = State::kGround;
  uint16_t size_ = 0;
  std::array<char, kMaxSequence> bytes_{};  // the key so far; wiped with each key
  uint8_t mouse_left_ = 0;
};

}  // namespace secure_exec
