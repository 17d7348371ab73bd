// OpenSSH's private key file (openssh-portable, PROTOCOL.key): base64 between two lines of
//   "openssh-key-v1\0" ‖ cipher ‖ kdf ‖ kdf options ‖ u32 keys ‖ public key ‖ private section
// where texts have their length before them, big-endian. The private section of a key that is
// not encrypted: check, check again, type, public[32], secret[32] ‖ public[32], comment, 1 2 3 ….
#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "recorder/user_key.h"

namespace secure_exec {
namespace {

constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
constexpr std::string_view kEnd = "\n-----END OPENSSH PRIVATE KEY-----\n";
constexpr std::string_view kMagic("openssh-key-v1\0", 15);
constexpr std::string_view kType = "ssh-ed25519";
constexpr size_t kSeed = 32;
constexpr size_t kBlock = 8;

class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}
  uint32_t Number() {
    const std::string_view bytes = Bytes(4);
    uint32_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }
  std::string_view Text() { return Bytes(Number()); }
  std::string_view Bytes(size_t size) {
    if (size > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const std::string_view bytes = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return bytes;
  }
  std::string_view rest() const { return bytes_; }
  bool failed() const { return failed_; }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

tl::unexpected<Error> Damaged() { return Fail(ErrorKind::kFormat, "a damaged OpenSSH key"); }

Result<SigningKey> FromPrivateSection(std::string_view section, std::string_view public_blob) {
  Fields fields(section);
  const uint32_t check = fields.Number();
  const bool same = check == fields.Number();
  const std::string_view type = fields.Text();
  const std::string_view public_key = fields.Text();
  const std::string_view secret = fields.Text();
  fields.Text();  // comment
  if (fields.failed() || !same) return Damaged();
  if (type != kType) {
    return Fail(ErrorKind::kFormat, "an OpenSSH key of another type; it must be ssh-ed25519");
  }
  if (public_key.size() != kSeed || secret.size() != 2 * kSeed ||
      secret.substr(kSeed) != public_key || fields.rest().size() >= kBlock) {
    return Damaged();
  }
  char pad = 0;
  for (const char c : fields.rest()) {
    if (c != ++pad) return Damaged();
  }
  Hash seed;
  std::memcpy(seed.data(), secret.data(), seed.size());
  SigningKey key = SigningKey::FromSeed(seed);
  Wipe(seed.data(), seed.size());
  Fields outer(public_blob);
  const bool blob_type = outer.Text() == kType;
  const std::string_view blob_key = outer.Text();
  const Spki spki = key.spki();
  if (!blob_type || outer.failed() || !outer.rest().empty() || blob_key != public_key ||
      AsView(spki).substr(spki.size() - kSeed) != public_key) {
    return Damaged();
  }
  return key;
}

Result<SigningKey> FromBinary(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return Damaged();
  Fields fields(bytes.substr(kMagic.size()));
  const std::string_view cipher = fields.Text();
  const std::string_view kdf = fields.Text();
  fields.Text();  // of the kdf
  const uint32_t count = fields.Number();
  const std::string_view public_blob = fields.Text();
  const std::string_view section = fields.Text();
  if (fields.failed() || !fields.rest().empty() || count != 1) return Damaged();
  if (cipher != "none" || kdf != "none") {
    return Fail(ErrorKind::kFormat,
                "a key with a pass phrase, which is not asked for here: give a copy without one "
                "(ssh-keygen -p -N '' -f COPY) or a key of its own");
  }
  return FromPrivateSection(section, public_blob);
}

}  // namespace

Result<SigningKey> SigningKeyFromOpenSsh(std::string_view text) {
  const size_t begin = text.find(kBegin);
  const size_t end = text.find(kEnd);
  if (begin != 0 || end == text.npos || end < kBegin.size()) return Damaged();
  std::string base64(text.substr(kBegin.size(), end - kBegin.size()));
  base64.erase(std::remove(base64.begin(), base64.end(), '\n'), base64.end());
  std::string bytes;
  Result<SigningKey> key = Damaged();
  if (Base64DecodeAppend(base64, bytes)) key = FromBinary(bytes);
  Wipe(base64.data(), base64.size());
  Wipe(bytes.data(), bytes.size());
  return key;
}

}  // namespace secure_exec
