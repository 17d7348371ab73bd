#include "replay/export/terminal_text.h"

#include "base/utf8.h"
#include "base/vt/utf8_char.h"

namespace secure_exec {

void TerminalText::Feed(Channel channel, std::string_view bytes, std::string& out) {
  std::string& waiting = waiting_[static_cast<int>(channel)];
  waiting += bytes;
  std::string_view rest = waiting;
  const size_t tail = IncompleteUtf8Tail(rest);
  std::string_view now = rest.substr(0, rest.size() - tail);
  while (!now.empty()) {
    const size_t good = ValidUtf8Prefix(now);
    Put(now.substr(0, good), out);
    now.remove_prefix(good);
    if (now.empty()) break;
    Put(kReplacementCharacter, out);
    now.remove_prefix(DecodeUtf8Char(now).size);
  }
  waiting.erase(0, waiting.size() - tail);
}

void TerminalText::Finish(std::string& out) {
  for (std::string& waiting : waiting_) {
    if (!waiting.empty()) Put(kReplacementCharacter, out);
    waiting.clear();
  }
}

void TerminalText::Put(std::string_view text, std::string& out) {
  if (text.empty()) return;
  if (!newline_returns_) {
    out += text;
    return;
  }
  for (const char c : text) {
    if (c == '\n' && last_ != '\r') out += '\r';
    out += c;
    last_ = c;
  }
}

}  // namespace secure_exec
