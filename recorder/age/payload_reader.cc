#include "recorder/age/payload_reader.h"

#include <algorithm>
#include <cstring>

namespace secure_exec {
namespace {

constexpr uint64_t kMaxChunk = UINT64_MAX / kAgeSealedChunk / 2;

}  // namespace

Result<std::unique_ptr<AgePayloadReader>> AgePayloadReader::Open(const ByteSource& source,
                                                                 uint64_t start,
                                                                 const AgeFileKey& file_key) {
  AgePayloadNonce nonce;
  const auto size = source.ReadAt(start, reinterpret_cast<char*>(nonce.data()), nonce.size());
  if (!size) return tl::unexpected(size.error());
  if (*size < nonce.size()) return Fail(ErrorKind::kFormat, "it is cut before its first chunk");
  return std::unique_ptr<AgePayloadReader>(
      new AgePayloadReader(source, start + nonce.size(), AgePayloadKey(file_key, nonce)));
}

Result<bool> AgePayloadReader::OnlyZerosFrom(uint64_t position) const {
  std::string piece(kAgeChunk, '\0');
  while (true) {
    const auto size = source_.ReadAt(position, piece.data(), piece.size());
    if (!size) return tl::unexpected(size.error());
    if (*size == 0) return true;
    const auto end = piece.begin() + static_cast<ptrdiff_t>(*size);
    if (std::any_of(piece.begin(), end, [](char c) { return c != 0; })) return false;
    position += *size;
  }
}

Result<bool> AgePayloadReader::Load(uint64_t chunk) {
  if (loaded_ == chunk) return true;
  if (chunk > kMaxChunk) return false;
  const uint64_t position = chunks_start_ + chunk * kAgeSealedChunk;
  // One byte more: a chunk with something behind it cannot be the last.
  sealed_.resize(kAgeSealedChunk + 1);
  const auto size = source_.ReadAt(position, sealed_.data(), sealed_.size());
  if (!size) return tl::unexpected(size.error());
  const bool at_the_end = *size <= kAgeSealedChunk;
  const auto sealed = std::string_view(sealed_).substr(0, std::min(*size, kAgeSealedChunk));
  if (sealed.size() < kAeadTag) return false;

  loaded_.reset();
  plain_.resize(sealed.size() - kAeadTag);
  const bool whole = sealed.size() == kAgeSealedChunk;
  bool authentic = whole && aead_.Open(AgeChunkNonce(chunk, false), "", sealed, plain_.data());
  if (!authentic && at_the_end && (chunk == 0 || !plain_.empty())) {
    authentic = aead_.Open(AgeChunkNonce(chunk, true), "", sealed, plain_.data());
  }
  if (authentic) {
    loaded_ = chunk;
    return true;
  }
  // The beginning of a chunk cannot be checked at all.
  if (!whole) return false;
  const auto zeros = OnlyZerosFrom(position + kAgeSealedChunk - 1);
  if (!zeros) return tl::unexpected(zeros.error());
  if (*zeros) return false;
  const auto lost = HasLostSector(source_, position, position, position + kAgeSealedChunk);
  if (!lost) return tl::unexpected(lost.error());
  if (*lost) return false;
  return Fail(ErrorKind::kFormat, "the encrypted bytes from {} to {} were altered", position,
              position + sealed.size());
}

Result<AgePayloadReader::Extent> AgePayloadReader::Measure() {
  const auto file_size = source_.Size();
  if (!file_size) return tl::unexpected(file_size.error());
  Extent extent;
  if (*file_size <= chunks_start_) return extent;
  const uint64_t sealed = *file_size - chunks_start_;
  const uint64_t last = (sealed - 1) / kAgeSealedChunk;
  loaded_.reset();  // what was the end before may be followed by more now
  const auto loaded = Load(last);
  if (!loaded) return tl::unexpected(loaded.error());
  if (!*loaded) {
    extent.plain_size = last * kAgeChunk;
    extent.torn = sealed - last * kAgeSealedChunk;
    return extent;
  }
  extent.plain_size = last * kAgeChunk + plain_.size();
  // Authentic, but as which?
  const size_t size = plain_.size() + kAeadTag;
  std::string again(plain_.size(), '\0');
  extent.whole = aead_.Open(AgeChunkNonce(last, true), "",
                            std::string_view(sealed_).substr(0, size), again.data());
  Wipe(again.data(), again.size());
  return extent;
}

Result<size_t> AgePayloadReader::ReadAt(uint64_t offset, char* out, size_t size) {
  size_t done = 0;
  while (done < size) {
    const uint64_t at = offset + done;
    const auto loaded = Load(at / kAgeChunk);
    if (!loaded) return tl::unexpected(loaded.error());
    if (!*loaded) break;
    const size_t within = at % kAgeChunk;
    if (within >= plain_.size()) break;
    const size_t part = std::min(size - done, plain_.size() - within);
    std::memcpy(out + done, plain_.data() + within, part);
    done += part;
    if (plain_.size() < kAgeChunk) break;
  }
  return done;
}

}  // namespace secure_exec
