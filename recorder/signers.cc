#include "recorder/signers.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/time_text.h"

namespace secure_exec {
namespace {

constexpr std::string_view kFingerprintStart = "SHA256:";
constexpr size_t kFingerprintBase64 = 43;
constexpr size_t kMaxPrincipal = 255;
constexpr size_t kMaxSigners = 100'000;
constexpr std::string_view kOpen = "-";
constexpr int64_t kDay = 86'400 * kSecond;
constexpr int kFields = 4;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// One line of the file, field by field, with the column for messages.
class Line {
 public:
  Line(std::string_view text, size_t number, const std::string& name)
      : text_(text), number_(number), name_(name) {}

  // The next field; empty at the end of the line.
  std::string_view Field() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
    begin_ = at_;
    while (at_ < text_.size() && !IsBlank(text_[at_])) ++at_;
    return text_.substr(begin_, at_ - begin_);
  }
  // At the last field, `offset` bytes into it.
  tl::unexpected<Error> Bad(std::string_view what, size_t offset = 0) const {
    return Fail(ErrorKind::kUsage, "{}:{}:{}: {}", name_, number_, begin_ + offset + 1, what);
  }
  // Only text may be in a line: no control characters, hence no CR either.
  Result<void> CheckText() {
    const auto bad = std::find_if(text_.begin(), text_.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    });
    if (bad == text_.end()) return {};
    begin_ = static_cast<size_t>(bad - text_.begin());
    return Bad(*bad == '\r' ? "a carriage return: lines end in LF alone" : "a control character");
  }

 private:
  std::string_view text_;
  size_t number_;
  const std::string& name_;
  size_t begin_ = 0;
  size_t at_ = 0;
};

Result<Hash> ParseKey(std::string_view field, const Line& line) {
  if (const auto hash = ParseFingerprint(field)) return *hash;
  std::string der;
  Spki spki{};
  if (!Base64DecodeAppend(field, der) || der.size() != spki.size()) {
    return line.Bad("not a key: the base64 line of a PEM public key, or SHA256:…");
  }
  std::memcpy(spki.data(), der.data(), spki.size());
  if (!IsEd25519(spki)) return line.Bad("not an Ed25519 key");
  return Sha256::Of(der);
}

// A time, a day (from its beginning, or with `end_of_day` to its end), or "-" for `open`.
Result<int64_t> ParseValid(std::string_view field, const Line& line, bool end_of_day,
                           int64_t open) {
  if (field == kOpen) return open;
  if (const auto time = ParseUtcTime(field)) return *time;
  if (const auto day = ParseUtcDate(field)) return *day + (end_of_day ? kDay : 0);
  return line.Bad("not a time: 2026-11-23, 2026-11-23T14:03:07Z, or - for no limit");
}

Result<Signer> ParseSigner(std::string_view first, Line& line) {
  const auto key = ParseKey(first, line);
  if (!key) return tl::unexpected(key.error());
  Signer signer;
  signer.key = *key;
  const std::string_view principal = line.Field();
  if (principal.empty())
    return line.Bad(fmt::format("the principal is missing: {} fields", kFields));
  if (principal.size() > kMaxPrincipal) return line.Bad("a principal of more than 255 bytes");
  signer.principal = principal;
  const std::string_view from = line.Field();
  if (from.empty()) return line.Bad("valid-from is missing: - for no limit");
  const auto from_ns = ParseValid(from, line, false, 0);
  if (!from_ns) return tl::unexpected(from_ns.error());
  const std::string_view to = line.Field();
  if (to.empty()) return line.Bad("valid-to is missing: - for no limit");
  const auto to_ns = ParseValid(to, line, true, INT64_MAX);
  if (!to_ns) return tl::unexpected(to_ns.error());
  if (*to_ns <= *from_ns) return line.Bad("valid-to is not after valid-from");
  signer.valid_from_ns = *from_ns;
  signer.valid_to_ns = *to_ns;
  if (!line.Field().empty()) return line.Bad(fmt::format("more than {} fields", kFields));
  return signer;
}

}  // namespace

Signer Signer::Of(const Spki& key) {
  Signer signer;
  signer.key = Sha256::Of(AsView(key));
  return signer;
}

std::optional<Hash> ParseFingerprint(std::string_view text) {
  if (!text.starts_with(kFingerprintStart)) return std::nullopt;
  text.remove_prefix(kFingerprintStart.size());
  std::string bytes;
  if (text.size() != kFingerprintBase64 || !Base64DecodeAppend(std::string(text) + "=", bytes)) {
    return std::nullopt;
  }
  Hash hash;
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

Result<Signers> Signers::Parse(std::string_view text, const std::string& name) {
  Signers signers;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    Line line(text.substr(0, end), number, name);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (const auto ok = line.CheckText(); !ok) return tl::unexpected(ok.error());
    const std::string_view first = line.Field();
    if (first.empty() || first.starts_with('#')) continue;
    auto signer = ParseSigner(first, line);
    if (!signer) return tl::unexpected(signer.error());
    if (signers.size() == kMaxSigners) {
      return line.Bad(fmt::format("more than {} signers", kMaxSigners));
    }
    signers.Add(std::move(*signer));
  }
  return signers;
}

Signers Signers::Of(const std::vector<Spki>& keys) {
  Signers signers;
  for (const Spki& key : keys) signers.Add(Signer::Of(key));
  return signers;
}

const Signer* Signers::Find(const Spki& key, int64_t wall_ns) const {
  const Hash hash = Sha256::Of(AsView(key));
  const Signer* any = nullptr;
  for (const Signer& signer : signers_) {
    if (signer.key != hash) continue;
    if (signer.ValidAt(wall_ns)) return &signer;
    if (any == nullptr) any = &signer;
  }
  return any;
}

}  // namespace secure_exec
