#include "recorder/outer_seal.h"

#include <charconv>
#include <cstring>
#include <optional>

namespace secure_exec {
namespace {

constexpr std::string_view kFirstLine = "secure-exec seal 1\n";

// The values, in the order of their lines.
class Lines {
 public:
  explicit Lines(std::string_view rest) : rest_(rest) {}

  std::string_view Value(std::string_view key) {
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return Bad();
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    if (!line.starts_with(key) || line.substr(key.size(), 1) != " ") return Bad();
    return line.substr(key.size() + 1);
  }
  uint64_t Number(std::string_view key) {
    const std::string_view text = Value(key);
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) Bad();
    return value;
  }
  template <size_t N>
  void HexBytes(std::string_view key, std::array<uint8_t, N>& out) {
    const auto bytes = HexDecode(Value(key));
    if (!bytes || bytes->size() != N) {
      Bad();
      return;
    }
    std::memcpy(out.data(), bytes->data(), N);
  }
  template <size_t N>
  void Base64Bytes(std::string_view key, std::array<uint8_t, N>& out) {
    std::string bytes;
    if (!Base64DecodeAppend(Value(key), bytes) || bytes.size() != N) {
      Bad();
      return;
    }
    std::memcpy(out.data(), bytes.data(), N);
  }
  bool good() const { return good_ && rest_.empty(); }

 private:
  std::string_view Bad() {
    good_ = false;
    return {};
  }
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::string OuterSeal::SignedText() const {
  std::string text(kFirstLine);
  const auto line = [&](std::string_view key, std::string_view value) {
    text += fmt::format("{} {}\n", key, value);
  };
  const auto number = [&](std::string_view key, uint64_t value) {
    line(key, fmt::to_string(value));
  };
  line("id", FormatUuid(id));
  number("size", size);
  line("sha256", HexEncode(AsView(sha256)));
  number("frames", frames);
  number("lines", lines);
  number("stdin", bytes[0]);
  number("stdout", bytes[1]);
  number("stderr", bytes[2]);
  number("duration", duration_us);
  number("wall", wall_ns);
  line("genesis", HexEncode(AsView(genesis_link)));
  line("seal", HexEncode(AsView(seal_link)));
  line("session-key", Base64Encode(AsView(keys.session_key)));
  line("user-key", Base64Encode(AsView(keys.user_key)));
  line("certificate", Base64Encode(AsView(keys.certificate)));
  return text;
}

std::string OuterSeal::Encode() const {
  return SignedText() + "signature " + Base64Encode(AsView(signature)) + "\n";
}

Result<OuterSeal> OuterSeal::Parse(std::string_view text) {
  const auto bad = [](std::string_view why) {
    return Fail(ErrorKind::kFormat, "its seal {}", why);
  };
  if (text.size() > kMaxOuterSeal || !text.starts_with(kFirstLine)) {
    return bad("is not one of secure-exec, version 1");
  }
  OuterSeal seal;
  Lines lines(text.substr(kFirstLine.size()));
  const auto id = ParseUuid(lines.Value("id"));
  seal.size = lines.Number("size");
  lines.HexBytes("sha256", seal.sha256);
  seal.frames = lines.Number("frames");
  seal.lines = lines.Number("lines");
  seal.bytes[0] = lines.Number("stdin");
  seal.bytes[1] = lines.Number("stdout");
  seal.bytes[2] = lines.Number("stderr");
  seal.duration_us = lines.Number("duration");
  seal.wall_ns = lines.Number("wall");
  lines.HexBytes("genesis", seal.genesis_link);
  lines.HexBytes("seal", seal.seal_link);
  lines.Base64Bytes("session-key", seal.keys.session_key);
  lines.Base64Bytes("user-key", seal.keys.user_key);
  lines.Base64Bytes("certificate", seal.keys.certificate);
  lines.Base64Bytes("signature", seal.signature);
  if (!id || !lines.good()) return bad("is damaged");
  seal.id = *id;
  if (seal.Encode() != text) return bad("is not in its only form");
  if (!VerifySignature(seal.keys.session_key, seal.SignedText(), seal.signature)) {
    return bad("has a wrong signature");
  }
  if (!VerifySignature(seal.keys.user_key,
                       CertificateMessage(seal.id, seal.keys.session_key, seal.genesis_link),
                       seal.keys.certificate)) {
    return bad("has a wrong certificate");
  }
  return seal;
}

}  // namespace secure_exec
