#include "recorder/container/frame_reader.h"

#include <algorithm>

#include "base/count_lines.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxUnit = kMaxCompressedFrame + kGenesisFrameSize;
constexpr size_t kPiece = 2 * kMaxUnit;
constexpr size_t kSmallPiece = 64 * 1024;

// A checkpoint's first bytes, before anything of its own: skippable header, "SXK1", ctx.
std::string CheckpointStart(size_t frame_size) {
  const size_t size = frame_size - 8;
  std::string start("\x5B\x2A\x4D\x18", 4);
  for (int shift = 0; shift < 32; shift += 8) start += static_cast<char>(size >> shift & 0xFF);
  start += "SXK1";
  start.append("secure-exec checkpoint\n\x01", 24);
  return start;
}
// As RecordingSource::kMaxTail: k + 1 never overflows.
constexpr uint64_t kMaxRecoveredK = UINT32_MAX;
constexpr std::string_view kZstdFrameStart("\x28\xB5\x2F\xFD", 4);
// What a disk writes or does not.
constexpr uint64_t kSector = 512;
// No frame with its checkpoint is shorter.
constexpr uint64_t kMinHole = kCheckpointFrameSize;
// Of a table, and of nothing else that may stand there.
constexpr char kSeekTableStart = '\x5E';
constexpr size_t kDigitAt = 11, kContextVersionAt = 35;

size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + size, b.begin()).first -
                             a.begin());
}

}  // namespace

FrameReader::FrameReader(const ByteSource& source, Content content)
    : source_(source), content_(content), piece_(std::make_unique_for_overwrite<char[]>(kPiece)) {}

Result<void> FrameReader::Fill() {
  buffer_start_ = offset_;
  buffer_ = {};
  unreadable_.reset();
  auto size = source_.ReadAt(offset_, piece_.get(), kPiece);
  if (!size && size.error().kind == ErrorKind::kFormat) size = FillUpToBadBytes();
  if (!size) return tl::unexpected(size.error());
  buffer_ = {piece_.get(), *size};
  return {};
}

Result<size_t> FrameReader::FillUpToBadBytes() {
  constexpr size_t kStep = 512;
  for (size_t got = 0; got < kPiece;) {
    const auto size =
        source_.ReadAt(offset_ + got, piece_.get() + got, std::min(kStep, kPiece - got));
    if (size && *size == 0) return got;
    if (size) {
      got += *size;
      continue;
    }
    if (size.error().kind != ErrorKind::kFormat || got == 0) return size;
    unreadable_ = size.error();
    return got;
  }
  return kPiece;
}

Result<uint64_t> FrameReader::ZerosEnd(uint64_t position, bool& at_end) const {
  std::string piece(kSmallPiece, '\0');
  while (true) {
    const auto size = source_.ReadAt(position, piece.data(), piece.size());
    if (!size) return tl::unexpected(size.error());
    const auto end = piece.begin() + static_cast<ptrdiff_t>(*size);
    const auto other = std::find_if(piece.begin(), end, [](char c) { return c != 0; });
    position += static_cast<uint64_t>(other - piece.begin());
    at_end = *size == 0;
    if (at_end || other != end) return position;
  }
}

Result<bool> FrameReader::OnlyZerosFrom(uint64_t position) const {
  bool at_end = false;
  const auto end = ZerosEnd(position, at_end);
  if (!end) return tl::unexpected(end.error());
  return at_end;
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
    if (unreadable_ && step && *step != Step::kFrame) return tl::unexpected(*unreadable_);
    if (!step || (*step != Step::kAltered && *step != Step::kForeign)) return step;
  }
  final_ = *step;
  return step;
}

Result<std::optional<FrameReader::Hole>> FrameReader::FindHole(uint64_t unit, uint64_t begin,
                                                               uint64_t end) const {
  static_assert(kSmallPiece % kSector == 0);
  std::string piece(kSmallPiece, '\0');
  std::optional<Hole> hole;
  for (uint64_t at = begin - begin % kSector; at < end; at += kSmallPiece) {
    const auto size = source_.ReadAt(at, piece.data(), piece.size());
    if (!size) return tl::unexpected(size.error());
    for (uint64_t sector = at; sector < std::min(at + *size, end); sector += kSector) {
      const uint64_t from = std::max(sector, unit);
      const uint64_t to = std::min(sector + kSector, at + *size);
      const std::string_view bytes =
          std::string_view(piece).substr(from - at, to > from ? to - from : 0);
      const bool lost = !bytes.empty() && bytes.find_first_not_of('\0') == std::string_view::npos;
      if (lost && !hole) hole = Hole{from, to};
      if (hole && !lost) return hole;
      if (hole) hole->end = to;
    }
    if (*size < piece.size()) break;
  }
  return hole;
}

Result<FrameReader::Step> FrameReader::Cut() {
  const auto hole = FindHole(offset_, offset_, offset_ + kMaxUnit);
  if (!hole) return tl::unexpected(hole.error());
  hole_ = *hole;
  return Step::kCut;
}

Result<FrameReader::Step> FrameReader::Bad(size_t good_until, std::string problem, bool foreign) {
  bool at_end = false;
  const auto end = ZerosEnd(offset_ + good_until, at_end);
  if (!end) return tl::unexpected(end.error());
  if (at_end) return Step::kCut;
  if (good_until == 0 && next_k_ > 0 && *end - offset_ >= kMinHole) {
    char magic[4];
    const auto size = source_.ReadAt(*end, magic, sizeof magic);
    if (!size) return tl::unexpected(size.error());
    if (std::string_view(magic, *size) == kZstdFrameStart) {
      hole_ = Hole{offset_, *end};
      return Step::kCut;
    }
  }
  const auto hole = FindHole(offset_, offset_, offset_ + good_until + 1);
  if (!hole) return tl::unexpected(hole.error());
  if (*hole) {
    hole_ = *hole;
    return Step::kCut;
  }
  problem_ = std::move(problem);
  return foreign ? Step::kForeign : Step::kAltered;
}

Result<FrameReader::Step> FrameReader::Try() {
  hole_.reset();
  if (after_seal_) return TrySeekTable();
  const std::string_view bytes = buffer_.substr(offset_ - buffer_start_);
  const bool may_end = last_kind_ == CheckpointKind::kRecovered;
  if (may_end && bytes.starts_with(kSeekTableStart)) return TrySeekTable();
  const FrameScan scan = ScanFrame(bytes);
  switch (scan.state) {
    case FrameScan::State::kPrefix:
      return Cut();
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
  const std::string_view rest = bytes.substr(scan.size);
  size_t size = next_k_ == 0 ? kGenesisFrameSize : kCheckpointFrameSize;
  std::string start = CheckpointStart(size);
  size_t same = CommonPrefix(rest, start);
  if (next_k_ > 0) {
    std::string other = CheckpointStart(kRecoveredFrameSize);
    const size_t other_same = CommonPrefix(rest, other);
    if (other_same > same) {
      size = kRecoveredFrameSize;
      start = std::move(other);
      same = other_same;
    }
  }
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
  if (rest.size() < size) return Cut();

  const size_t end = scan.size + size;
  const auto checkpoint = Checkpoint::DecodeFrame(rest.substr(0, size));
  if (!checkpoint) {
    of_later_version_ = Checkpoint::IsOfLaterVersion(rest.substr(0, size));
    return Bad(end - 1, checkpoint.error().message);
  }
  const CheckpointBody& body = checkpoint->body;
  const bool genesis = body.kind == CheckpointKind::kGenesis;
  std::string_view lines;
  if (content_ == Content::kAll || body.kind != CheckpointKind::kFrame) {
    const auto content = decoder_.Decode(bytes.substr(0, scan.size), scan.content_size);
    if (!content) return Bad(end - 1, content.error().message);
    lines = *content;
  }
  if (const char* problem = Misplaced(body)) return Bad(end - 1, problem);
  if (body.k != next_k_ && !recovered_ && body.kind < CheckpointKind::kInterim) {
    return Bad(end - 1, fmt::format("frame {} stands there instead", body.k));
  }
  if (next_k_ > 0 && body.id != id_) {
    return Bad(end - 1, fmt::format("its checkpoint is of recording {}", FormatUuid(body.id)));
  }
  if (!lines.empty()) {
    if (lines.back() != '\n') return Bad(end - 1, "its last line has no end");
    const size_t count = CountLines(lines);
    if (body.lines != count || (genesis && count != 1)) {
      return Bad(end - 1, "its checkpoint counts other lines");
    }
  }
  // Only lines that a power cut took may be missing, before what was recovered of a later segment:
  // whole frames, or the end of the segment before.
  const bool after_lost = body.k > next_k_ || (recovered_ && body.k == next_k_);
  const bool gap =
      body.kind >= CheckpointKind::kInterim && after_lost && body.first_line > next_line_;
  if (body.lines == 0 || (body.first_line != next_line_ && !gap)) {
    return Bad(end - 1, "its checkpoint counts other lines");
  }
  if (body.first_line > UINT64_MAX - body.lines || entry_count_ == 2 * kMaxFrames) {
    return Bad(end - 1, "more frames than a recording can have");
  }

  unit_ = {body.k, offset_, bytes.substr(0, scan.size), lines, scan.content_size, *checkpoint};
  id_ = body.id;
  last_kind_ = body.kind;
  recovered_ = recovered_ || body.kind >= CheckpointKind::kInterim;
  after_seal_ = body.kind == CheckpointKind::kSeal;
  entries_.resize(std::max(entries_.size(), entry_count_ + 2));
  entries_[entry_count_++] = {static_cast<uint32_t>(scan.size), scan.content_size};
  entries_[entry_count_++] = {static_cast<uint32_t>(size), 0};
  offset_ += end;
  next_line_ = body.first_line + body.lines;
  next_k_ = body.k + 1;
  return Step::kFrame;
}

const char* FrameReader::Misplaced(const CheckpointBody& body) const {
  constexpr const char* kKind = "its checkpoint's kind does not belong there";
  switch (body.kind) {
    case CheckpointKind::kGenesis:
      return next_k_ == 0 ? nullptr : kKind;
    case CheckpointKind::kFrame:
    case CheckpointKind::kSeal:
      return next_k_ > 0 && !recovered_ ? nullptr : kKind;
    case CheckpointKind::kInterim:
    case CheckpointKind::kRecovered:
      break;
  }
  if (next_k_ == 0) return kKind;
  // The later lines of a frame follow its signed ones and have its number.
  const bool rest_of_last =
      body.kind == CheckpointKind::kRecovered && last_kind_ == CheckpointKind::kInterim;
  const uint64_t lowest = rest_of_last ? next_k_ - 1 : next_k_;
  if (body.k < lowest || body.k > kMaxRecoveredK) return "its checkpoint has another number";
  return nullptr;
}

FrameReader::Mark FrameReader::mark() const {
  return {offset_, next_k_, next_line_, entry_count_, last_kind_, after_seal_, recovered_};
}

void FrameReader::GoTo(const Mark& mark) {
  offset_ = mark.offset;
  next_k_ = mark.next_k;
  next_line_ = mark.next_line;
  entry_count_ = std::min(mark.entries, entries_.size());
  last_kind_ = mark.last_kind;
  after_seal_ = mark.after_seal;
  recovered_ = mark.recovered;
  final_.reset();
  buffer_ = {};
  buffer_start_ = offset_;
}

void FrameReader::RejectUnit() {
  offset_ = unit_.offset;
  next_k_ = unit_.k;
  next_line_ = unit_.checkpoint.body.first_line;
  after_seal_ = false;
  final_ = Step::kCut;
}

Result<FrameReader::Step> FrameReader::TrySeekTable() {
  const std::string table =
      EncodeSeekTable({entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(entry_count_)});
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
  // Somebody else's cast that was compressed says nothing of itself at its start.
  constexpr std::string_view kUnpack = "; a cast that was compressed: zstd -d it first";
  if (const auto filled = Fill(); !filled) return tl::unexpected(filled.error());
  const FrameScan scan = ScanFrame(buffer_);
  if (scan.state == FrameScan::State::kPrefix) {
    return Fail(ErrorKind::kFormat, "it is cut before its header");
  }
  if (scan.state == FrameScan::State::kBad) {
    return Fail(ErrorKind::kFormat, "not a recording by secure-exec: {}{}", scan.problem, kUnpack);
  }
  const auto content = decoder_.Decode(buffer_.substr(0, scan.size), scan.content_size);
  if (!content) return tl::unexpected(content.error());
  if (content->find('\n') != content->size() - 1) {
    return Fail(ErrorKind::kFormat,
                "not a recording by secure-exec: its first frame is not a line{}", kUnpack);
  }
  return std::string(content->substr(0, content->size() - 1));
}

}  // namespace secure_exec
