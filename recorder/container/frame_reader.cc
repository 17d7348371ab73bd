#include "recorder/container/frame_reader.h"

#include <algorithm>

namespace secure_exec {
namespace {

constexpr size_t kMaxUnit = kMaxCompressedFrame + kGenesisFrameSize;
constexpr size_t kPiece = 2 * kMaxUnit;
constexpr size_t kSmallPiece = 64 * 1024;
// 256 GiB of lines; a bound for the seek table that is rebuilt in memory.
constexpr size_t kMaxFrames = 1 << 19;

// A checkpoint's first bytes, before anything of its own: skippable header, "SXK1", ctx.
std::string CheckpointStart(uint64_t k) {
  const size_t size = (k == 0 ? kGenesisFrameSize : kCheckpointFrameSize) - 8;
  std::string start("\x5B\x2A\x4D\x18", 4);
  for (int shift = 0; shift < 32; shift += 8) start += static_cast<char>(size >> shift & 0xFF);
  start += "SXK1";
  start.append("secure-exec checkpoint\n\x01", 24);
  return start;
}
constexpr size_t kDigitAt = 11, kContextVersionAt = 35;

size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + size, b.begin()).first -
                             a.begin());
}

}  // namespace

FrameReader::FrameReader(const ByteSource& source)
    : source_(source), piece_(std::make_unique_for_overwrite<char[]>(kPiece)) {}

Result<void> FrameReader::Fill() {
  buffer_start_ = offset_;
  buffer_ = {};
  const auto size = source_.ReadAt(offset_, piece_.get(), kPiece);
  if (!size) return tl::unexpected(size.error());
  buffer_ = {piece_.get(), *size};
  return {};
}

Result<bool> FrameReader::OnlyZerosFrom(uint64_t position) const {
  std::string piece(kSmallPiece, '\0');
  while (true) {
    const auto size = source_.ReadAt(position, piece.data(), piece.size());
    if (!size) return tl::unexpected(size.error());
    if (*size == 0) return true;
    const auto end = piece.begin() + static_cast<ptrdiff_t>(*size);
    if (std::any_of(piece.begin(), end, [](char c) { return c != 0; })) return false;
    position += *size;
  }
}

Result<FrameReader::Step> FrameReader::Next() {
  if (final_) return *final_;
  if (buffer_start_ + buffer_.size() > offset_) {
    const auto step = Try();
    if (!step || *step == Step::kFrame) return step;
  }
  // What was read ahead may be older than the file is now.
  Result<Step> step = Step::kCut;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (const auto filled = Fill(); !filled) return tl::unexpected(filled.error());
    step = Try();
    if (!step || (*step != Step::kAltered && *step != Step::kForeign)) return step;
  }
  final_ = *step;
  return step;
}

Result<FrameReader::Step> FrameReader::Bad(size_t good_until, std::string problem, bool foreign) {
  const auto zeros = OnlyZerosFrom(offset_ + good_until);
  if (!zeros) return tl::unexpected(zeros.error());
  if (*zeros) return Step::kCut;
  problem_ = std::move(problem);
  return foreign ? Step::kForeign : Step::kAltered;
}

Result<FrameReader::Step> FrameReader::Try() {
  if (after_seal_) return TrySeekTable();
  const std::string_view bytes = buffer_.substr(offset_ - buffer_start_);
  const FrameScan scan = ScanFrame(bytes);
  switch (scan.state) {
    case FrameScan::State::kPrefix:
      return Step::kCut;
    case FrameScan::State::kBad:
      if (next_k_ > 0) return Bad(scan.size, std::string(scan.problem));
      return Bad(scan.size, fmt::format("not a recording by secure-exec: {}", scan.problem), true);
    case FrameScan::State::kWhole:
      break;
  }
  return TryCheckpoint(scan, bytes);
}

Result<FrameReader::Step> FrameReader::TryCheckpoint(const FrameScan& scan,
                                                     std::string_view bytes) {
  const std::string start = CheckpointStart(next_k_);
  const std::string_view rest = bytes.substr(scan.size);
  const size_t same = CommonPrefix(rest, start);
  if (same < start.size() && same < rest.size()) {
    const bool version = next_k_ == 0 && (same == kDigitAt || same == kContextVersionAt);
    if (version) {
      return Bad(scan.size + same,
                 fmt::format("a recording of version 0x{:02x}; this program reads version 1",
                             static_cast<uint8_t>(rest[same])),
                 true);
    }
    // A zstd file by somebody else has no such thing behind its first frame.
    return Bad(scan.size + same, "no checkpoint follows the frame", next_k_ == 0 && same < 8);
  }
  const size_t size = next_k_ == 0 ? kGenesisFrameSize : kCheckpointFrameSize;
  if (rest.size() < size) return Step::kCut;

  const size_t end = scan.size + size;
  const auto content = decoder_.Decode(bytes.substr(0, scan.size), scan.content_size);
  if (!content) return Bad(end - 1, content.error().message);
  const auto checkpoint = Checkpoint::DecodeFrame(rest.substr(0, size));
  if (!checkpoint) return Bad(end - 1, checkpoint.error().message);
  const CheckpointBody& body = checkpoint->body;
  const bool genesis = body.kind == CheckpointKind::kGenesis;
  const bool fits = next_k_ == 0
                        ? genesis
                        : body.kind == CheckpointKind::kFrame || body.kind == CheckpointKind::kSeal;
  if (!fits) return Bad(end - 1, "its checkpoint's kind does not belong there");
  if (body.k != next_k_) {
    return Bad(end - 1, fmt::format("frame {} stands there instead", body.k));
  }
  if (next_k_ > 0 && body.id != id_) {
    return Bad(end - 1, fmt::format("its checkpoint is of recording {}", FormatUuid(body.id)));
  }
  const auto lines = std::count(content->begin(), content->end(), '\n');
  if (content->back() != '\n') return Bad(end - 1, "its last line has no end");
  if (body.lines != lines || body.first_line != next_line_ || (genesis && lines != 1)) {
    return Bad(end - 1, "its checkpoint counts other lines");
  }
  if (next_k_ == kMaxFrames) return Bad(end - 1, "more frames than a recording can have");

  unit_ = {next_k_, offset_, bytes.substr(0, scan.size), *content, *checkpoint};
  id_ = body.id;
  after_seal_ = body.kind == CheckpointKind::kSeal;
  entries_.push_back({static_cast<uint32_t>(scan.size), scan.content_size});
  entries_.push_back({static_cast<uint32_t>(size), 0});
  offset_ += end;
  next_line_ += body.lines;
  ++next_k_;
  return Step::kFrame;
}

void FrameReader::RejectUnit() {
  offset_ = unit_.offset;
  next_k_ = unit_.k;
  next_line_ = unit_.checkpoint.body.first_line;
  after_seal_ = false;
  final_ = Step::kCut;
}

Result<FrameReader::Step> FrameReader::TrySeekTable() {
  const std::string table = EncodeSeekTable(entries_);
  std::string piece(kSmallPiece, '\0');
  size_t same = 0;
  while (true) {
    const auto size = source_.ReadAt(offset_ + same, piece.data(), piece.size());
    if (!size) return tl::unexpected(size.error());
    const std::string_view rest = std::string_view(table).substr(same);
    const std::string_view bytes = std::string_view(piece).substr(0, *size);
    const size_t common = CommonPrefix(bytes, rest);
    same += common;
    if (common < bytes.size()) {
      if (same == table.size()) {
        problem_ = "bytes follow the seek table";
        return Step::kAltered;
      }
      return Bad(same, "the seek table is not that of the frames");
    }
    if (bytes.empty()) return same == table.size() ? Step::kSealed : Step::kCut;
  }
}

Result<std::string> FrameReader::ReadHeaderLine() {
  if (const auto filled = Fill(); !filled) return tl::unexpected(filled.error());
  const FrameScan scan = ScanFrame(buffer_);
  if (scan.state == FrameScan::State::kPrefix) {
    return Fail(ErrorKind::kFormat, "it is cut before its header");
  }
  if (scan.state == FrameScan::State::kBad) {
    return Fail(ErrorKind::kFormat, "not a recording by secure-exec: {}", scan.problem);
  }
  const auto content = decoder_.Decode(buffer_.substr(0, scan.size), scan.content_size);
  if (!content) return tl::unexpected(content.error());
  if (content->find('\n') != content->size() - 1) {
    return Fail(ErrorKind::kFormat,
                "not a recording by secure-exec: its first frame is not a line");
  }
  return std::string(content->substr(0, content->size() - 1));
}

}  // namespace secure_exec
