#include "base/bytes.h"

#include <sys/random.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace secure_exec {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kBad = 0xFF;

constexpr int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Two base64 digits for each 12 bits: half the look-ups of one digit at a time.
constexpr auto kBase64Pairs = [] {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = {kBase64Digits[i >> 6], kBase64Digits[i & 63]};
  }
  return pairs;
}();

constexpr auto kBase64Values = [] {
  std::array<uint8_t, 256> values{};
  for (auto& value : values) value = kBad;
  for (uint8_t i = 0; i < 64; ++i) values[static_cast<uint8_t>(kBase64Digits[i])] = i;
  return values;
}();

}  // namespace

std::string HexEncode(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

std::optional<std::string> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexValue(text[i]);
    const int low = HexValue(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

void Base64Append(std::string_view bytes, std::string& out) {
  const size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + start;
  const auto* from = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, from += 3, to += 4) {
    const uint32_t bits = uint32_t{from[0]} << 16 | uint32_t{from[1]} << 8 | from[2];
    std::memcpy(to, kBase64Pairs[bits >> 12].data(), 2);
    std::memcpy(to + 2, kBase64Pairs[bits & 0xFFF].data(), 2);
  }
  if (left == 0) return;
  const uint32_t bits = uint32_t{from[0]} << 16 | (left == 2 ? uint32_t{from[1]} << 8 : 0);
  to[0] = kBase64Digits[bits >> 18];
  to[1] = kBase64Digits[bits >> 12 & 63];
  to[2] = left == 2 ? kBase64Digits[bits >> 6 & 63] : '=';
  to[3] = '=';
}

std::string Base64Encode(std::string_view bytes) {
  std::string out;
  Base64Append(bytes, out);
  return out;
}

bool Base64DecodeAppend(std::string_view text, std::string& out) {
  if (text.size() % 4 != 0) return false;
  if (text.empty()) return true;
  const size_t padding = text.back() != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
  const size_t start = out.size();
  out.resize(start + text.size() / 4 * 3);
  const auto value = [&](size_t i) {
    return uint32_t{kBase64Values[static_cast<uint8_t>(text[i])]};
  };
  char* to = out.data() + start;
  const size_t whole = padding == 0 ? text.size() : text.size() - 4;
  size_t i = 0;
  uint32_t bad = 0;
  for (; i < whole; i += 4) {
    const uint32_t a = value(i), b = value(i + 1), c = value(i + 2), d = value(i + 3);
    bad |= a | b | c | d;
    const uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    *to++ = static_cast<char>(bits >> 16);
    *to++ = static_cast<char>(bits >> 8);
    *to++ = static_cast<char>(bits);
  }
  if (padding != 0) {
    const uint32_t a = value(i), b = value(i + 1), c = padding == 1 ? value(i + 2) : 0;
    bad |= a | b | c;
    // Canonical: the bits that stand for no byte are zero.
    if ((padding == 1 ? c & 3 : b & 15) != 0) return false;
    const uint32_t bits = a << 18 | b << 12 | c << 6;
    *to++ = static_cast<char>(bits >> 16);
    if (padding == 1) *to++ = static_cast<char>(bits >> 8);
    out.resize(out.size() - padding);
  }
  return bad < 64;
}

std::string FormatUuid(const Uuid& id) {
  const std::string hex =
      HexEncode(std::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

std::optional<Uuid> ParseUuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string hex;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
    } else {
      hex += text[i];
    }
  }
  const auto bytes = HexDecode(hex);
  if (!bytes) return std::nullopt;
  Uuid id;
  std::memcpy(id.data(), bytes->data(), id.size());
  return id;
}

Uuid MakeUuidV7(int64_t wall_ns) {
  Uuid id;
  // Without randomness no id is unique; there is nothing to go on with.
  if (getentropy(id.data(), id.size()) != 0) std::abort();
  const auto milliseconds = static_cast<uint64_t>(wall_ns / 1'000'000);
  for (size_t i = 0; i < 6; ++i) id[i] = static_cast<uint8_t>(milliseconds >> (8 * (5 - i)));
  id[6] = static_cast<uint8_t>(0x70 | (id[6] & 0x0F));
  id[8] = static_cast<uint8_t>(0x80 | (id[8] & 0x3F));
  return id;
}

int64_t UuidV7WallNs(const Uuid& id) {
  constexpr int64_t kNsPerMillisecond = 1'000'000;
  int64_t milliseconds = 0;
  for (size_t i = 0; i < 6; ++i) milliseconds = milliseconds << 8 | id[i];
  return std::min(milliseconds, INT64_MAX / kNsPerMillisecond) * kNsPerMillisecond;
}

}  // namespace secure_exec
