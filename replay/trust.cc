#include "replay/trust.h"

#include "recorder/container/byte_source.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxPem = 64 << 10;
constexpr size_t kMaxSignersFile = 16 << 20;

Result<std::string> ReadFile(const std::string& path, size_t limit) {
  const auto source = FileSource::Open(path, /*follow=*/true);
  if (!source) return tl::unexpected(source.error());
  std::string text(limit + 1, '\0');
  const auto size = (*source)->ReadAt(0, text.data(), text.size());
  if (!size) return tl::unexpected(size.error());
  if (*size > limit) return Fail(ErrorKind::kUsage, "{}: more than {} bytes", path, limit);
  text.resize(*size);
  return text;
}

}  // namespace

Result<Signers> ReadTrust(const Arguments& arguments) {
  Signers signers;
  for (const std::string& name : arguments.All("signer")) {
    if (const auto hash = ParseFingerprint(name)) {
      Signer signer;
      signer.key = *hash;
      signers.Add(std::move(signer));
      continue;
    }
    if (name.starts_with("SHA256:")) {
      return Fail(ErrorKind::kUsage,
                  "--signer {}: not a whole fingerprint: SHA256: and 43 characters", name);
    }
    const auto pem = ReadFile(name, kMaxPem);
    if (!pem) return tl::unexpected(pem.error());
    const auto key = PublicKeyFromPem(*pem);
    if (!key) return Fail(ErrorKind::kUsage, "--signer {}: {}", name, key.error().message);
    signers.Add(Signer::Of(*key));
  }
  for (const std::string& path : arguments.All("signers")) {
    const auto text = ReadFile(path, kMaxSignersFile);
    if (!text) return tl::unexpected(text.error());
    const auto parsed = Signers::Parse(*text, path);
    if (!parsed) return tl::unexpected(parsed.error());
    for (const Signer& signer : parsed->all()) signers.Add(signer);
  }
  return signers;
}

}  // namespace secure_exec
