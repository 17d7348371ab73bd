// For tests and fuzzing: what safe_output.h promises, as a grammar of its own that shares no code
// with the filter or the parser. Byte by byte, so nothing that a terminal of any kind might take
// for something else gets by.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace secure_exec {

// What in `out` is not on the list, with its offset; empty when all of it is.
inline std::string FindUnsafe(std::string_view out) {
  const auto bad = [&](size_t at, std::string_view what) {
    return std::string(what) + " at " + std::to_string(at);
  };
  size_t i = 0;
  while (i < out.size()) {
    const auto c = static_cast<unsigned char>(out[i]);
    if (c == 0x1B) {
      const std::string_view rest = out.substr(i + 1);
      if (rest.empty()) return bad(i, "lone ESC");
      if (std::string_view("78DEM").find(rest[0]) != std::string_view::npos) {
        i += 2;
        continue;
      }
      if (rest[0] == '(' || rest[0] == ')') {
        if (rest.size() < 2 || (rest[1] != 'B' && rest[1] != '0')) return bad(i, "character set");
        i += 3;
        continue;
      }
      if (rest[0] != '[') return bad(i, "escape sequence");
      size_t at = 1;
      const bool question = at < rest.size() && rest[at] == '?';
      if (question) ++at;
      const size_t begin = at;
      while (at < rest.size() && ((rest[at] >= '0' && rest[at] <= '9') || rest[at] == ';')) ++at;
      if (at == rest.size()) return bad(i, "unfinished sequence");
      const std::string_view numbers = rest.substr(begin, at - begin);
      const char final = rest[at];
      if (question) {
        if (final != 'h' && final != 'l') return bad(i, "? sequence");
        if (numbers != "7" && numbers != "25" && numbers != "47" && numbers != "1047" &&
            numbers != "1049") {
          return bad(i, "mode");
        }
      } else if (std::string_view("@ABCDEFGHILMPSTXZJKbadefrsu`m").find(final) ==
                 std::string_view::npos) {
        return bad(i, "control sequence");
      } else {
        // No number larger than 9999; no conceal but as the third of 38;5;8 or in 38;2;r;g;b.
        uint32_t value = 0;
        size_t colour_left = 0;
        int last = -1;
        size_t semicolons = 0;
        for (size_t n = 0; n <= numbers.size(); ++n) {
          if (n < numbers.size() && numbers[n] != ';') {
            value = value * 10 + static_cast<uint32_t>(numbers[n] - '0');
            if (value > 9999) return bad(i, "huge number");
            continue;
          }
          if (n < numbers.size()) ++semicolons;
          if (final == 'm') {
            if (last == 38 || last == 48) {
              if (value != 5 && value != 2) return bad(i, "colour");
              colour_left = value == 5 ? 1 : 3;
              last = -1;
            } else if (colour_left > 0) {
              if (value > 255) return bad(i, "colour value");
              --colour_left;
            } else {
              if (value == 8 || value == 58 || value > 107) return bad(i, "style");
              last = static_cast<int>(value);
            }
          }
          if (final == 'b' && value > 1024) return bad(i, "repetition");
          if (final == 'J' && value > 2) return bad(i, "erased scroll-back");
          value = 0;
        }
        if (colour_left > 0 || last == 38 || last == 48) return bad(i, "unfinished colour");
        if ((final == 's' || final == 'u') && !numbers.empty()) return bad(i, "numbers");
        if (final == 'T' && semicolons > 0) return bad(i, "mouse tracking");
      }
      i += 2 + at;
      continue;
    }
    if (c < 0x20) {
      if (std::string_view("\b\t\n\r\x0E\x0F").find(out[i]) == std::string_view::npos) {
        return bad(i, "control");
      }
      ++i;
      continue;
    }
    if (c < 0x7F) {
      ++i;
      continue;
    }
    // A character of 2 to 4 bytes.
    size_t size = c >= 0xC2 && c <= 0xDF   ? 2
                  : c >= 0xE0 && c <= 0xEF ? 3
                  : c >= 0xF0 && c <= 0xF4 ? 4
                                           : 0;
    if (size == 0 || i + size > out.size()) return bad(i, "not UTF-8");
    uint32_t point = c & (0x7Fu >> size);
    for (size_t n = 1; n < size; ++n) {
      const auto next = static_cast<unsigned char>(out[i + n]);
      if ((next & 0xC0) != 0x80) return bad(i, "not UTF-8");
      point = point << 6 | (next & 0x3Fu);
    }
    if (point < 0xA0) return bad(i, "C1");
    if ((size == 3 && point < 0x800) || (size == 4 && point < 0x10000) || point > 0x10FFFF ||
        (point >= 0xD800 && point < 0xE000)) {
      return bad(i, "not UTF-8");
    }
    const bool hidden = point == 0x61C || point == 0x200B || point == 0x200E || point == 0x200F ||
                        (point >= 0x202A && point <= 0x202E) ||
                        (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF ||
                        (point >= 0xFFF9 && point <= 0xFFFB) ||
                        (point >= 0xE0000 && point <= 0xE01EF);
    if (hidden) return bad(i, "invisible character");
    i += size;
  }
  return "";
}

}  // namespace secure_exec
