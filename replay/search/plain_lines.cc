#include "replay/search/plain_lines.h"

#include <cstring>

#include "base/ascii.h"

namespace secure_exec {
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
    const char* const stop = SkipPrintableAscii(at, end);
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
  while ((at = SkipPrintableAscii(at, end)) != end) {
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
  while ((at = SkipPrintableAscii(at, end)) != end) {
    if (*at != '\r' && *at != '\n') return false;
    ++at;
  }
  return true;
}

}  // namespace secure_exec
