#include "replay/search/plain_lines.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"

namespace secure_exec {

size_t TakePlainLines(std::string_view bytes, std::string& lines, size_t& count) {
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* at = begin;
  count = 0;
  // Without growing at each line.
  size_t used = lines.size();
  while (at != end) {
    const char* const stop = SkipPrintableAscii(at, end);
    if (end - stop < 2 || stop[0] != '\r' || stop[1] != '\n') break;
    const auto size = static_cast<size_t>(stop - at);
    if (lines.size() - used <= size) lines.resize(std::max(2 * lines.size(), used + size + 1));
    char* const line = lines.data() + used;
    std::memcpy(line, at, size);
    char* out = line + size;
    while (out != line && out[-1] == ' ') --out;
    *out++ = '\n';
    used = static_cast<size_t>(out - lines.data());
    ++count;
    at = stop + 2;
  }
  lines.resize(used);
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

bool IsPlainStart(std::string_view bytes) {
  const char* const end = bytes.data() + bytes.size();
  const char* const stop = SkipPrintableAscii(bytes.data(), end);
  const std::string_view rest(stop, static_cast<size_t>(end - stop));
  return rest.empty() || rest == "\r" || rest == "\r\n";
}

}  // namespace secure_exec
