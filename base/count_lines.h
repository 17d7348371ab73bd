// How many line feeds a text has: eight bytes at a time, as most of what is recorded goes through
// here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace secure_exec {

inline size_t CountLines(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  const char* at = text.data();
  size_t left = text.size();
  size_t count = 0;
  while (left >= 8) {
    // A counter in each byte, which 255 words cannot overflow.
    uint64_t counters = 0;
    const size_t words = std::min<size_t>(left / 8, 255);
    for (size_t i = 0; i < words; ++i, at += 8) {
      uint64_t word;
      std::memcpy(&word, at, sizeof word);
      word ^= kOnes * '\n';
      // Bit 7 of each byte that is not zero.
      const uint64_t others = (((word & kOnes * 0x7F) + kOnes * 0x7F) | word) & kOnes * 0x80;
      counters += (others ^ kOnes * 0x80) >> 7;
    }
    left -= words * 8;
    // Pairs of bytes first: a sum of eight may pass 255.
    counters = (counters & 0x00FF00FF00FF00FF) + ((counters >> 8) & 0x00FF00FF00FF00FF);
    count += (counters * 0x0001000100010001) >> 48;
  }
  for (; left > 0; --left) count += *at++ == '\n';
  return count;
}

}  // namespace secure_exec
