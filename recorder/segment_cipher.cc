#include "recorder/segment_cipher.h"

#include <cstring>

namespace secure_exec {
namespace {

std::string_view Magic(SegmentKind kind) { return kind == SegmentKind::kTail ? "SXT1" : "SXR1"; }

std::string_view Info(SegmentKind kind) {
  return kind == SegmentKind::kTail ? "secure-exec tail 1" : "secure-exec rest 1";
}

std::string Little(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

std::string Header(SegmentKind kind, const Uuid& id, uint64_t number, const SegmentSalt& salt) {
  std::string out(Magic(kind));
  out += AsView(id);
  out += Little(number, 8);
  out += AsView(salt);
  return out;
}

AeadNonce Nonce(std::string_view attempt) {
  AeadNonce nonce{};
  std::memcpy(nonce.data() + 4, attempt.data(), 8);
  return nonce;
}

}  // namespace

bool IsEncryptedSegment(SegmentKind kind, std::string_view bytes) {
  return bytes.starts_with(Magic(kind));
}

SegmentCipher::SegmentCipher(const AgeFileKey& file_key, const Hash& age_mac, SegmentKind kind,
                             const Uuid& id, uint64_t number, const SegmentSalt& salt)
    : header_(Header(kind, id, number, salt)),
      aad_tail_(AsView(age_mac)),
      aead_(HkdfSha256(file_key.view(), AsView(salt), Info(kind))) {}

Result<std::unique_ptr<SegmentCipher>> SegmentCipher::Read(std::string_view header,
                                                           const AgeFileKey& file_key,
                                                           const Hash& age_mac, SegmentKind kind,
                                                           const Uuid& id, uint64_t number) {
  SegmentSalt salt;
  if (header.size() != kSegmentHeader) return Fail(ErrorKind::kFormat, "its header is cut");
  std::memcpy(salt.data(), header.data() + kSegmentHeader - salt.size(), salt.size());
  auto cipher = std::make_unique<SegmentCipher>(file_key, age_mac, kind, id, number, salt);
  if (cipher->header_ != header) {
    return Fail(ErrorKind::kFormat, "its header is that of another segment or version");
  }
  return cipher;
}

void SegmentCipher::Seal(uint64_t attempt, std::string_view plain, std::string& out) {
  const std::string head = Little(attempt, 8) + Little(plain.size(), 4);
  out += head;
  aead_.Seal(Nonce(head), header_ + head + aad_tail_, plain, out);
}

bool SegmentCipher::Open(std::string_view record, std::string& plain) {
  const std::string_view head = record.substr(0, kSegmentRecordHead);
  const std::string_view sealed = record.substr(kSegmentRecordHead);
  std::string aad = header_;
  aad += head;
  aad += aad_tail_;
  const size_t at = plain.size();
  plain.resize(at + sealed.size() - kAeadTag);
  if (aead_.Open(Nonce(head), aad, sealed, plain.data() + at)) return true;
  plain.resize(at);
  return false;
}

}  // namespace secure_exec
