#include "recorder/container/anchor.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace secure_exec {
namespace {

constexpr std::string_view kProduct = "secure-exec/";
constexpr size_t kMaxUserAgent = 4096;

std::optional<Hash> ParseHash(std::string_view text) {
  const auto bytes = HexDecode(text);
  Hash hash;
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::memcpy(hash.data(), bytes->data(), hash.size());
  return hash;
}

// "<n>:<hex>"
bool ParseFrame(std::string_view text, Anchor& anchor) {
  const size_t colon = std::min(text.find(':'), text.size());
  const std::string_view number = text.substr(0, colon);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), anchor.k);
  if (error != std::errc() || end != number.data() + number.size() || colon == text.size()) {
    return false;
  }
  const auto hash = ParseHash(text.substr(colon + 1));
  if (hash) anchor.link = *hash;
  return hash.has_value();
}

}  // namespace

std::string ReasonWord(std::string_view reason) {
  constexpr std::string_view kPlain = "-._~:/#@";
  if (reason.empty()) return "";
  std::string word = " reason=";
  while (!reason.empty()) {
    // A character of UTF-8 as a whole: its first byte, and those that go on with it.
    size_t size = 1;
    while (size < reason.size() && (reason[size] & 0xc0) == 0x80) ++size;
    std::string encoded;
    for (const char c : reason.substr(0, size)) {
      const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                         (c >= 'A' && c <= 'Z') || kPlain.find(c) != kPlain.npos;
      encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
    if (word.size() + encoded.size() > kMaxReasonWord) break;
    word += encoded;
    reason.remove_prefix(size);
  }
  return word;
}

std::string AnchorUserAgent(const Anchor& anchor, std::string_view version) {
  const std::string start = fmt::format("{}{} id={}", kProduct, version, FormatUuid(anchor.id));
  const std::string link = HexEncode(AsView(anchor.link));
  switch (anchor.kind) {
    case Anchor::Kind::kStart:
      return fmt::format("{} b0={}", start, link);
    case Anchor::Kind::kFrame:
      return fmt::format("{} k={}:{}", start, anchor.k, link);
    case Anchor::Kind::kSeal:
      break;
  }
  return fmt::format("{} seal={}", start, link);
}

std::optional<Anchor> ParseAnchor(std::string_view user_agent) {
  if (!user_agent.starts_with(kProduct) || user_agent.size() > kMaxUserAgent) return std::nullopt;
  Anchor anchor;
  bool has_id = false;
  int kinds = 0;
  while (!user_agent.empty()) {
    const size_t end = std::min(user_agent.find(' '), user_agent.size());
    const std::string_view word = user_agent.substr(0, end);
    user_agent.remove_prefix(std::min(end + 1, user_agent.size()));
    const size_t equals = word.find('=');
    if (equals == word.npos) continue;
    const std::string_view key = word.substr(0, equals);
    const std::string_view value = word.substr(equals + 1);
    if (key == "id") {
      const auto id = ParseUuid(value);
      if (!id || has_id) return std::nullopt;
      anchor.id = *id;
      has_id = true;
    } else if (key == "b0" || key == "seal") {
      const auto hash = ParseHash(value);
      if (!hash) return std::nullopt;
      anchor.link = *hash;
      anchor.kind = key == "b0" ? Anchor::Kind::kStart : Anchor::Kind::kSeal;
      ++kinds;
    } else if (key == "k") {
      if (!ParseFrame(value, anchor)) return std::nullopt;
      anchor.kind = Anchor::Kind::kFrame;
      ++kinds;
    }
  }
  if (!has_id || kinds != 1) return std::nullopt;
  return anchor;
}

}  // namespace secure_exec
