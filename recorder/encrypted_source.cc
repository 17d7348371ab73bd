#include "recorder/encrypted_source.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "recorder/age/payload_reader.h"
#include "recorder/segment_source.h"

namespace secure_exec {
namespace {

// How often the writer may have gone on between two looks before the reader takes what it has.
constexpr int kMaxLooks = 100;

struct Keys {
  AgeFileKey file_key;
  Hash age_mac{};
};

// The main file's plain text, and behind its last whole chunk that of the rest segments.
class MainSource final : public ByteSource {
 public:
  MainSource(const RecordingSource& files, const Keys& keys,
             std::unique_ptr<AgePayloadReader> payload)
      : files_(files), keys_(keys), payload_(std::move(payload)) {}

  Result<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
    size_t done = 0;
    for (int look = 0; look < kMaxLooks; ++look) {
      const auto got = payload_->ReadAt(offset + done, out + done, size - done);
      if (!got) return got;
      done += *got;
      if (done == size) return done;
      const auto extent = payload_->Measure();
      if (!extent) return tl::unexpected(extent.error());
      // A power cut can take a chunk and leave the last.
      if (extent->whole && offset + done >= extent->plain_size) return done;
      if (auto ok = LoadRest(); !ok) return tl::unexpected(ok.error());
      const size_t before = done;
      for (const RestPiece& piece : rest_) {
        const uint64_t at = offset + done;
        if (at < piece.offset || at - piece.offset >= piece.bytes.size()) continue;
        done += piece.bytes.copy(out + done, size - done, at - piece.offset);
        if (done == size) return done;
      }
      // Where the rest begins behind what the chunks gave, the writer has made more of them
      // meanwhile.
      const bool gap = !rest_.empty() && rest_.back().offset > offset + done;
      if (done == before && !gap) return done;
      if (!gap) return done;
    }
    return done;
  }

  // Of what can be read now.
  Result<uint64_t> Size() const override {
    const auto extent = payload_->Measure();
    if (!extent) return tl::unexpected(extent.error());
    uint64_t size = extent->plain_size;
    if (extent->whole) return size;
    if (auto ok = LoadRest(); !ok) return tl::unexpected(ok.error());
    for (const RestPiece& piece : rest_) size = std::max(size, piece.offset + piece.bytes.size());
    return size;
  }

 private:
  Result<void> LoadRest() const {
    rest_.clear();
    const auto id = files_.NamedId();
    if (!id) return {};
    for (uint64_t from = 0;;) {
      const auto number = files_.FirstRest(from);
      if (!number) return tl::unexpected(number.error());
      if (!*number) return {};
      from = **number + 1;
      const auto file = files_.OpenRest(**number);
      if (!file) return tl::unexpected(file.error());
      if (*file == nullptr) continue;
      auto pieces = ReadRest(**file, keys_.file_key, keys_.age_mac, *id, **number);
      if (!pieces) {
        return Fail(pieces.error().kind, "rest segment {}: {}", **number, pieces.error().message);
      }
      std::move(pieces->begin(), pieces->end(), std::back_inserter(rest_));
    }
  }

  const RecordingSource& files_;
  const Keys& keys_;
  const std::unique_ptr<AgePayloadReader> payload_;
  mutable std::vector<RestPiece>
      rest_;  // of the last look, in the order in which they were written
};

class Decrypted final : public RecordingSource {
 public:
  Decrypted(std::unique_ptr<RecordingSource> files, Keys keys)
      : files_(std::move(files)), keys_(std::move(keys)) {}
  Result<void> Open(uint64_t payload_start) {
    auto payload = AgePayloadReader::Open(files_->main(), payload_start, keys_.file_key);
    if (!payload) return tl::unexpected(payload.error());
    main_ = std::make_unique<MainSource>(*files_, keys_, std::move(*payload));
    return {};
  }

  const ByteSource& main() const override { return *main_; }
  Result<std::optional<uint64_t>> FirstTail(const Uuid& id, uint64_t from) const override {
    return files_->FirstTail(id, from);
  }
  Result<std::unique_ptr<ByteSource>> OpenTail(const Uuid& id, uint64_t k) const override {
    auto file = files_->OpenTail(id, k);
    if (!file || *file == nullptr) return file;
    return OpenTailSegment(std::move(*file), keys_.file_key, keys_.age_mac, id, k);
  }
  std::optional<Uuid> NamedId() const override { return files_->NamedId(); }

 private:
  const std::unique_ptr<RecordingSource> files_;
  const Keys keys_;
  std::unique_ptr<MainSource> main_;
};

Result<std::string> ReadStart(const ByteSource& source, size_t size) {
  std::string bytes(size, '\0');
  const auto got = source.ReadAt(0, bytes.data(), bytes.size());
  if (!got) return tl::unexpected(got.error());
  bytes.resize(*got);
  return bytes;
}

}  // namespace

Result<bool> IsEncrypted(const RecordingSource& source) {
  const auto start = ReadStart(source.main(), kAgeIntro.size());
  if (!start) return tl::unexpected(start.error());
  return *start == kAgeIntro;
}

Result<std::unique_ptr<RecordingSource>> Decrypt(std::unique_ptr<RecordingSource> source,
                                                 std::span<const AgeIdentity> identities) {
  const auto start = ReadStart(source->main(), kMaxAgeHeader + 1);
  if (!start) return tl::unexpected(start.error());
  const auto header = ParseAgeHeader(*start);
  if (!header) return tl::unexpected(header.error());
  auto file_key = UnwrapFileKey(*header, identities);
  if (!file_key) return tl::unexpected(file_key.error());
  auto decrypted =
      std::make_unique<Decrypted>(std::move(source), Keys{std::move(*file_key), header->mac});
  if (auto ok = decrypted->Open(header->size); !ok) return tl::unexpected(ok.error());
  return decrypted;
}

Result<std::unique_ptr<RecordingSource>> DecryptIfNeeded(std::unique_ptr<RecordingSource> source,
                                                         const IdentitySource& identities,
                                                         const std::string& path) {
  const auto encrypted = IsEncrypted(*source);
  if (!encrypted) return tl::unexpected(encrypted.error());
  if (!*encrypted) return source;
  if (!identities) {
    return Fail(ErrorKind::kUsage, "{} is encrypted: name an identity with --identity FILE", path);
  }
  const auto keys = identities();
  if (!keys) return Fail(keys.error().kind, "{} is encrypted: {}", path, keys.error().message);
  auto decrypted = Decrypt(std::move(source), *keys);
  if (!decrypted) {
    return Fail(decrypted.error().kind, "{}: {}", path, decrypted.error().message);
  }
  return decrypted;
}

}  // namespace secure_exec
