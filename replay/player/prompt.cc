#include "replay/player/prompt.h"

#include "base/vt/utf8_char.h"

namespace secure_exec {

Prompt::State Prompt::Press(const Key& key) {
  switch (key.code) {
    case Key::kText:
      Add(key.text);
      return State::kTyping;
    case Key::kPaste:
      // Of several lines the first: none is sent by itself.
      Add(std::string_view(key.text).substr(0, key.text.find_first_of("\r\n")));
      return State::kTyping;
    case Key::kBackspace:
      if (text_.empty()) return State::kLeft;
      text_.resize(LastCharStart(text_));
      return State::kTyping;
    case Key::kClear:
      text_.clear();
      return State::kTyping;
    case Key::kClearWord:
      text_.resize(text_.find_last_not_of(' ') + 1);
      text_.resize(text_.find_last_of(' ') + 1);
      return State::kTyping;
    case Key::kEscape:
      return State::kLeft;
    case Key::kEnter:
      return State::kDone;
    default:
      return State::kTyping;
  }
}

void Prompt::Add(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char c = DecodeUtf8Char(text);
    const bool is_text = c.kind == Utf8Char::kValid && c.code_point >= 0x20 && c.code_point != 0x7F;
    if (text_.size() + c.size > kMaxText) return;
    if (is_text) text_ += text.substr(0, c.size);
    text.remove_prefix(c.size);
  }
}

}  // namespace secure_exec
