// Text of ASCII: other bytes are left as they are, whatever the locale.
#pragma once

#include <string>
#include <string_view>

#include "base/byte_block.h"

namespace secure_exec {

// 0x20 to 0x7E.
inline bool IsPrintableAscii(char c) { return c >= 0x20 && c < 0x7F; }

// The first byte that is not.
inline const char* SkipPrintableAscii(const char* at, const char* end) {
  while (static_cast<size_t>(end - at) >= sizeof(ByteBlock)) {
    const ByteBlock block = LoadBlock(at);
    const size_t good = FirstMarked((block < 0x20) | (block >= 0x7F));
    at += good;
    if (good < sizeof block) return at;
  }
  while (at != end && IsPrintableAscii(*at)) ++at;
  return at;
}

// The first byte from 0x80 on.
inline const char* SkipAscii(const char* at, const char* end) {
  while (static_cast<size_t>(end - at) >= sizeof(ByteBlock)) {
    const size_t good = FirstMarked(LoadBlock(at) >= 0x80);
    at += good;
    if (good < sizeof(ByteBlock)) return at;
  }
  while (at != end && static_cast<unsigned char>(*at) < 0x80) ++at;
  return at;
}

std::string AsciiLower(std::string_view text);

// Without what Go's unicode.IsSpace takes at either end.
std::string_view TrimSpace(std::string_view text);

}  // namespace secure_exec
