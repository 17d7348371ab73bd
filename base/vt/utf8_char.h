// One UTF-8 character at a time (RFC 3629, as base/utf8.h), for code that looks at code points.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace secure_exec {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

struct Utf8Char {
  enum Kind {
    kValid,
    kInvalid,     // `size` bytes that belong to no character: one U+FFFD stands for all of them
    kIncomplete,  // all `size` bytes are the start of a character whose end is missing
  };
  Kind kind = kInvalid;
  size_t size = 0;
  char32_t code_point = 0;
};

// The character at the front of `bytes`, which must not be empty. An invalid sequence is cut where
// Unicode recommends (the maximal subpart), so every decoder shows the same number of U+FFFD.
Utf8Char DecodeUtf8Char(std::string_view bytes);

// `code_point` is a valid one.
void AppendUtf8(char32_t code_point, std::string& out);

// The start of the last character of `text`, which is valid UTF-8 and not empty.
inline size_t LastCharStart(std::string_view text) {
  size_t at = text.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return at;
}

}  // namespace secure_exec
