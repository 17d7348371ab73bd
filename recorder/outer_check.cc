#include "recorder/outer_check.h"

#include <algorithm>
#include <string_view>

#include "recorder/frame_check.h"

namespace secure_exec {
namespace {

constexpr std::string_view kSuffix = ".cast.zst.age";
constexpr std::string_view kLastLine = "\nsignature ";
constexpr size_t kPiece = 1 << 20;

// The text beside it; nullopt where there is none.
Result<std::optional<std::string>> ReadText(const std::string& path) {
  if (!path.ends_with(kSuffix)) return std::nullopt;
  const std::string beside = path.substr(0, path.size() - kSuffix.size()) + ".seal";
  const auto source = FileSource::Open(beside, /*follow=*/false);
  if (!source && source.error().kind == ErrorKind::kNotFound) return std::nullopt;
  if (!source) return tl::unexpected(source.error());
  std::string text(kMaxOuterSeal + 1, '\0');
  const auto size = (*source)->ReadAt(0, text.data(), text.size());
  if (!size) return tl::unexpected(size.error());
  text.resize(*size);
  return text;
}

// What a power cut leaves of one: not all of it, or zeros.
bool IsTorn(std::string_view text) {
  const size_t last = text.rfind(kLastLine);
  return text.find('\0') != text.npos || last == text.npos || !text.ends_with('\n');
}

Result<Hash> HashOf(const ByteSource& file, uint64_t& size) {
  Sha256 hash;
  std::string piece(kPiece, '\0');
  for (size = 0;;) {
    const auto got = file.ReadAt(size, piece.data(), piece.size());
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return hash.Finish();
    hash.Update(std::string_view(piece).substr(0, *got));
    size += *got;
  }
}

// When the session began, by the seal's clock.
int64_t StartOf(const OuterSeal& seal) {
  constexpr uint64_t kMost = INT64_MAX;
  const uint64_t length_ns = std::min(seal.duration_us, kMost / 1000) * 1000;
  const uint64_t wall_ns = std::min(seal.wall_ns, kMost);
  return static_cast<int64_t>(wall_ns > length_ns ? wall_ns - length_ns : 0);
}

std::string SignerOf(const OuterSeal& seal) { return Fingerprint(seal.keys.user_key); }

}  // namespace

Result<std::optional<OuterSeal>> ReadOuterSeal(const std::string& path) {
  const auto text = ReadText(path);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::nullopt;
  auto seal = OuterSeal::Parse(**text);
  if (!seal) return tl::unexpected(seal.error());
  return *seal;
}

Result<OuterCheck> OuterCheck::Make(const std::string& path, const ByteSource& file) {
  OuterCheck check;
  const auto text = ReadText(path);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return check;
  auto seal = OuterSeal::Parse(**text);
  if (!seal && IsTorn(**text)) {
    check.torn_ = "the seal beside it is torn, as a power cut leaves it, and says nothing";
    return check;
  }
  if (!seal) {
    check.problem_ = seal.error().message;
    return check;
  }
  check.seal_ = *seal;
  uint64_t size = 0;
  const auto hash = HashOf(file, size);
  if (!hash) return tl::unexpected(hash.error());
  if (size != seal->size) {
    check.problem_ = fmt::format("it has {} bytes, its seal says {}", size, seal->size);
  } else if (*hash != seal->sha256) {
    check.problem_ = "its bytes are not those that its seal was made for";
  }
  return check;
}

std::optional<std::string> OuterCheck::ProblemWith(const VerifyReport& report) const {
  // The hash of the first body is bound to the session key, and that of the last to all bodies.
  if (report.genesis_link != seal_->genesis_link || report.signer != SignerOf(*seal_) ||
      report.header->session->id != seal_->id) {
    return fmt::format("the seal beside it is of another recording or signer, {}",
                       SignerOf(*seal_));
  }
  if (!problem_.empty()) return problem_;
  if (report.seal_link != seal_->seal_link || report.frames != seal_->frames ||
      report.lines != seal_->lines) {
    return "its seal is not the one inside";
  }
  return std::nullopt;
}

void OuterCheck::Apply(VerifyReport& report) const {
  if (!torn_.empty()) report.remarks.push_back(torn_);
  if (report.verdict == Verdict::kAltered) return;
  if (!seal_ && problem_.empty()) {
    if (report.seal_link && torn_.empty() && !report.recovered_by) {
      report.remarks.emplace_back("the seal beside it is missing");
    }
    return;
  }
  std::optional<std::string> problem;
  if (!problem_.empty()) problem = problem_;
  if (seal_ && report.header && report.header->session) {
    problem = ProblemWith(report);
  } else if (!problem && report.verdict == Verdict::kNoSeal) {
    problem = "nothing in it is signed, but its seal says that it was whole";
  }
  if (!problem) return;
  report.verdict = Verdict::kAltered;
  report.summary = fmt::format("altered, it or the seal beside it: {}", *problem);
}

VerifyReport OuterCheck::Locked(const Signers& signers, const std::string& why) const {
  VerifyReport report;
  if (!torn_.empty()) report.remarks.push_back(torn_);
  if (seal_) {
    report.signer = SignerOf(*seal_);
    const auto wall = static_cast<int64_t>(std::min<uint64_t>(seal_->wall_ns, INT64_MAX));
    if (const auto* signer = signers.Find(seal_->keys.user_key, wall)) {
      report.principal = signer->principal;
      report.signer_trusted = signer->ValidAt(wall);
    }
  }
  std::string who =
      fmt::format("signed by {}{}", report.signer_trusted ? "" : "unknown ", report.signer);
  if (!report.principal.empty()) {
    who = fmt::format("signed by {} ({}{})", report.signer, report.principal,
                      report.signer_trusted ? "" : ", not trusted at the time");
  }
  if (!problem_.empty()) {
    report.verdict = Verdict::kAltered;
    report.summary = fmt::format("altered, it or the seal beside it: {}", problem_);
    if (seal_) report.remarks.push_back("the seal is " + who);
    return report;
  }
  if (!seal_) {
    report.summary = fmt::format("{}; without a seal nothing else can be said of it", why);
    return report;
  }
  report.summary =
      fmt::format("{}; as its seal says, it is whole, {} lines, {}", why, seal_->lines, who);
  report.locked = true;
  report.id = seal_->id;
  report.genesis_link = seal_->genesis_link;
  report.seal_link = seal_->seal_link;
  report.genesis_wall_ns = StartOf(*seal_);
  return report;
}

}  // namespace secure_exec
