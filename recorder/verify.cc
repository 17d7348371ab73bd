#include "recorder/verify.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "recorder/clock_watch.h"
#include "recorder/container/checkpoint.h"
#include "recorder/container/frame_reader.h"
#include "recorder/frame_check.h"
#include "recorder/outer_check.h"
#include "recorder/recording_source.h"
#include "recorder/tail_reader.h"

namespace secure_exec {
namespace {

using Step = FrameReader::Step;
// What is wrong, or nothing.
using Problem = std::optional<std::string>;

// How far behind altered bytes the next good signature is looked for.
constexpr uint64_t kSearchBytes = 16 << 20;
constexpr size_t kSearchPiece = 64 * 1024;
constexpr size_t kMaxRemarks = 20;
constexpr int kMaxVanished = 100;
// Z0 is no longer than a frame may be.
constexpr uint64_t kGenesisSearchBytes = 2 << 20;
constexpr std::string_view kCheckpointStart("\x5B\x2A\x4D\x18\x74\x01\x00\x00SXK1", 12);
constexpr std::string_view kGenesisStart("\x5B\x2A\x4D\x18\x0C\x02\x00\x00SXK1", 12);
constexpr const char* kSignedFollows = "it has no end, but a signed checkpoint follows";
constexpr const char* kSealFollows =
    "it is zeros, but the seal follows, before which all was written";

class Verifier {
 public:
  Verifier(const RecordingSource& source, std::string path, const VerifyOptions& options)
      : source_(source),
        path_(std::move(path)),
        options_(options),
        reader_(source.main(),
                options.quick ? FrameReader::Content::kSigned : FrameReader::Content::kAll) {}

  Result<VerifyReport> Run();

 private:
  Result<void> Walk();
  Result<bool> IsTorn(const FrameReader::Unit& unit);
  Problem CheckFrame(const FrameReader::Unit& unit);
  Problem CheckGenesis(const FrameReader::Unit& unit);
  Problem CheckSignature(const FrameReader::Unit& unit) const;
  Problem CheckFacts(const FrameReader::Unit& unit) const;
  Problem CheckLines(const FrameReader::Unit& unit);
  void Accept(const FrameReader::Unit& unit);
  Result<Step> Tails();
  Result<Problem> CheckTail(TailReader& tail);
  Problem CheckInterim(const TailReader& tail, const FrameCheck& check);

  // `from`: where the bad frame begins, bytes.
  Result<void> Altered(uint64_t from, const std::string& problem);
  struct Signed {
    uint64_t wall_ns = 0;
    uint64_t end = 0;  // of the checkpoint, bytes of the file
  };
  // The next checkpoint from there on that the session key signed.
  Result<std::optional<Signed>> NextSigned(uint64_t from) const;
  Result<bool> SomethingSignedFollows();
  Result<bool> HoleIsForged(const FrameReader::Hole& hole);
  Result<bool> SealStandsBehind(uint64_t position);
  void NoSeal();
  void Sealed();
  void Recovered();
  void NameSigner();
  void AlteredBytes(const std::string& problem);
  void Unreadable(const std::string& why);
  bool IsOfLaterVersion();
  void Remark(std::string text);
  void WatchClock(const CheckpointBody& body, uint64_t latest_us);
  std::string SignedUntil() const;
  std::string SignedBy() const;

  const RecordingSource& source_;
  std::string path_;
  const VerifyOptions& options_;
  FrameReader reader_;
  VerifyReport report_;

  std::optional<GenesisKeys> keys_;  // once K0 was authentic
  Uuid id_{};
  Hash link_{};                 // H(body) of the last good frame
  bool met_recovered_ = false;  // frames of kinds 3 or 4 are among the good ones
  uint64_t accepted_k_ = 0;     // of the last good frame
  uint64_t last_us_ = 0;        // of the last good frame's last line
  bool torn_ = false;           // the last frame was, and was taken back
  std::optional<ClockWatch> clock_;
  std::optional<CheckpointBody> unwatched_;  // whose latest time the next frame tells

  // Of the tail, which counts only while its frame is not in the main file.
  uint64_t tail_signed_ = 0, tail_unsigned_ = 0;
  uint64_t tail_wall_ns_ = 0;
};

void Verifier::Remark(std::string text) {
  if (report_.remarks.size() < kMaxRemarks) report_.remarks.push_back(std::move(text));
}

// When K0 was authentic: who that is, and whether the caller vouches for them.
void Verifier::NameSigner() {
  report_.signer = Fingerprint(keys_->user_key);
  const Signer* signer = options_.signers.Find(keys_->user_key, report_.genesis_wall_ns);
  if (signer == nullptr) return;
  report_.principal = signer->principal;
  report_.signer_trusted = signer->ValidAt(report_.genesis_wall_ns);
}

// "signed by SHA256:… (alice)", and if not trusted, why.
std::string Verifier::SignedBy() const {
  if (report_.signer_trusted) {
    return fmt::format("signed by {} ({})", report_.signer,
                       report_.principal.empty() ? "trusted" : report_.principal);
  }
  if (!report_.principal.empty()) {
    return fmt::format("signed by {} ({}), whose key is not trusted for {}, when it was used",
                       report_.signer, report_.principal,
                       FormatWall(static_cast<uint64_t>(report_.genesis_wall_ns)));
  }
  return fmt::format("signed by unknown {}", report_.signer);
}

std::string Verifier::SignedUntil() const {
  return FormatWall(static_cast<uint64_t>(report_.intact_until_wall_ns));
}

void Verifier::WatchClock(const CheckpointBody& body, uint64_t latest_us) {
  if (!clock_) return;
  if (auto step = clock_->Signed(body.wall_ns, body.t_last_us, latest_us)) Remark(*step);
}

Problem Verifier::CheckGenesis(const FrameReader::Unit& unit) {
  const CheckpointBody& body = unit.checkpoint.body;
  const GenesisKeys& keys = *unit.checkpoint.genesis;
  if (body.prev != GenesisPrev(keys.session_key)) return "its session key is another one";
  if (!VerifySignature(keys.session_key, body.Encode(), unit.checkpoint.signature)) {
    return "its checkpoint's signature is wrong";
  }
  if (!VerifySignature(keys.user_key, CertificateMessage(body.id, keys.session_key, body.Link()),
                       keys.certificate)) {
    return "the user key's certificate for the session key is wrong";
  }
  if (body.t_first_us != 0 || body.t_last_us != 0) return "its checkpoint has other times";
  keys_ = keys;
  id_ = body.id;
  report_.id = id_;
  report_.genesis_link = body.Link();
  report_.genesis_wall_ns =
      static_cast<int64_t>(std::min<uint64_t>(body.wall_ns, uint64_t{INT64_MAX}));
  return std::nullopt;
}

Problem Verifier::CheckLines(const FrameReader::Unit& unit) {
  const CheckpointBody& body = unit.checkpoint.body;
  const FrameFacts& facts = unit.checkpoint.facts;
  if (unit.lines.empty()) {  // not unpacked: signed as it is
    if (body.t_first_us < last_us_ || body.t_last_us < body.t_first_us) {
      return "its checkpoint has other times";
    }
    last_us_ = body.t_last_us;
    return std::nullopt;
  }
  FrameCheck check(unit.checkpoint.seed, last_us_);
  for (std::string_view rest = unit.lines; !rest.empty();) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (unit.k == 0) {
      check.AddHeader(line);
    } else if (auto problem = check.Add(line)) {
      return problem;
    }
  }
  if (check.root() != body.root) return "its lines are not those that were signed";
  if (unit.k > 0 &&
      (check.t_first_us() != body.t_first_us || check.t_last_us() != body.t_last_us)) {
    return "its checkpoint has other times";
  }
  if (!std::equal(check.payload_bytes(), check.payload_bytes() + kChannels, facts.payload_bytes)) {
    return "its checkpoint counts other bytes";
  }
  if (check.ended() != (body.kind == CheckpointKind::kSeal)) {
    if (body.kind >= CheckpointKind::kInterim) return "the exit event is not in a sealed frame";
    return check.ended() ? "the exit event is not in the sealed frame"
                         : "the sealed frame does not end with the exit event";
  }
  last_us_ = check.t_last_us();
  return std::nullopt;
}

Problem Verifier::CheckSignature(const FrameReader::Unit& unit) const {
  const Checkpoint& checkpoint = unit.checkpoint;
  const Spki& key = checkpoint.recoverer ? *checkpoint.recoverer : keys_->session_key;
  if (!VerifySignature(key, checkpoint.body.Encode(), checkpoint.signature)) {
    return "its checkpoint's signature is wrong";
  }
  // An interim signature follows the frame before it, which may be lost.
  const bool known = checkpoint.body.kind != CheckpointKind::kInterim ||
                     (!met_recovered_ && checkpoint.body.k == accepted_k_ + 1);
  if (known && checkpoint.body.prev != link_) {
    return "its checkpoint does not follow the one before";
  }
  return std::nullopt;
}

Problem Verifier::CheckFacts(const FrameReader::Unit& unit) const {
  const Checkpoint& checkpoint = unit.checkpoint;
  const FrameFacts& facts = checkpoint.facts;
  // An interim signature was made before there was a frame: it covers the lines alone.
  const bool interim = checkpoint.body.kind == CheckpointKind::kInterim;
  const Hash commit = interim ? Hash{} : facts.Commit(checkpoint.fsalt);
  if (commit != checkpoint.body.facts_commit || (interim && checkpoint.fsalt != Hash{})) {
    return "its checkpoint's facts are not those that were signed";
  }
  if (facts.compressed_size != unit.frame.size() || facts.plain_size != unit.plain_size ||
      facts.frame_hash != Sha256::Of(unit.frame)) {
    return "the frame's hash does not match its checkpoint";
  }
  return std::nullopt;
}

Problem Verifier::CheckFrame(const FrameReader::Unit& unit) {
  if (auto problem = unit.k == 0 ? CheckGenesis(unit) : CheckSignature(unit)) return problem;
  if (auto problem = CheckFacts(unit)) return problem;
  return CheckLines(unit);
}

void Verifier::Accept(const FrameReader::Unit& unit) {
  const CheckpointBody& body = unit.checkpoint.body;
  link_ = body.Link();
  accepted_k_ = body.k;
  met_recovered_ = reader_.recovered();
  if (options_.keep_links && body.kind < CheckpointKind::kInterim) report_.links.push_back(link_);
  ++report_.frames;
  if (options_.progress != nullptr) *options_.progress += reader_.offset() - unit.offset;
  if (unit.checkpoint.recoverer) {
    report_.recovered_by = Fingerprint(*unit.checkpoint.recoverer);
    report_.unsigned_lines += body.lines;
    return;
  }
  report_.lines += body.lines;
  report_.intact_until_wall_ns = static_cast<int64_t>(body.wall_ns);
  if (body.kind == CheckpointKind::kInterim) return;
  if (unwatched_) WatchClock(*unwatched_, body.t_first_us);
  unwatched_.reset();
  // Genesis is signed at once; the seal right behind the exit event.
  if (body.kind == CheckpointKind::kFrame) {
    unwatched_ = body;
  } else if (body.kind == CheckpointKind::kSeal) {
    report_.seal_link = link_;
    WatchClock(body, body.t_last_us);
  }
}

Problem Verifier::CheckInterim(const TailReader& tail, const FrameCheck& check) {
  const auto body = CheckpointBody::Decode(tail.body());
  if (!body) return body.error().message;
  if (!VerifySignature(keys_->session_key, tail.body(), tail.signature())) {
    return "a wrong signature";
  }
  if (body->kind != CheckpointKind::kInterim || body->id != id_ || body->k != tail.k() ||
      body->lines != check.lines() || body->first_line != tail.first_line() ||
      body->root != check.root() || body->t_first_us != check.t_first_us() ||
      body->t_last_us != check.t_last_us() || body->facts_commit != Hash{}) {
    return "a signature of other lines";
  }
  // The frame before this one may be lost, and its link with it.
  if (tail.k() == reader_.next_k() && body->prev != link_) {
    return "a signature that does not follow the last frame";
  }
  tail_wall_ns_ = body->wall_ns;
  return std::nullopt;
}

// A problem, or nothing; a failure is kIo.
Result<Problem> Verifier::CheckTail(TailReader& tail) {
  std::optional<FrameCheck> check;
  uint64_t signed_lines = 0;
  while (true) {
    const auto item = tail.Next();
    if (!item) {
      if (item.error().kind == ErrorKind::kFormat) return Problem(item.error().message);
      return tl::unexpected(item.error());
    }
    if (*item == TailReader::Item::kEnd) break;
    if (!check) {
      const uint64_t expected = reader_.next_line() + tail_signed_ + tail_unsigned_;
      const bool contiguous = tail.k() == reader_.next_k();
      if (tail.first_line() < expected || (contiguous && tail.first_line() != expected)) {
        return Problem(
            fmt::format("it begins with line {} instead of {}", tail.first_line(), expected));
      }
      if (tail.first_line() > expected) {
        Remark(fmt::format("{} lines before tail segment {} are lost", tail.first_line() - expected,
                           tail.k()));
      }
      check.emplace(tail.seed(), last_us_);
    }
    auto problem =
        *item == TailReader::Item::kLine ? check->Add(tail.line()) : CheckInterim(tail, *check);
    if (!problem && check->ended()) problem = "the exit event is not in a sealed frame";
    if (problem) return Problem(fmt::format("after {} lines, {}", check->lines(), *problem));
    if (*item == TailReader::Item::kSignature) signed_lines = check->lines();
  }
  if (check) {
    tail_signed_ += signed_lines;
    tail_unsigned_ += check->lines() - signed_lines;
  }
  return Problem();
}

// Looks at the segments behind the end of the main file, unless that has grown meanwhile: then
// what it gives counts and the segments do not. The order is ContainerRecording's.
Result<Step> Verifier::Tails() {
  uint64_t from = reader_.next_k();
  for (int vanished = 0; vanished < kMaxVanished;) {
    const auto k = source_.FirstTail(id_, from);
    if (!k) return tl::unexpected(k.error());
    std::unique_ptr<ByteSource> bytes;
    if (*k) {
      auto opened = source_.OpenTail(id_, **k);
      if (!opened) return tl::unexpected(opened.error());
      bytes = std::move(*opened);
    }
    const auto step = reader_.Next();
    if (!step || *step != Step::kCut) return step;
    if (!*k) return Step::kCut;
    if (bytes == nullptr) {
      ++vanished;
      continue;
    }
    TailReader tail(std::move(bytes), id_, **k);
    const auto problem = CheckTail(tail);
    if (!problem) return tl::unexpected(problem.error());
    if (*problem) {
      // Said here, for the main file has nothing to say of it.
      report_.verdict = Verdict::kAltered;
      report_.altered_frame = **k;
      report_.summary = fmt::format("altered in the tail segment of frame {}, after {}: {}", **k,
                                    SignedUntil(), **problem);
      return Step::kAltered;
    }
    from = **k + 1;
  }
  return Step::kCut;
}

Result<std::optional<Verifier::Signed>> Verifier::NextSigned(uint64_t from) const {
  const size_t frame_size = keys_ ? kCheckpointFrameSize : kGenesisFrameSize;
  const std::string_view start = keys_ ? kCheckpointStart : kGenesisStart;
  const uint64_t distance = keys_ ? kSearchBytes : kGenesisSearchBytes;
  std::string window;
  for (uint64_t at = from; at < from + distance; at += kSearchPiece) {
    window.resize(kSearchPiece + frame_size);
    const auto size = source_.main().ReadAt(at, window.data(), window.size());
    if (!size) return tl::unexpected(size.error());
    window.resize(*size);
    for (size_t found = window.find(start); found < kSearchPiece && found != std::string::npos;
         found = window.find(start, found + 1)) {
      const auto checkpoint =
          Checkpoint::DecodeFrame(std::string_view(window).substr(found, frame_size));
      if (!checkpoint) continue;
      const CheckpointBody& body = checkpoint->body;
      if (keys_ && (body.k <= accepted_k_ || body.id != id_)) continue;
      // Genesis vouches for itself: no bytes but those of a recording do.
      const Spki& key = keys_ ? keys_->session_key : checkpoint->genesis->session_key;
      if (!keys_ && body.prev != GenesisPrev(key)) continue;
      if (VerifySignature(key, body.Encode(), checkpoint->signature)) {
        return Signed{body.wall_ns, at + found + frame_size};
      }
    }
    if (*size < kSearchPiece) break;
  }
  return std::nullopt;
}

// Where a file seems cut, or not to be a recording at all: whether a signed checkpoint follows all
// the same. Then what stands before it was altered, so that its end was not found.
Result<bool> Verifier::SomethingSignedFollows() {
  if (const auto& hole = reader_.hole()) {
    if (keys_) return HoleIsForged(*hole);
    // Genesis is on the disk before anything follows it.
    const auto next = NextSigned(0);
    if (!next) return tl::unexpected(next.error());
    const auto size = source_.main().Size();
    if (!size) return tl::unexpected(size.error());
    return *next && (*next)->end != *size;
  }
  const auto next = NextSigned(reader_.offset());
  if (!next) return tl::unexpected(next.error());
  return next->has_value();
}

Result<void> Verifier::Altered(uint64_t from, const std::string& problem) {
  report_.verdict = Verdict::kAltered;
  std::string when;
  report_.altered_at = from;
  const auto next = NextSigned(from);
  if (!next) return tl::unexpected(next.error());
  if (report_.frames > 0 && *next) {
    when = fmt::format(", between {} and {}", SignedUntil(), FormatWall((*next)->wall_ns));
  } else if (report_.frames > 0) {
    when = fmt::format(", after {}", SignedUntil());
  }
  if (report_.seal_link) {
    report_.summary = fmt::format("altered after the seal of {}: {}", SignedUntil(), problem);
    return {};
  }
  report_.altered_frame = report_.frames == 0 ? 0 : accepted_k_ + 1;
  report_.summary = fmt::format("altered in frame {}, at byte {}{}: {}", *report_.altered_frame,
                                from, when, problem);
  return {};
}

// Encrypted bytes that are not authentic: nothing behind them can be looked at.
void Verifier::AlteredBytes(const std::string& problem) {
  report_.verdict = Verdict::kAltered;
  report_.altered_frame = report_.frames;
  const std::string when = report_.frames > 0 ? ", after " + SignedUntil() : "";
  report_.summary = fmt::format("altered in frame {}{}: {}", report_.frames, when, problem);
}

void Verifier::Unreadable(const std::string& why) {
  report_.verdict = Verdict::kUnreadable;
  report_.summary = why;
}

// Bytes that mean nothing to this program, in a recording whose signed header names a minor version
// after ours: it cannot say whether they are right.
bool Verifier::IsOfLaterVersion() {
  if (!report_.header) return false;
  const std::string& format = report_.header->session->format;
  const std::string ours = SessionInfo().format;
  if (format == ours) return false;
  Unreadable(fmt::format(
      "a recording of version {}; this program reads version {}, use a newer one", format, ours));
  return true;
}

void Verifier::NoSeal() {
  report_.verdict = Verdict::kNoSeal;
  if (!keys_) {
    report_.summary = "no seal, cut before the first checkpoint: nothing in it is signed";
    return;
  }
  if (tail_wall_ns_ != 0) report_.intact_until_wall_ns = static_cast<int64_t>(tail_wall_ns_);
  report_.lines += tail_signed_;
  report_.unsigned_lines += tail_unsigned_;
  std::string more;
  if (tail_unsigned_ > 0) more = fmt::format(" ({} later lines are not signed)", tail_unsigned_);
  const std::string_view why =
      reader_.after_seal()
          ? "the seal is there, but the end of the file behind it is cut"
          : "a crash, a running session or a cut cannot be told apart without an anchor";
  report_.summary = fmt::format("no seal, intact up to {}{}: {}", SignedUntil(), more, why);
  if (unwatched_) WatchClock(*unwatched_, UINT64_MAX);
  Remark(SignedBy());
}

void Verifier::Recovered() {
  report_.verdict = Verdict::kNoSeal;
  const Spki& recoverer = *reader_.unit().checkpoint.recoverer;
  const Signer* known = options_.signers.Find(
      recoverer, static_cast<int64_t>(reader_.unit().checkpoint.body.wall_ns));
  report_.summary = fmt::format(
      "recovered from a recording without a seal, intact up to {}; the last {} lines are the word "
      "of "
      "who recovered it, {}{}",
      SignedUntil(), report_.unsigned_lines, known == nullptr ? "unknown " : "",
      *report_.recovered_by);
  if (known != nullptr && !known->principal.empty()) {
    report_.summary += fmt::format(" ({})", known->principal);
  }
  if (unwatched_) WatchClock(*unwatched_, UINT64_MAX);
  Remark(SignedBy());
}

void Verifier::Sealed() {
  report_.verdict = report_.signer_trusted ? Verdict::kTrusted : Verdict::kUnknownSigner;
  report_.summary =
      fmt::format("{}, {} lines, {}", report_.signer_trusted ? "sealed and intact" : "consistent",
                  report_.lines, SignedBy());
}

// Whether somebody made the hole: all that stands before a seal was on the disk when that was
// written, so no power cut takes it any more.
Result<bool> Verifier::HoleIsForged(const FrameReader::Hole& hole) {
  const auto sealed = SealStandsBehind(hole.end);
  if (!sealed || *sealed) return sealed;
  Remark(fmt::format(
      "bytes {} to {} are zeros where a frame should be, and others follow: a power cut "
      "leaves this when it takes writes out of order, and so does whoever overwrites "
      "them",
      hole.begin, hole.end));
  return false;
}

// Whether a seal by the session key, and the seek table's end behind it, stand at the file's end.
Result<bool> Verifier::SealStandsBehind(uint64_t position) {
  constexpr uint64_t kFooter = 9, kTableHeader = 8, kEntry = 8;
  const auto size = source_.main().Size();
  if (!size) return tl::unexpected(size.error());
  if (*size < kFooter) return false;
  std::string bytes(kFooter, '\0');
  auto read = source_.main().ReadAt(*size - kFooter, bytes.data(), bytes.size());
  if (!read) return tl::unexpected(read.error());
  uint64_t entries = 0;
  for (int i = 3; i >= 0; --i) entries = entries << 8 | static_cast<uint8_t>(bytes[i]);
  const uint64_t end = kTableHeader + entries * kEntry + kFooter + kCheckpointFrameSize;
  if (end > *size || *size - end < position) return false;
  bytes.resize(kCheckpointFrameSize);
  read = source_.main().ReadAt(*size - end, bytes.data(), bytes.size());
  if (!read) return tl::unexpected(read.error());
  if (*read < bytes.size()) return false;
  const auto checkpoint = Checkpoint::DecodeFrame(bytes);
  return checkpoint && checkpoint->body.kind == CheckpointKind::kSeal &&
         checkpoint->body.k > accepted_k_ + 1 && checkpoint->body.id == id_ &&
         VerifySignature(keys_->session_key, checkpoint->body.Encode(), checkpoint->signature);
}

// Zeros from within the unit to the end of the file, or a hole in it: bytes that a power cut kept
// from the disk. What can still be checked beside them must be right, or a forged frame could pass
// for a torn one.
Result<bool> Verifier::IsTorn(const FrameReader::Unit& unit) {
  const uint64_t begin = unit.offset, end = reader_.offset();
  Result<bool> ok = true;
  const auto lost = [&](uint64_t from, uint64_t to) {
    const auto hole = reader_.FindHole(begin, from, to);
    const auto zeros = reader_.OnlyZerosFrom(to - 1);
    if (!hole) ok = tl::unexpected(hole.error());
    if (!zeros) ok = tl::unexpected(zeros.error());
    return ok && (*zeros || hole->has_value());
  };
  const bool any = lost(begin, end);
  if (!ok || !any || unit.k == 0) return ok ? any : ok;
  // What `recover` writes is on the disk before it has its name.
  if (reader_.recovered()) return false;
  const Checkpoint& checkpoint = unit.checkpoint;
  const uint64_t checkpoint_at = begin + unit.frame.size();
  const uint64_t open_at = end - kOpenPartSize;
  const bool frame_lost = lost(begin, checkpoint_at);
  const bool body_lost = lost(checkpoint_at, open_at);
  const bool facts_lost = lost(open_at, end - checkpoint.seed.size());
  if (!ok) return ok;
  const bool signature_holds =
      body_lost ||
      VerifySignature(keys_->session_key, checkpoint.body.Encode(), checkpoint.signature);
  const bool facts_hold =
      facts_lost ||
      ((body_lost || checkpoint.facts.Commit(checkpoint.fsalt) == checkpoint.body.facts_commit) &&
       (frame_lost || checkpoint.facts.frame_hash == Sha256::Of(unit.frame)));
  if (!signature_holds || !facts_hold) return false;
  const auto forged = SealStandsBehind(end);
  return forged ? Result<bool>(!*forged) : forged;
}

Result<void> Verifier::Walk() {
  while (true) {
    auto step = reader_.Next();
    if (step && *step == Step::kCut && keys_ && !reader_.after_seal() && !reader_.recovered()) {
      step = Tails();
    }
    if (!step && step.error().kind == ErrorKind::kFormat) {
      AlteredBytes(step.error().message);
      return {};
    }
    if (!step) return tl::unexpected(step.error());
    if (*step == Step::kForeign || (*step == Step::kCut && !reader_.after_seal() && !torn_)) {
      const auto follows = SomethingSignedFollows();
      if (!follows) return tl::unexpected(follows.error());
      if (*follows && *step == Step::kForeign) return Altered(0, reader_.problem());
      if (*follows) {
        // Unless the file has grown meanwhile.
        auto again = reader_.Next();
        if (!again) return tl::unexpected(again.error());
        if (*again == Step::kCut) {
          return Altered(reader_.offset(), reader_.hole() ? kSealFollows : kSignedFollows);
        }
        step = *again;
      }
    }
    if (*step != Step::kCut) {
      tail_signed_ = tail_unsigned_ = tail_wall_ns_ = 0;
    }
    switch (*step) {
      case Step::kForeign:
        Unreadable(reader_.problem());
        return {};
      case Step::kSealed:
        reader_.recovered() ? Recovered() : Sealed();
        return {};
      case Step::kCut:
        NoSeal();
        return {};
      case Step::kAltered:
        if (report_.verdict == Verdict::kAltered) return {};
        if (reader_.of_later_version() && IsOfLaterVersion()) return {};
        return Altered(reader_.offset(), reader_.problem());
      case Step::kFrame:
        break;
    }
    const FrameReader::Unit& unit = reader_.unit();
    auto problem = CheckFrame(unit);
    if (problem) {
      const auto torn = IsTorn(unit);
      if (!torn) return tl::unexpected(torn.error());
      if (!*torn) return Altered(unit.offset, *problem);
      Remark(fmt::format("frame {} is torn: nothing vouches for the {} lines in it", unit.k,
                         unit.checkpoint.body.lines));
      reader_.RejectUnit();
      torn_ = true;
      continue;
    }
    Accept(unit);
    if (unit.k > 0) continue;

    NameSigner();
    auto header = ParseHeader(unit.lines.substr(0, unit.lines.size() - 1));
    if (!header) {
      Unreadable(header.error().message);
      return {};
    }
    if (!header->session) {
      Unreadable("the header has no session");
      return {};
    }
    if (header->session->id != id_) {
      report_.frames = 0;
      return Altered(0, "the header's id is not that of its checkpoint");
    }
    const std::string& user_key = header->session->user_key;
    if (!user_key.empty() && user_key != report_.signer) {
      report_.frames = 0;
      return Altered(0, fmt::format("the session was certified by {}, as its header says; {} put "
                                    "another certificate in the place of that one",
                                    user_key, report_.signer));
    }
    clock_.emplace(static_cast<uint64_t>(header->session->start_wall_ns));
    WatchClock(unit.checkpoint.body, 0);
    report_.header = std::move(*header);
    const std::string name = path_.substr(path_.rfind('/') + 1);
    const std::string stem = FormatUuid(id_);
    if (name != stem + ".cast.zst" && name != stem + ".cast.zst.age" &&
        name != stem + ".recovered.cast.zst" && name != stem + ".recovered.cast.zst.age") {
      Remark(fmt::format("the file's name is not the id inside, {}", FormatUuid(id_)));
    }
  }
}

Result<VerifyReport> Verifier::Run() {
  char first = 0;
  const auto size = source_.main().ReadAt(0, &first, 1);
  if (!size && size.error().kind == ErrorKind::kFormat) {
    AlteredBytes(size.error().message);
    return report_;
  }
  if (!size) return tl::unexpected(size.error());
  if (*size == 1 && first == '{') {
    Unreadable("a plain cast: nothing in it can be verified");
    return report_;
  }
  if (const auto walked = Walk(); !walked) return tl::unexpected(walked.error());
  return report_;
}

}  // namespace

Result<VerifyReport> VerifyRecording(const RecordingSource& source, const std::string& path,
                                     const VerifyOptions& options) {
  return Verifier(source, path, options).Run();
}

Result<VerifyReport> VerifyRecording(const std::string& path, const VerifyOptions& options) {
  auto source = RecordingSource::Open(path);
  if (!source) return tl::unexpected(source.error());
  const auto encrypted = IsEncrypted(**source);
  if (!encrypted) return tl::unexpected(encrypted.error());
  if (!*encrypted) return VerifyRecording(**source, path, options);
  const auto outer = OuterCheck::Make(path, (*source)->main());
  if (!outer) return tl::unexpected(outer.error());
  if (!options.identities) {
    return outer->Locked(options.signers,
                         "encrypted: name an identity with --identity FILE to read it");
  }
  const auto identities = options.identities();
  if (!identities) {
    return Fail(identities.error().kind, "{} is encrypted: {}", path, identities.error().message);
  }
  const auto opened = Decrypt(std::move(*source), *identities);
  if (!opened && opened.error().kind != ErrorKind::kIo) {
    return outer->Locked(options.signers, opened.error().message);
  }
  if (!opened) return tl::unexpected(opened.error());
  auto report = VerifyRecording(**opened, path, options);
  if (report) outer->Apply(*report);
  return report;
}

}  // namespace secure_exec
