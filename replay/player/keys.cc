#include "replay/player/keys.h"

#include <algorithm>

#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

constexpr std::string_view kPasteEnd = "\x1B[201~";

// Of `CSI parameters final`, or of SS3 (ESC O).
void AddSequence(bool ss3, std::string_view parameters, char final, std::vector<Key>& keys) {
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
    case 'c':  // rxvt's arrows, with shift or control
    case 'd':
      if (parameters.empty()) keys.push_back({final == 'c' ? Key::kFarRight : Key::kFarLeft});
      return;
    case 'H':
      return keys.push_back({Key::kHome});
    case 'F':
      return keys.push_back({Key::kEnd});
    case 'P':
      if (ss3) keys.push_back({Key::kHelp});
      return;
    case 'M':
      if (ss3) keys.push_back({Key::kEnter});  // of a keypad
      return;
    case '~':
      if (number == "1" || number == "7") return keys.push_back({Key::kHome});
      if (number == "4" || number == "8") return keys.push_back({Key::kEnd});
      if (number == "5") return keys.push_back({Key::kPageUp});
      if (number == "6") return keys.push_back({Key::kPageDown});
      if (number == "11") return keys.push_back({Key::kHelp});
      return;
    default:
      return;
  }
}

}  // namespace

bool KeyReader::Take(std::string_view& bytes, std::vector<Key>& keys) {
  if (in_paste_) return TakePasted(bytes, keys);
  if (in_string_) return TakeString(bytes);
  const char first = bytes[0];
  if (first == '\x1B') return TakeSequence(bytes, keys);
  const Utf8Char c = DecodeUtf8Char(bytes);
  if (c.kind == Utf8Char::kIncomplete) return false;
  if (first == '\r' || first == '\n') {
    keys.push_back({Key::kEnter});
  } else if (first == '\x7F' || first == '\b') {
    keys.push_back({Key::kBackspace});
  } else if (first == '\x15') {
    keys.push_back({Key::kClear});
  } else if (first == '\x17') {
    keys.push_back({Key::kClearWord});
  } else if (first == '\f') {
    keys.push_back({Key::kRedraw});
  } else if (c.kind == Utf8Char::kValid && c.code_point >= 0x20) {
    keys.push_back({Key::kText, std::string(bytes.substr(0, c.size))});
  }
  bytes.remove_prefix(c.size);
  return true;
}

bool KeyReader::TakeSequence(std::string_view& bytes, std::vector<Key>& keys) {
  if (bytes.size() == 1) return false;
  if (std::string_view("]P_^X").find(bytes[1]) != std::string_view::npos) {
    in_string_ = true;
    bytes.remove_prefix(2);
    return true;
  }
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
    bytes.remove_prefix(end);
    return true;
  }
  const std::string_view parameters = bytes.substr(2, end - 2);
  const char final = bytes[end];
  if (final < 0x40 || final == 0x7F) {  // a control, or ESC: the sequence ends before it
    bytes.remove_prefix(end);
    return true;
  }
  // What the Linux console sends for F1 to F5 (ESC [ [ A), and the mouse as of old, have bytes
  // behind.
  const bool is_csi = bytes[1] == '[' && parameters.empty();
  const size_t behind = is_csi && final == '[' ? 1 : is_csi && final == 'M' ? 3 : 0;
  if (bytes.size() < end + 1 + behind) return false;
  if (final == '[' && bytes.substr(end + 1, behind) == "A") {
    keys.push_back({Key::kHelp});
  } else if (bytes[1] == '[' && final == '~' && parameters == "200") {
    in_paste_ = true;
  } else {
    AddSequence(bytes[1] == 'O', parameters, final, keys);
  }
  bytes.remove_prefix(end + 1 + behind);
  return true;
}

// Up to the end that the terminal marks: a terminal takes that sequence out of what is pasted.
bool KeyReader::TakePasted(std::string_view& bytes, std::vector<Key>& keys) {
  const size_t end = bytes.find(kPasteEnd);
  size_t size = std::min(end, bytes.size());
  if (end == bytes.npos) {
    // The start of the mark may be here.
    for (size_t part = std::min(kPasteEnd.size() - 1, size); part > 0; --part) {
      if (!bytes.ends_with(kPasteEnd.substr(0, part))) continue;
      size -= part;
      break;
    }
  }
  pasted_ += bytes.substr(0, std::min(size, kMaxPaste - pasted_.size()));
  bytes.remove_prefix(size);
  if (end == std::string_view::npos) return false;
  bytes.remove_prefix(kPasteEnd.size());
  keys.push_back({Key::kPaste, std::move(pasted_)});
  pasted_.clear();
  in_paste_ = false;
  return true;
}

// Up to BEL, ST, or a control that ends every sequence.
bool KeyReader::TakeString(std::string_view& bytes) {
  const size_t end = bytes.find_first_of("\a\x18\x1A\x1B");
  bytes.remove_prefix(std::min(end, bytes.size()));
  if (end == bytes.npos) return false;
  if (bytes[0] == '\x1B') {
    if (bytes.size() == 1) return false;
    if (bytes[1] == '\\') bytes.remove_prefix(1);
  }
  in_string_ = false;
  if (bytes[0] != '\x1B') bytes.remove_prefix(1);
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
  if (in_paste_) return keys;  // its end is on its way
  if (waiting_ == "\x1B" && !in_string_) keys.push_back({Key::kEscape});
  waiting_.clear();
  in_string_ = false;
  return keys;
}

}  // namespace secure_exec
