#include "recorder/verify.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "recorder/clock_watch.h"
#include "recorder/container/checkpoint.h"
#include "recorder/container/frame_reader.h"
#include "recorder/frame_chain.h"
#include "recorder/outer_check.h"
#include "recorder/recording_source.h"
#include "recorder/signed_behind.h"
#include "recorder/tail_check.h"
#include "recorder/torn_frame.h"

namespace secure_exec {
namespace {

using Step = FrameReader::Step;
constexpr size_t kMaxRemarks = 20;
constexpr int kMaxVanished = 100;
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
  void Accept(const FrameReader::Unit& unit);
  Result<Step> Tails();

  // `from`: where the bad frame begins, bytes.
  Result<void> Altered(uint64_t from, const std::string& problem);
  Result<bool> SomethingSignedFollows();
  Result<bool> HoleIsForged(const FrameReader::Hole& hole);
  void NoSeal();
  void Sealed();
  void Recovered();
  void TakeGenesis(const CheckpointBody& body);
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

  FrameChain chain_;
  bool torn_ = false;  // the last frame was, and was taken back
  std::optional<ClockWatch> clock_;
  std::optional<CheckpointBody> unwatched_;  // whose latest time the next frame tells

  std::optional<TailCheck> tail_;  // counts only while its frame is not in the main file
};

void Verifier::Remark(std::string text) {
  if (report_.remarks.size() < kMaxRemarks) report_.remarks.push_back(std::move(text));
}

// K0 was authentic.
void Verifier::TakeGenesis(const CheckpointBody& body) {
  report_.id = chain_.id();
  report_.genesis_link = body.Link();
  report_.genesis_wall_ns =
      static_cast<int64_t>(std::min<uint64_t>(body.wall_ns, uint64_t{INT64_MAX}));
}

// When K0 was authentic: who that is, and whether the caller vouches for them.
void Verifier::NameSigner() {
  report_.signer = Fingerprint(chain_.keys().user_key);
  const Signer* signer = options_.signers.Find(chain_.keys().user_key, report_.genesis_wall_ns);
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

void Verifier::Accept(const FrameReader::Unit& unit) {
  const CheckpointBody& body = unit.checkpoint.body;
  chain_.Accept(unit, reader_.recovered());
  if (options_.keep_links && body.kind < CheckpointKind::kInterim) {
    report_.links.push_back(chain_.link());
  }
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
    report_.seal_link = chain_.link();
    WatchClock(body, body.t_last_us);
  }
}

// Looks at the segments behind the end of the main file, unless that has grown meanwhile: then
// what it gives counts and the segments do not. The order is ContainerRecording's.
Result<Step> Verifier::Tails() {
  uint64_t from = reader_.next_k();
  tail_.emplace(chain_, reader_.next_k(), reader_.next_line());
  for (int vanished = 0; vanished < kMaxVanished;) {
    const auto k = source_.FirstTail(chain_.id(), from);
    if (!k) return tl::unexpected(k.error());
    std::unique_ptr<ByteSource> bytes;
    if (*k) {
      auto opened = source_.OpenTail(chain_.id(), **k);
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
    TailReader tail(std::move(bytes), chain_.id(), **k);
    const auto problem = tail_->Check(tail);
    if (!problem) return tl::unexpected(problem.error());
    if (tail_->lost_lines() > 0) {
      Remark(fmt::format("{} lines before tail segment {} are lost", tail_->lost_lines(), **k));
    }
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

// Where a file seems cut, or not to be a recording at all: whether a signed checkpoint follows all
// the same. Then what stands before it was altered, so that its end was not found.
Result<bool> Verifier::SomethingSignedFollows() {
  if (const auto& hole = reader_.hole()) {
    if (chain_.begun()) return HoleIsForged(*hole);
    // Genesis is on the disk before anything follows it.
    const auto next = FindSigned(source_.main(), chain_, 0);
    if (!next) return tl::unexpected(next.error());
    const auto size = source_.main().Size();
    if (!size) return tl::unexpected(size.error());
    return *next && (*next)->end != *size;
  }
  const auto next = FindSigned(source_.main(), chain_, reader_.offset());
  if (!next) return tl::unexpected(next.error());
  return next->has_value();
}

Result<void> Verifier::Altered(uint64_t from, const std::string& problem) {
  report_.verdict = Verdict::kAltered;
  std::string when;
  report_.altered_at = from;
  const auto next = FindSigned(source_.main(), chain_, from);
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
  report_.altered_frame = report_.frames == 0 ? 0 : chain_.last_k() + 1;
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
  if (!chain_.begun()) {
    report_.summary = "no seal, cut before the first checkpoint: nothing in it is signed";
    return;
  }
  std::string more;
  if (tail_) {
    if (tail_->wall_ns() != 0) {
      report_.intact_until_wall_ns = static_cast<int64_t>(tail_->wall_ns());
    }
    report_.lines += tail_->signed_lines();
    report_.unsigned_lines += tail_->unsigned_lines();
    if (tail_->unsigned_lines() > 0) {
      more = fmt::format(" ({} later lines are not signed)", tail_->unsigned_lines());
    }
  }
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
      "of who recovered it, {}{}",
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
  const auto sealed = SealStandsBehind(source_.main(), chain_, hole.end);
  if (!sealed || *sealed) return sealed;
  Remark(fmt::format(
      "bytes {} to {} are zeros where a frame should be, and others follow: a power cut "
      "leaves this when it takes writes out of order, and so does whoever overwrites "
      "them",
      hole.begin, hole.end));
  return false;
}

Result<void> Verifier::Walk() {
  while (true) {
    auto step = reader_.Next();
    if (step && *step == Step::kCut && chain_.begun() && !reader_.after_seal() &&
        !reader_.recovered()) {
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
    if (*step != Step::kCut) tail_.reset();
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
    const Problem problem = chain_.Check(unit);
    if (unit.k == 0 && chain_.begun()) TakeGenesis(unit.checkpoint.body);
    if (problem) {
      const auto torn = IsTornFrame(source_.main(), reader_, chain_, unit);
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
    if (header->session->id != chain_.id()) {
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
    const std::string stem = FormatUuid(chain_.id());
    if (name != stem + ".cast.zst" && name != stem + ".cast.zst.age" &&
        name != stem + ".recovered.cast.zst" && name != stem + ".recovered.cast.zst.age") {
      Remark(fmt::format("the file's name is not the id inside, {}", FormatUuid(chain_.id())));
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
