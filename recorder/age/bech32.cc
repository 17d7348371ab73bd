#include "recorder/age/bech32.h"

#include <algorithm>
#include <cstdint>

namespace secure_exec {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr size_t kChecksum = 6;
constexpr size_t kMaxText = 4096;  // longer ones are no keys that we know

class Checksum {
 public:
  explicit Checksum(std::string_view prefix) {
    for (const char c : prefix) Add(static_cast<uint8_t>(c) >> 5);
    Add(0);
    for (const char c : prefix) Add(static_cast<uint8_t>(c) & 31);
  }
  void Add(uint8_t value) {
    constexpr uint32_t kGenerator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    const uint32_t top = state_ >> 25;
    state_ = (state_ & 0x1ffffff) << 5 ^ value;
    for (int i = 0; i < 5; ++i) state_ ^= (top >> i & 1) * kGenerator[i];
  }
  uint32_t state() const { return state_; }

 private:
  uint32_t state_ = 1;
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string Bech32Encode(std::string_view prefix, std::string_view data) {
  std::string text(prefix);
  text += '1';
  Checksum checksum(prefix);
  const auto put = [&](uint32_t value) {
    text += kAlphabet[value & 31];
    checksum.Add(value & 31);
  };
  uint32_t bits = 0;
  int count = 0;
  for (const char c : data) {
    bits = (bits << 8 | static_cast<uint8_t>(c)) & 0xfff;
    for (count += 8; count >= 5; count -= 5) put(bits >> (count - 5));
  }
  if (count > 0) put(bits << (5 - count));
  for (size_t i = 0; i < kChecksum; ++i) checksum.Add(0);
  const uint32_t sum = checksum.state() ^ 1;
  for (int i = 5; i >= 0; --i) text += kAlphabet[sum >> (5 * i) & 31];
  return text;
}

std::optional<Bech32> Bech32Decode(std::string_view text) {
  if (text.size() > kMaxText) return std::nullopt;
  bool lower = false, upper = false;
  for (const char c : text) {
    if (c < 33 || c > 126) return std::nullopt;
    lower |= c >= 'a' && c <= 'z';
    upper |= c >= 'A' && c <= 'Z';
  }
  if (lower && upper) return std::nullopt;
  const size_t separator = text.rfind('1');
  if (separator == std::string_view::npos || separator == 0) return std::nullopt;
  const std::string_view symbols = text.substr(separator + 1);
  if (symbols.size() < kChecksum) return std::nullopt;

  Bech32 result;
  result.prefix = text.substr(0, separator);
  std::string folded = result.prefix;
  std::transform(folded.begin(), folded.end(), folded.begin(), Lower);
  Checksum checksum(folded);
  std::string& data = result.data.text();
  data.reserve(symbols.size());  // so that no piece is left behind by growing
  uint32_t bits = 0;
  int count = 0;
  for (size_t i = 0; i < symbols.size(); ++i) {
    const size_t value = kAlphabet.find(Lower(symbols[i]));
    if (value == std::string_view::npos) return std::nullopt;
    checksum.Add(static_cast<uint8_t>(value));
    if (i + kChecksum >= symbols.size()) continue;
    bits = (bits << 5 | static_cast<uint32_t>(value)) & 0xfff;
    count += 5;
    if (count >= 8) {
      count -= 8;
      data += static_cast<char>(bits >> count & 0xff);
    }
  }
  if (checksum.state() != 1) return std::nullopt;
  if (count >= 5 || (bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return result;
}

}  // namespace secure_exec
