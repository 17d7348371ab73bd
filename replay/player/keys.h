// The bytes that a terminal sends for keys, as keys. What is none is dropped: answers to questions
// that some program asked before, reports of the mouse, keys that the player has no use for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace secure_exec {

struct Key {
  enum Code {
    kText,  // a character: `text`
    kLeft,
    kRight,
    kUp,
    kDown,
    kFarLeft,  // with shift, control or alt
    kFarRight,
    kHome,
    kEnd,
    kPageUp,
    kPageDown,
    kEnter,
    kBackspace,
    kEscape,
    kClear,      // Ctrl-U: the line
    kClearWord,  // Ctrl-W: its last word
    kRedraw,     // Ctrl-L
    kHelp,       // F1
    kPaste,      // what a terminal says was pasted: `text`, of which no letter is a key
  };
  Code code = kText;
  std::string text{};

  bool operator==(const Key&) const = default;
  bool Is(std::string_view character) const { return code == kText && text == character; }
};

class KeyReader {
 public:
  std::vector<Key> Feed(std::string_view bytes);
  // Bytes wait that may be the start of a key's: an ESC most of all. When nothing follows for
  // kEscapeNs, Flush().
  bool waiting() const { return !waiting_.empty() || in_string_; }
  std::vector<Key> Flush();

  static constexpr long kEscapeNs = 50'000'000;
  static constexpr size_t kMaxPaste = 4096;  // bytes; the rest is dropped

 private:
  static constexpr size_t kMaxSequence = 32;
  // Takes one key's bytes off the front of `bytes`; false where they are not whole.
  bool Take(std::string_view& bytes, std::vector<Key>& keys);
  bool TakeSequence(std::string_view& bytes, std::vector<Key>& keys);
  bool TakePasted(std::string_view& bytes, std::vector<Key>& keys);
  bool TakeString(std::string_view& bytes);

  std::string waiting_;
  std::string pasted_;
  bool in_paste_ = false;
  bool in_string_ = false;  // OSC, DCS, APC, PM, SOS: until their end
};

}  // namespace secure_exec
