#include "base/vt/utf8_char.h"

namespace secure_exec {

Utf8Char DecodeUtf8Char(std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {Utf8Char::kValid, 1, lead};

  // Table 3-7 of the Unicode standard: only the second byte's range depends on the first.
  size_t size = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  char32_t code_point = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    size = 2;
    code_point = lead & 0x1F;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    size = 3;
    code_point = lead & 0x0F;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    size = 4;
    code_point = lead & 0x07;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {Utf8Char::kInvalid, 1, 0};
  }
  for (size_t i = 1; i < size; ++i) {
    if (i == bytes.size()) return {Utf8Char::kIncomplete, i, 0};
    if (byte(i) < low || byte(i) > high) return {Utf8Char::kInvalid, i, 0};
    code_point = code_point << 6 | (byte(i) & 0x3F);
    low = 0x80;
    high = 0xBF;
  }
  return {Utf8Char::kValid, size, code_point};
}

void AppendUtf8(char32_t code_point, std::string& out) {
  const auto last_bits = [&](int shift) {
    return static_cast<char>(0x80 | (code_point >> shift & 0x3F));
  };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += {static_cast<char>(0xC0 | code_point >> 6), last_bits(0)};
  } else if (code_point < 0x10000) {
    out += {static_cast<char>(0xE0 | code_point >> 12), last_bits(6), last_bits(0)};
  } else {
    out += {static_cast<char>(0xF0 | code_point >> 18), last_bits(12), last_bits(6), last_bits(0)};
  }
}

}  // namespace secure_exec
