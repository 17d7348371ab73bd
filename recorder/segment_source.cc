#include "recorder/segment_source.h"

#include <algorithm>
#include <optional>

namespace secure_exec {
namespace {

// More than a writer puts into one.
constexpr size_t kMaxSegment = 64 << 20;
constexpr size_t kPiece = 64 * 1024;

uint64_t Little(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

Result<std::string> Read(const ByteSource& file, uint64_t offset, size_t size) {
  std::string bytes(size, '\0');
  const auto got = file.ReadAt(offset, bytes.data(), size);
  if (!got) return tl::unexpected(got.error());
  bytes.resize(*got);
  return bytes;
}

Result<bool> OnlyZerosFrom(const ByteSource& file, uint64_t offset) {
  while (true) {
    const auto piece = Read(file, offset, kPiece);
    if (!piece) return tl::unexpected(piece.error());
    if (piece->empty()) return true;
    if (std::any_of(piece->begin(), piece->end(), [](char c) { return c != 0; })) return false;
    offset += piece->size();
  }
}

// Record after record. Zeros that begin within one and reach to the end of the file are what a
// power cut leaves.
class RecordReader {
 public:
  RecordReader(const AgeFileKey& file_key, const Hash& age_mac, SegmentKind kind, const Uuid& id,
               uint64_t number)
      : kind_(kind), id_(id), number_(number), age_mac_(age_mac) {
    std::copy_n(file_key.data(), file_key.size(), file_key_.data());
  }

  // Appends the next record's plain text; false where there is none (yet).
  Result<bool> Next(const ByteSource& file, std::string& plain) {
    if (cipher_ == nullptr) {
      const auto header = Read(file, 0, kSegmentHeader);
      if (!header) return tl::unexpected(header.error());
      if (header->size() < kSegmentHeader) return false;
      auto cipher = SegmentCipher::Read(*header, file_key_, age_mac_, kind_, id_, number_);
      if (!cipher) {
        const auto torn = HeaderIsTorn(file, *header);
        return UnlessLost(file, 0, kSegmentHeader, torn, cipher.error().message);
      }
      cipher_ = std::move(*cipher);
    }
    const auto head = Read(file, at_, kSegmentRecordHead);
    if (!head) return tl::unexpected(head.error());
    if (head->size() < kSegmentRecordHead) return false;
    const uint64_t attempt = Little(head->substr(0, 8));
    const size_t size = Little(head->substr(8));
    if (size > kMaxSegmentRecord || (last_attempt_ && attempt <= *last_attempt_)) {
      return UnlessLost(file, at_, at_ + kSegmentRecordHead,
                        OnlyZerosFrom(file, at_ + kSegmentRecordHead - 1),
                        Altered(at_, at_ + kSegmentRecordHead));
    }
    const size_t whole = kSegmentRecordHead + size + kAeadTag;
    const auto record = Read(file, at_, whole);
    if (!record) return tl::unexpected(record.error());
    if (record->size() < whole) return false;
    if (!cipher_->Open(*record, plain)) {
      return UnlessLost(file, at_, at_ + whole, OnlyZerosFrom(file, at_ + whole - 1),
                        Altered(at_, at_ + whole));
    }
    last_attempt_ = attempt;
    at_ += whole;
    return true;
  }

 private:
  static std::string Altered(uint64_t from, uint64_t to) {
    return fmt::format("its encrypted bytes from {} to {} were altered", from, to);
  }
  // Whether from where the header differs on there are only zeros.
  Result<bool> HeaderIsTorn(const ByteSource& file, std::string_view header) const {
    const SegmentCipher right(file_key_, age_mac_, kind_, id_, number_, {});
    const auto differ =
        std::mismatch(header.begin(), header.end(), right.header().begin()).first - header.begin();
    return OnlyZerosFrom(file, static_cast<uint64_t>(differ));
  }
  // The end where zeros up to the file's end, or a sector that is lost between `begin` and `end`,
  // excuse it, and else the problem.
  static Result<bool> UnlessLost(const ByteSource& file, uint64_t begin, uint64_t end,
                                 const Result<bool>& zeros, const std::string& problem) {
    if (!zeros) return tl::unexpected(zeros.error());
    if (*zeros) return false;
    const auto lost = HasLostSector(file, begin, begin, end);
    if (!lost) return tl::unexpected(lost.error());
    if (*lost) return false;
    return Fail(ErrorKind::kFormat, "{}", problem);
  }

  const SegmentKind kind_;
  const Uuid id_;
  const uint64_t number_;
  AgeFileKey file_key_;
  const Hash age_mac_;
  std::unique_ptr<SegmentCipher> cipher_;
  uint64_t at_ = kSegmentHeader;
  std::optional<uint64_t> last_attempt_;
};

class TailSegment final : public ByteSource {
 public:
  TailSegment(std::unique_ptr<ByteSource> file, const AgeFileKey& file_key, const Hash& age_mac,
              const Uuid& id, uint64_t k)
      : file_(std::move(file)), records_(file_key, age_mac, SegmentKind::kTail, id, k) {}

  Result<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
    while (text_.size() < offset + size) {
      if (text_.size() > kMaxSegment) {
        return Fail(ErrorKind::kFormat, "longer than {} bytes", kMaxSegment);
      }
      const auto more = records_.Next(*file_, text_);
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
    }
    return offset < text_.size() ? text_.copy(out, size, offset) : 0;
  }
  // On the disk, which is what it is asked for.
  Result<uint64_t> Size() const override { return file_->Size(); }

 private:
  const std::unique_ptr<ByteSource> file_;
  mutable RecordReader records_;
  mutable std::string text_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenTailSegment(std::unique_ptr<ByteSource> file,
                                                    const AgeFileKey& file_key, const Hash& age_mac,
                                                    const Uuid& id, uint64_t k) {
  return std::make_unique<TailSegment>(std::move(file), file_key, age_mac, id, k);
}

Result<std::vector<RestPiece>> ReadRest(const ByteSource& file, const AgeFileKey& file_key,
                                        const Hash& age_mac, const Uuid& id, uint64_t number) {
  constexpr size_t kOffset = 8;
  RecordReader records(file_key, age_mac, SegmentKind::kRest, id, number);
  std::vector<RestPiece> pieces;
  for (size_t total = 0;;) {
    std::string plain;
    const auto more = records.Next(file, plain);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return pieces;
    total += plain.size();
    if (total > kMaxSegment) return Fail(ErrorKind::kFormat, "longer than {} bytes", kMaxSegment);
    if (plain.size() < kOffset) return Fail(ErrorKind::kFormat, "a record without a place");
    const uint64_t offset = Little(std::string_view(plain).substr(0, kOffset));
    if (offset > UINT64_MAX - plain.size()) return Fail(ErrorKind::kFormat, "a record beyond all");
    pieces.push_back({offset, plain.substr(kOffset)});
  }
}

}  // namespace secure_exec
