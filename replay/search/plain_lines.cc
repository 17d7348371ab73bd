#include "replay/search/plain_lines.h"

#include <cstdint>
#include <cstring>

namespace secure_exec {
namespace {

constexpr uint64_t Repeat(uint8_t byte) { return 0x0101010101010101u * byte; }

// The first byte that is not 0x20 to 0x7E.
const char* SkipPrintable(const char* at, const char* end) {
  while (end - at >= 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    // Bit 7 of a byte: clear in the first sum for those below 0x20, set in the second for 0x7F.
    const uint64_t bad = (word | ~(word + Repeat(0x60)) | (word + Repeat(0x01))) & Repeat(0x80);
    if (bad != 0) return at + (__builtin_ctzll(bad) >> 3);
    at += 8;
  }
  while (at != end && *at >= 0x20 && *at < 0x7F) ++at;
  return at;
}

}  // namespace

size_t TakePlainLines(std::string_view bytes, std::string& lines, size_t& count) {
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* at = begin;
  count = 0;
  // Writes to lines' end without asking for room at each line: the text is never longer.
  const size_t old = lines.size();
  lines.resize(old + bytes.size());
  char* out = lines.data() + old;
  while (at != end) {
    const char* const stop = SkipPrintable(at, end);
    if (end - stop < 2 || stop[0] != '\r' || stop[1] != '\n') break;
    const auto size = static_cast<size_t>(stop - at);
    std::memcpy(out, at, size);
    out += size;
    const char* const line = out - size;
    while (out != line && out[-1] == ' ') --out;
    *out++ = '\n';
    ++count;
    at = stop + 2;
  }
  lines.resize(static_cast<size_t>(out - lines.data()));
  return static_cast<size_t>(at - begin);
}

size_t TextPrefix(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while ((at = SkipPrintable(at, end)) != end) {
    if (*at == '\n' || *at == '\t') {
      ++at;
    } else if (*at == '\r' && end - at > 1 && at[1] == '\n') {
      at += 2;
    } else {
      break;
    }
  }
  return static_cast<size_t>(at - bytes.data());
}

bool IsPlain(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while ((at = SkipPrintable(at, end)) != end) {
    if (*at != '\r' && *at != '\n') return false;
    ++at;
  }
  return true;
}

}  // namespace secure_exec
