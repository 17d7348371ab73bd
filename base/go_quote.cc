#include "base/go_quote.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace secure_exec {

std::string GoQuote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const unsigned char c = static_cast<unsigned char>(text[0]);
    const size_t valid = c < 0x80 ? 0 : ValidUtf8Prefix(text);
    constexpr std::string_view kNamed = "\a\b\t\n\v\f\r";
    if (c == '"' || c == '\\') {
      out += {'\\', static_cast<char>(c)};
    } else if (c < 0x20 && kNamed.find(text[0]) != std::string_view::npos) {
      out += {'\\', "abtnvfr"[kNamed.find(text[0])]};
    } else if (c < 0x20 || c == 0x7f || (c >= 0x80 && valid == 0)) {
      out += fmt::format("\\x{:02x}", c);
    } else {
      // One character: what is not ASCII is kept as it is, but for the C1 controls.
      size_t length = 1;
      while (c >= 0x80 && length < valid && (text[length] & 0xc0) == 0x80) ++length;
      if (c == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[1]));
      } else {
        out += text.substr(0, length);
      }
      text.remove_prefix(length);
      continue;
    }
    text.remove_prefix(1);
  }
  return out + "\"";
}

std::string GoQuoteAscii(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + "\"";
}

std::string GoQuoteByte(char byte) {
  if (byte == '"') return "'\"'";
  if (byte == '\'') return R"('\'')";
  const auto number = static_cast<unsigned char>(byte);
  std::string utf8(1, byte);
  if (number >= 0x80) {
    utf8 = {static_cast<char>(0xc0 | number >> 6), static_cast<char>(0x80 | (number & 0x3f))};
  }
  const std::string quoted = GoQuote(utf8);
  return "'" + quoted.substr(1, quoted.size() - 2) + "'";
}

}  // namespace secure_exec
