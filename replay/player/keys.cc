#include "replay/player/keys.h"

#include <algorithm>

#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

// Of `CSI parameters final` and `SS3 final`.
void AddSequence(std::string_view parameters, char final, std::vector<Key>& keys) {
  const bool modified = parameters.find(';') != parameters.npos;
  const std::string_view number = parameters.substr(0, parameters.find(';'));
  switch (final) {
    case 'A':
      return keys.push_back({Key::kUp});
    case 'B':
      return keys.push_back({Key::kDown});
    case 'C':
      return keys.push_back({modified ? Key::kFarRight : Key::kRight});
    case 'D':
      return keys.push_back({modified ? Key::kFarLeft : Key::kLeft});
    case 'H':
      return keys.push_back({Key::kHome});
    case 'F':
      return keys.push_back({Key::kEnd});
    case 'M':
      return keys.push_back({Key::kEnter});  // of a keypad
    case '~':
      if (number == "1" || number == "7") return keys.push_back({Key::kHome});
      if (number == "4" || number == "8") return keys.push_back({Key::kEnd});
      if (number == "5") return keys.push_back({Key::kPageUp});
      if (number == "6") return keys.push_back({Key::kPageDown});
      return;
    default:
      return;
  }
}

}  // namespace

bool KeyReader::Take(std::string_view& bytes, std::vector<Key>& keys) {
  const char first = bytes[0];
  if (first == '\x1B') {
    if (bytes.size() == 1) return false;
    if (bytes[1] != '[' && bytes[1] != 'O') {
      keys.push_back({Key::kEscape});
      bytes.remove_prefix(1);
      return true;
    }
    const size_t end =
        std::find_if(bytes.begin() + 2, bytes.end(), [](char c) { return c < 0x20 || c > 0x3F; }) -
        bytes.begin();
    if (end == bytes.size()) {
      if (end < kMaxSequence) return false;
    } else if (bytes[end] >= 0x40 && bytes[end] != 0x7F) {
      AddSequence(bytes.substr(2, end - 2), bytes[end], keys);
      bytes.remove_prefix(1);
    }
    bytes.remove_prefix(end);
    return true;
  }
  const Utf8Char c = DecodeUtf8Char(bytes);
  if (c.kind == Utf8Char::kIncomplete) return false;
  if (first == '\r' || first == '\n') {
    keys.push_back({Key::kEnter});
  } else if (first == '\x7F' || first == '\b') {
    keys.push_back({Key::kBackspace});
  } else if (first == '\x15') {
    keys.push_back({Key::kClear});
  } else if (c.kind == Utf8Char::kValid && c.code_point >= 0x20) {
    keys.push_back({Key::kText, std::string(bytes.substr(0, c.size))});
  }
  bytes.remove_prefix(c.size);
  return true;
}

std::vector<Key> KeyReader::Feed(std::string_view bytes) {
  waiting_ += bytes;
  std::string_view rest = waiting_;
  std::vector<Key> keys;
  while (!rest.empty() && Take(rest, keys)) {
  }
  waiting_.erase(0, waiting_.size() - rest.size());
  return keys;
}

std::vector<Key> KeyReader::Flush() {
  std::vector<Key> keys;
  if (waiting_ == "\x1B") keys.push_back({Key::kEscape});
  waiting_.clear();
  return keys;
}

}  // namespace secure_exec
