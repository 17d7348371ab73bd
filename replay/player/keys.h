// The bytes that a terminal sends for keys, as keys. What is none is dropped.
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
    kClear,  // Ctrl-U: the line
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
  bool waiting() const { return !waiting_.empty(); }
  std::vector<Key> Flush();

  static constexpr long kEscapeNs = 50'000'000;

 private:
  static constexpr size_t kMaxSequence = 32;
  // Takes one key's bytes off the front of `bytes`; false where they are not whole.
  static bool Take(std::string_view& bytes, std::vector<Key>& keys);

  std::string waiting_;
};

}  // namespace secure_exec
