#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace secure_exec {
namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;

// The bounds of a character's second byte, by its first (RFC 3629 section 4); the others are
// 80..BF. Length 0: no character begins with this byte.
struct Lead {
  size_t length;
  uint8_t low, high;
};

Lead LeadOf(uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

// Bytes at `at` (at most `left`) that agree with a character of this lead.
size_t Agreeing(const Lead& lead, const uint8_t* at, size_t left) {
  size_t i = 1;
  if (i < lead.length && i < left && at[i] >= lead.low && at[i] <= lead.high) {
    ++i;
    while (i < lead.length && i < left && (at[i] & 0xC0) == 0x80) ++i;
  }
  return i;
}

}  // namespace

size_t ValidUtf8Prefix(std::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const size_t size = bytes.size();
  size_t i = 0;
  while (i < size) {
    if (data[i] < 0x80) {
      ++i;
      while (size - i >= 32) {
        uint64_t block[4];
        std::memcpy(block, data + i, sizeof block);
        if (((block[0] | block[1] | block[2] | block[3]) & kHighBits) != 0) break;
        i += 32;
      }
      while (i < size && data[i] < 0x80) ++i;
      continue;
    }
    const Lead lead = LeadOf(data[i]);
    if (lead.length == 0 || Agreeing(lead, data + i, size - i) != lead.length) break;
    i += lead.length;
  }
  return i;
}

size_t IncompleteUtf8Tail(std::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  for (size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const uint8_t* at = data + bytes.size() - back;
    if ((*at & 0xC0) == 0x80) continue;
    const Lead lead = LeadOf(*at);
    return lead.length > back && Agreeing(lead, at, back) == back ? back : 0;
  }
  return 0;
}

}  // namespace secure_exec
