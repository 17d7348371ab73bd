#include "recorder/age/identity_file.h"

#include "recorder/age/armor.h"
#include "recorder/age/payload_reader.h"

namespace secure_exec {
namespace {

Result<std::vector<AgeIdentity>> ParseLines(std::string_view rest) {
  std::vector<AgeIdentity> identities;
  for (int number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    auto identity = AgeIdentity::Parse(line);
    if (!identity) return Fail(ErrorKind::kFormat, "line {}: {}", number, identity.error().message);
    identities.push_back(std::move(*identity));
  }
  if (identities.empty()) return Fail(ErrorKind::kFormat, "it holds no identity");
  return identities;
}

}  // namespace

Result<SecretText> DecryptAgeFile(std::string_view file, size_t header_size,
                                  const AgeFileKey& file_key) {
  const MemorySource source(file);
  auto reader = AgePayloadReader::Open(source, header_size, file_key);
  if (!reader) return tl::unexpected(reader.error());
  const auto extent = (*reader)->Measure();
  if (!extent) return tl::unexpected(extent.error());
  if (!extent->whole) return Fail(ErrorKind::kFormat, "it is cut, or was altered at its end");
  SecretText plain(std::string(extent->plain_size, '\0'));
  const auto size = (*reader)->ReadAt(0, plain.text().data(), plain.text().size());
  if (!size) return tl::unexpected(size.error());
  if (*size != extent->plain_size) return Fail(ErrorKind::kFormat, "it was altered");
  return plain;
}

Result<std::vector<AgeIdentity>> ParseIdentityFile(std::string_view content,
                                                   const AskPassphrase& ask) {
  if (content.size() > kMaxIdentityFile) {
    return Fail(ErrorKind::kFormat, "it is longer than {} bytes", kMaxIdentityFile);
  }
  const size_t first = content.find_first_not_of(" \t\r\n");
  std::string binary;
  if (first != std::string_view::npos && content.substr(first).starts_with(kAgeArmorStart)) {
    auto decoded = DecodeAgeArmor(content);
    if (!decoded) return tl::unexpected(decoded.error());
    binary = std::move(*decoded);
    content = binary;
  } else if (!content.starts_with("age-encryption.org/")) {
    return ParseLines(content);
  }
  const auto header = ParseAgeHeader(content);
  if (!header) return tl::unexpected(header.error());
  if (!IsPassphraseHeader(*header)) {
    return Fail(ErrorKind::kFormat,
                "it is encrypted for a recipient, not with a pass phrase: decrypt it with age -d");
  }
  const auto passphrase = ask();
  if (!passphrase) return tl::unexpected(passphrase.error());
  const auto file_key = UnwrapWithPassphrase(*header, passphrase->view());
  if (!file_key) return tl::unexpected(file_key.error());
  const auto plain = DecryptAgeFile(content, header->size, *file_key);
  if (!plain) return tl::unexpected(plain.error());
  return ParseLines(plain->view());
}

}  // namespace secure_exec
