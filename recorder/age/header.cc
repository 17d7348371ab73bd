#include "recorder/age/header.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace secure_exec {
namespace {

constexpr std::string_view kStanzaStart = "-> ";
constexpr std::string_view kEndStart = "---";
constexpr std::string_view kX25519 = "X25519";
constexpr std::string_view kX25519Info = "age-encryption.org/v1/X25519";
constexpr std::string_view kScrypt = "scrypt";
constexpr std::string_view kScryptLabel = "age-encryption.org/v1/scrypt";
constexpr size_t kColumns = 64;
constexpr size_t kWrappedKey = AgeFileKey::size() + kAeadTag;
constexpr size_t kScryptSalt = 16;
constexpr int kMaxWorkFactor = 22;
constexpr AeadNonce kZeroNonce{};

std::string Unpadded(std::string_view bytes) {
  std::string text = Base64Encode(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

// Canonical base64 without padding.
std::optional<std::string> DecodeUnpadded(std::string_view text) {
  if (text.find('=') != std::string_view::npos || text.size() % 4 == 1) return std::nullopt;
  std::string padded(text);
  padded.append((4 - text.size() % 4) % 4, '=');
  std::string bytes;
  if (!Base64DecodeAppend(padded, bytes)) return std::nullopt;
  return bytes;
}

Hash HeaderMac(const AgeFileKey& file_key, std::string_view authenticated) {
  const AeadKey key = HkdfSha256(file_key.view(), "", "header");
  return HmacSha256(key.view(), authenticated);
}

tl::unexpected<Error> Bad(std::string_view what) {
  return Fail(ErrorKind::kFormat, "its age header {}", what);
}

// Cuts a line off the front of `rest`, without its LF; nullopt where there is no LF.
std::optional<std::string_view> TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

// The arguments behind "-> ": each of one or more visible characters, one space between.
std::optional<std::vector<std::string>> Arguments(std::string_view text) {
  std::vector<std::string> arguments;
  while (true) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (word.empty()) return std::nullopt;
    if (std::any_of(word.begin(), word.end(), [](char c) { return c < 33 || c > 126; })) {
      return std::nullopt;
    }
    arguments.emplace_back(word);
    if (end == text.size()) return arguments;
    text.remove_prefix(end + 1);
  }
}

Result<AgeStanza> ParseStanza(std::string_view& rest) {
  AgeStanza stanza;
  const auto first = TakeLine(rest);
  if (!first) return Bad("is cut");
  auto arguments = Arguments(first->substr(kStanzaStart.size()));
  if (!arguments) return Bad("has a malformed recipient line");
  stanza.arguments = std::move(*arguments);
  while (true) {
    const auto line = TakeLine(rest);
    if (!line) return Bad("is cut");
    if (line->size() > kColumns) return Bad("has a line that is too long");
    const auto bytes = DecodeUnpadded(*line);
    if (!bytes) return Bad("has a recipient that is not base64");
    stanza.body += *bytes;
    if (line->size() < kColumns) return stanza;
  }
}

AeadKey X25519WrapKey(const Secret<32>& shared, const X25519Point& share,
                      const AgeRecipient& recipient) {
  std::string salt(AsView(share));
  salt += AsView(recipient.point);
  return HkdfSha256(shared.view(), salt, kX25519Info);
}

std::optional<AgeFileKey> OpenFileKey(const AeadKey& wrap_key, std::string_view body) {
  AgeFileKey file_key;
  Aead aead(wrap_key);
  if (!aead.Open(kZeroNonce, "", body, reinterpret_cast<char*>(file_key.data()))) {
    return std::nullopt;
  }
  return file_key;
}

Result<AgeFileKey> Authenticated(const AgeHeader& header, AgeFileKey file_key) {
  const Hash mac = HeaderMac(file_key, header.authenticated);
  if (!ConstantTimeEqual(AsView(mac), AsView(header.mac))) return Bad("was altered");
  return file_key;
}

bool HasType(const AgeStanza& stanza, std::string_view type) {
  return stanza.arguments.front() == type;
}

// An scrypt stanza stands alone: who knows a pass phrase expects that nobody else could have
// written.
Result<void> CheckMixture(const AgeHeader& header) {
  const bool scrypt = std::any_of(header.stanzas.begin(), header.stanzas.end(),
                                  [](const AgeStanza& s) { return HasType(s, kScrypt); });
  if (scrypt && header.stanzas.size() > 1) return Bad("mixes a pass phrase with other recipients");
  return {};
}

}  // namespace

Result<std::string> EncodeAgeHeader(const AgeFileKey& file_key,
                                    std::span<const AgeRecipient> recipients,
                                    const RandomSource& random) {
  if (recipients.empty()) return Fail(ErrorKind::kRecording, "encrypting: no recipient");
  std::string header(kAgeIntro);
  for (const AgeRecipient& recipient : recipients) {
    const auto ephemeral = Secret<32>::Random(random);
    const X25519Point share = X25519Public(ephemeral);
    const auto shared = X25519(ephemeral, recipient.point);
    if (!shared) {
      return Fail(ErrorKind::kRecording, "encrypting: recipient {} is not a usable key",
                  recipient.Text());
    }
    std::string body;
    Aead(X25519WrapKey(*shared, share, recipient)).Seal(kZeroNonce, "", file_key.view(), body);
    header += fmt::format("-> {} {}\n{}\n", kX25519, Unpadded(AsView(share)), Unpadded(body));
  }
  header += kEndStart;
  const Hash mac = HeaderMac(file_key, header);
  header += ' ' + Unpadded(AsView(mac)) + '\n';
  if (header.size() > kMaxAgeHeader) {
    return Fail(ErrorKind::kRecording, "encrypting: {} recipients are too many", recipients.size());
  }
  return header;
}

bool IsAgeHeaderPrefix(std::string_view bytes) {
  const size_t common = std::min(bytes.size(), kAgeIntro.size());
  return bytes.substr(0, common) == kAgeIntro.substr(0, common);
}

Result<AgeHeader> ParseAgeHeader(std::string_view bytes) {
  bytes = bytes.substr(0, kMaxAgeHeader + 1);
  if (!bytes.starts_with(kAgeIntro)) {
    if (IsAgeHeaderPrefix(bytes)) return Bad("is cut");
    return Fail(ErrorKind::kFormat, "not an age file of version 1");
  }
  AgeHeader header;
  std::string_view rest = bytes.substr(kAgeIntro.size());
  while (rest.starts_with(kStanzaStart)) {
    auto stanza = ParseStanza(rest);
    if (!stanza) {
      if (bytes.size() > kMaxAgeHeader) return Bad("is longer than 64 KiB");
      return tl::unexpected(stanza.error());
    }
    header.stanzas.push_back(std::move(*stanza));
  }
  header.authenticated = bytes.substr(0, bytes.size() - rest.size() + kEndStart.size());
  const auto end = TakeLine(rest);
  if (!end) return Bad(bytes.size() > kMaxAgeHeader ? "is longer than 64 KiB" : "is cut");
  if (!end->starts_with("--- ")) return Bad("has a line of another kind");
  const auto mac = DecodeUnpadded(end->substr(4));
  if (!mac || mac->size() != header.mac.size()) return Bad("does not end with a MAC");
  if (header.stanzas.empty()) return Bad("has no recipient");
  std::memcpy(header.mac.data(), mac->data(), mac->size());
  header.size = bytes.size() - rest.size();
  if (header.size > kMaxAgeHeader) return Bad("is longer than 64 KiB");
  return header;
}

Result<AgeFileKey> UnwrapFileKey(const AgeHeader& header, std::span<const AgeIdentity> identities) {
  if (auto ok = CheckMixture(header); !ok) return tl::unexpected(ok.error());
  for (const AgeStanza& stanza : header.stanzas) {
    if (!HasType(stanza, kX25519)) continue;
    const auto share =
        stanza.arguments.size() == 2 ? DecodeUnpadded(stanza.arguments[1]) : std::nullopt;
    X25519Point point;
    if (!share || share->size() != point.size() || stanza.body.size() != kWrappedKey) {
      return Bad("has a malformed X25519 recipient");
    }
    std::memcpy(point.data(), share->data(), point.size());
    for (const AgeIdentity& identity : identities) {
      const auto shared = X25519(identity.scalar(), point);
      if (!shared) return Bad("has an X25519 recipient of low order");
      auto file_key = OpenFileKey(X25519WrapKey(*shared, point, identity.recipient()), stanza.body);
      if (file_key) return Authenticated(header, std::move(*file_key));
    }
  }
  return Fail(ErrorKind::kNotFound, "it is encrypted for others than the identities given");
}

bool IsPassphraseHeader(const AgeHeader& header) {
  return HasType(header.stanzas.front(), kScrypt);
}

Result<AgeFileKey> UnwrapWithPassphrase(const AgeHeader& header, std::string_view passphrase) {
  if (auto ok = CheckMixture(header); !ok) return tl::unexpected(ok.error());
  if (!IsPassphraseHeader(header)) {
    return Fail(ErrorKind::kUsage, "it is not encrypted with a pass phrase");
  }
  const AgeStanza& stanza = header.stanzas.front();
  const auto salt =
      stanza.arguments.size() == 3 ? DecodeUnpadded(stanza.arguments[1]) : std::nullopt;
  if (!salt || salt->size() != kScryptSalt || stanza.body.size() != kWrappedKey) {
    return Bad("has a malformed scrypt recipient");
  }
  const std::string& factor = stanza.arguments[2];
  const bool digits =
      std::all_of(factor.begin(), factor.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || factor.front() == '0') return Bad("has a malformed scrypt work factor");
  if (factor.size() > 2 || std::stoi(factor) > kMaxWorkFactor) {
    return Bad("asks for an scrypt work factor above 22");
  }
  const auto wrap_key = Scrypt(passphrase, std::string(kScryptLabel) + *salt, std::stoi(factor));
  if (!wrap_key) return tl::unexpected(wrap_key.error());
  auto file_key = OpenFileKey(*wrap_key, stanza.body);
  if (!file_key) return Fail(ErrorKind::kNotFound, "the pass phrase is not the right one");
  return Authenticated(header, std::move(*file_key));
}

}  // namespace secure_exec
