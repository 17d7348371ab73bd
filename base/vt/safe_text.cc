#include "base/vt/safe_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/ascii.h"
#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode's Default_Ignorable_Code_Point, less U+200C, U+200D, U+FE0E and U+FE0F, and with the line
// and paragraph separators and the annotation characters. In order.
constexpr Range kInvisible[] = {
    {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},   {0x115F, 0x1160}, {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200B},   {0x200E, 0x200F},   {0x2028, 0x202E}, {0x2060, 0x206F},
    {0x3164, 0x3164},   {0xFE00, 0xFE0D},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

}  // namespace

bool IsInvisible(char32_t code_point) {
  const Range* range = std::lower_bound(std::begin(kInvisible), std::end(kInvisible), code_point,
                                        [](const Range& r, char32_t c) { return r.last < c; });
  return range != std::end(kInvisible) && range->first <= code_point;
}

void AppendSafeText(std::string_view text, std::string& out) {
  const char* const end = text.data() + text.size();
  const char* run = text.data();
  const char* at = run;
  while ((at = SkipAscii(at, end)) != end) {
    const Utf8Char c = DecodeUtf8Char({at, static_cast<size_t>(end - at)});
    if (c.kind != Utf8Char::kValid || IsInvisible(c.code_point)) {
      out.append(run, at);
      out += kReplacementCharacter;
      run = at + c.size;
    }
    at += c.size;
  }
  out.append(run, at);
}

std::string SafeLine(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const Utf8Char c = DecodeUtf8Char(bytes);
    const char first = bytes[0];
    if (c.kind != Utf8Char::kValid || (c.code_point >= 0x80 && c.code_point < 0xA0) ||
        IsInvisible(c.code_point)) {
      out += kReplacementCharacter;
    } else if (first == '\n') {
      out += "\\n";
    } else if (first == '\t') {
      out += "\\t";
    } else if (first == '\r') {
      out += "\\r";
    } else if (c.code_point < 0x20 || c.code_point == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c.code_point));
    } else {
      out.append(bytes.substr(0, c.size));
    }
    bytes.remove_prefix(c.size);
  }
  return out;
}

}  // namespace secure_exec
