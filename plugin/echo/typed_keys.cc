#include "plugin/echo/typed_keys.h"

#include <string_view>

#include "base/utf8.h"
#include "base/vt/utf8_char.h"
#include "recorder/container/crypto.h"

namespace secure_exec {
namespace {

constexpr uint8_t kEsc = 0x1B;
constexpr uint8_t kDel = 0x7F;

Key::Kind ControlKind(uint8_t byte) {
  switch (byte) {
    case '\r':
    case '\n':
    case 0x03:  // ^C
    case 0x04:  // ^D
    case 0x1A:  // ^Z
    case 0x1C:  // ^backslash
      return Key::kEnd;
    case '\t':
    case 0x0C:  // ^L redraws the screen
    case 0x0E:  // ^N and ^P recall lines
    case 0x10:
    case 0x0F:  // ^O runs a line
    case 0x18:  // ^X begins anything
      return Key::kEditMany;
    case 0x12:  // ^R
    case 0x13:  // ^S
      return Key::kSearch;
    default:
      return Key::kEdit;
  }
}

}  // namespace

void KeyReader::Emit(Key::Kind kind, const Sink& sink, char32_t code_point) {
  const Key key{kind, size_, code_point};
  Wipe(bytes_.data(), size_);
  size_ = 0;
  state_ = State::kGround;
  sink(key);
}

void KeyReader::Begin(State state, uint8_t byte) {
  state_ = state;
  bytes_[0] = static_cast<char>(byte);
  size_ = 1;
}

void KeyReader::Feed(char byte, const Sink& sink) {
  const auto b = static_cast<uint8_t>(byte);
  // What is longer than any key is in pieces of which no echo is known.
  if (size_ == kMaxSequence) {
    const State state = state_;
    Emit(Key::kOpaque, sink);
    if (state == State::kString || state == State::kStringEscape) {
      Begin(State::kString, b);
      return;
    }
  }
  switch (state_) {
    case State::kGround:
      return Ground(b, sink);
    case State::kUtf8:
      return Utf8(b, sink);
    case State::kEscape:
      return Escape(b, sink);
    case State::kCsi:
      return CsiByte(b, sink);
    case State::kSs3:
      return Ss3Byte(b, sink);
    case State::kMouse:
      bytes_[size_++] = byte;
      if (--mouse_left_ == 0) Emit(Key::kAnswer, sink);
      return;
    case State::kString:
    case State::kStringEscape:
      return StringByte(b, sink);
  }
}

void KeyReader::Ground(uint8_t byte, const Sink& sink) {
  if (byte == kEsc) return Begin(State::kEscape, byte);
  Begin(State::kGround, byte);
  if (byte < 0x20 || byte == kDel) return Emit(ControlKind(byte), sink, byte);
  if (byte < 0x80) return Emit(Key::kText, sink, byte);
  state_ = State::kUtf8;
  if (IncompleteUtf8Tail({bytes_.data(), 1}) == 0) Emit(Key::kOpaque, sink);
}

void KeyReader::Utf8(uint8_t byte, const Sink& sink) {
  bytes_[size_] = static_cast<char>(byte);
  const std::string_view with(bytes_.data(), size_ + size_t{1});
  const Utf8Char c = DecodeUtf8Char(with);
  if (c.kind == Utf8Char::kIncomplete) {
    ++size_;
  } else if (c.kind == Utf8Char::kValid && c.size == with.size()) {
    ++size_;
    // A C1 control: no key sends one, and no echo shows it.
    Emit(c.code_point < 0xA0 ? Key::kOpaque : Key::kText, sink, c.code_point);
  } else {
    Emit(Key::kOpaque, sink);
    Ground(byte, sink);
  }
}

void KeyReader::Escape(uint8_t byte, const Sink& sink) {
  // ESC alone, and then another key.
  if (byte < 0x20 || byte >= 0x80) {
    Emit(Key::kEdit, sink, kEsc);
    return Ground(byte, sink);
  }
  bytes_[size_++] = static_cast<char>(byte);
  switch (byte) {
    case '[':
      state_ = State::kCsi;
      return;
    case 'O':
      state_ = State::kSs3;
      return;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
      state_ = State::kString;
      return;
    default:
      Emit(byte == kDel ? Key::kEdit : Key::kMeta, sink);
  }
}

void KeyReader::CsiByte(uint8_t byte, const Sink& sink) {
  if (byte < 0x20 || byte >= kDel) {
    Emit(Key::kOpaque, sink);
    return Ground(byte, sink);
  }
  bytes_[size_++] = static_cast<char>(byte);
  if (byte < 0x40) return;
  if (byte == 'M' && size_ == 3) {
    state_ = State::kMouse;
    mouse_left_ = 3;
    return;
  }
  Emit(CsiKind(byte), sink);
}

Key::Kind KeyReader::CsiKind(uint8_t final) const {
  const std::string_view params(bytes_.data() + 2, size_ - size_t{3});
  switch (final) {
    case 'u':  // any key as its number, letters included
      return Key::kOpaque;
    case '~':
      if (params == "200" || params == "201") return Key::kAnswer;
      return params.starts_with("27;") ? Key::kOpaque : Key::kEdit;
    case 'A':  // up and down recall lines
    case 'B':
      return Key::kEditMany;
    case 'R':
    case 'c':
    case 'n':
    case 't':
    case 'y':
    case 'I':
    case 'O':
    case 'M':
    case 'm':
      return Key::kAnswer;
    default:
      return Key::kEdit;
  }
}

void KeyReader::Ss3Byte(uint8_t byte, const Sink& sink) {
  if (byte < 0x20 || byte >= kDel) {
    Emit(Key::kOpaque, sink);
    return Ground(byte, sink);
  }
  bytes_[size_++] = static_cast<char>(byte);
  if (byte >= '0' && byte <= '9' && size_ == 3) return;  // a modifier
  // The keypad's digits and signs are text.
  const bool arrow = (byte >= 'A' && byte <= 'H') || (byte >= 'P' && byte <= 'S');
  if (!arrow) return Emit(Key::kOpaque, sink);
  Emit(byte <= 'B' ? Key::kEditMany : Key::kEdit, sink);
}

void KeyReader::StringByte(uint8_t byte, const Sink& sink) {
  // The line's end is one even where a string was not ended: it may have been a key (Alt-P).
  if (byte < 0x20 && byte != 0x07 && byte != kEsc) {
    Emit(Key::kOpaque, sink);
    return Ground(byte, sink);
  }
  bytes_[size_++] = static_cast<char>(byte);
  const bool ended = byte == 0x07 || (state_ == State::kStringEscape && byte == '\\');
  if (ended) return Emit(Key::kOpaque, sink);
  state_ = byte == kEsc ? State::kStringEscape : State::kString;
}

}  // namespace secure_exec
