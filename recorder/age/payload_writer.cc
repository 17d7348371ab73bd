#include "recorder/age/payload_writer.h"

#include <algorithm>
#include <cstdlib>

namespace secure_exec {

AeadKey AgePayloadKey(const AgeFileKey& file_key, const AgePayloadNonce& nonce) {
  return HkdfSha256(file_key.view(), AsView(nonce), "payload");
}

AeadNonce AgeChunkNonce(uint64_t chunk, bool last) {
  AeadNonce nonce{};
  for (int i = 0; i < 8; ++i)
    nonce[static_cast<size_t>(10 - i)] = static_cast<uint8_t>(chunk >> (8 * i));
  nonce[11] = last ? 1 : 0;
  return nonce;
}

AgePayloadWriter::AgePayloadWriter(const AgeFileKey& file_key, const AgePayloadNonce& nonce)
    : aead_(AgePayloadKey(file_key, nonce)) {
  pending_.reserve(kAgeChunk);
}

AgePayloadWriter::~AgePayloadWriter() { Wipe(pending_.data(), pending_.size()); }

void AgePayloadWriter::SealChunk(std::string_view plain, bool last, std::string& out) {
  if (finished_) std::abort();  // a second ending, or bytes behind it: never
  finished_ = last;
  aead_.Seal(AgeChunkNonce(chunk_++, last), "", plain, out);
}

void AgePayloadWriter::Append(std::string_view plain, std::string& out) {
  while (!plain.empty()) {
    if (pending_.size() == kAgeChunk) {
      SealChunk(pending_, false, out);
      pending_.clear();
    }
    // Whole chunks of a long text need not be copied.
    while (pending_.empty() && plain.size() > kAgeChunk) {
      SealChunk(plain.substr(0, kAgeChunk), false, out);
      plain.remove_prefix(kAgeChunk);
    }
    const size_t part = std::min(plain.size(), kAgeChunk - pending_.size());
    pending_ += plain.substr(0, part);
    plain.remove_prefix(part);
  }
}

void AgePayloadWriter::Finish(std::string& out) {
  SealChunk(pending_, true, out);
  --chunk_;  // so that plain_size() stays what it was
}

}  // namespace secure_exec
