#include "recorder/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "recorder/age/payload_writer.h"
#include "recorder/cast/line_writer.h"
#include "recorder/container/frame_compressor.h"
#include "recorder/container/frame_reader.h"
#include "recorder/encrypted_source.h"
#include "recorder/frame_check.h"
#include "recorder/recording_source.h"
#include "recorder/tail_reader.h"
#include "recorder/verify.h"

namespace secure_exec {
namespace {

constexpr int kLevel = 3;
constexpr size_t kPiece = 1 << 20;

// The file while it is made: under a name of its own, and gone unless it is kept.
class NewFile {
 public:
  static Result<NewFile> Make(const std::string& final_path) {
    std::string path = final_path + "." + HexEncode(AsView(RandomArray<8>()));
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return FailErrno(ErrorKind::kIo, "making " + path, errno);
    (void)::fchmod(fd.get(), 0600);
    return NewFile(std::move(fd), std::move(path));
  }
  NewFile(NewFile&& other) noexcept
      : fd_(std::move(other.fd_)), path_(std::exchange(other.path_, "")) {}
  ~NewFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  const std::string& path() const { return path_; }
  Result<void> Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return FailErrno(ErrorKind::kIo, "writing " + path_, count < 0 ? errno : EIO);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return {};
  }
  // On the disk, under its name; false where that name is taken.
  Result<bool> Keep(const std::string& final_path) {
    if (::fsync(fd_.get()) != 0) return FailErrno(ErrorKind::kIo, "writing " + path_, errno);
    if (::link(path_.c_str(), final_path.c_str()) != 0) {
      if (errno == EEXIST) return false;
      return FailErrno(ErrorKind::kIo, "making " + final_path, errno);
    }
    const size_t slash = final_path.rfind('/');
    const std::string directory =
        slash == std::string::npos ? "." : final_path.substr(0, slash + 1);
    const UniqueFd parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent) (void)::fsync(parent.get());
    return true;
  }

 private:
  NewFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

// Where the recording is written: as it is, or as an age file.
class Sink {
 public:
  explicit Sink(NewFile& file) : file_(file) {}
  // From now on encrypted, under a file key of its own: nothing is ever appended under the old one.
  Result<void> Encrypt(const std::vector<std::string>& recipients) {
    std::vector<AgeRecipient> parsed;
    for (const std::string& text : recipients) {
      auto recipient = AgeRecipient::Parse(text);
      if (!recipient) return tl::unexpected(recipient.error());
      parsed.push_back(*recipient);
    }
    const AgeFileKey file_key = AgeFileKey::Random(RandomBytes);
    auto header = EncodeAgeHeader(file_key, parsed, RandomBytes);
    if (!header) return tl::unexpected(header.error());
    AgePayloadNonce nonce;
    RandomBytes(nonce.data(), nonce.size());
    *header += AsView(nonce);
    payload_.emplace(file_key, nonce);
    return file_.Write(*header);
  }
  Result<void> Write(std::string_view bytes) {
    if (!payload_) return file_.Write(bytes);
    sealed_.clear();
    payload_->Append(bytes, sealed_);
    return file_.Write(sealed_);
  }
  Result<void> Finish() {
    if (!payload_) return {};
    sealed_.clear();
    payload_->Finish(sealed_);
    return file_.Write(sealed_);
  }

 private:
  NewFile& file_;
  std::optional<AgePayloadWriter> payload_;
  std::string sealed_;
};

// Lines of a segment that stand under one signature.
struct Part {
  std::string lines;
  uint32_t count = 0;
  void Add(std::string_view line) {
    lines += line;
    lines += '\n';
    ++count;
  }
};

class Recoverer {
 public:
  Recoverer(const RecordingSource& source, Sink& out, const SigningKey& key)
      : source_(source), out_(out), key_(key), reader_(source.main()) {}

  // `frames`: how many of the main file verify found good.
  Result<void> Run(uint64_t frames);
  uint64_t unsigned_lines() const { return unsigned_lines_; }

 private:
  Result<void> CopyFrames(uint64_t frames);
  Result<void> TakeSegment(TailReader& tail);
  Result<void> EndWithMarker();
  // A frame with the session's own interim body and signature.
  Result<void> WriteInterim(const Part& part, const Hash& seed, std::string_view body,
                            const Signature& signature);
  Result<void> WriteRecovered();
  Result<void> WriteFrame(const Part& part, const Hash& seed, Checkpoint checkpoint);
  // Unsigned lines that are still to be written, and where they begin.
  void Begin(uint64_t k, uint64_t first_line);

  const RecordingSource& source_;
  Sink& out_;
  const SigningKey& key_;
  FrameReader reader_;
  FrameCompressor compressor_;
  std::vector<SeekEntry> entries_;
  CheckpointBody last_;  // of the last frame that was written
  Hash link_{};          // its hash
  uint64_t last_us_ = 0;
  bool sealed_ = false;

  Part rest_;
  uint64_t rest_k_ = 0;
  uint64_t rest_first_line_ = 0;
  uint64_t unsigned_lines_ = 0;
};

Result<void> Recoverer::CopyFrames(uint64_t frames) {
  for (uint64_t i = 0; i < frames; ++i) {
    const auto step = reader_.Next();
    if (!step) return tl::unexpected(step.error());
    if (*step != FrameReader::Step::kFrame) {
      return Fail(ErrorKind::kIo, "the recording changed while it was read: try again");
    }
    const FrameReader::Unit& unit = reader_.unit();
    if (auto ok = out_.Write(unit.frame); !ok) return ok;
    if (auto ok = out_.Write(unit.checkpoint.EncodeFrame()); !ok) return ok;
    last_ = unit.checkpoint.body;
    entries_.push_back({static_cast<uint32_t>(unit.frame.size()), unit.plain_size});
    entries_.push_back({static_cast<uint32_t>(CheckpointFrameSize(last_.kind)), 0});
  }
  link_ = last_.Link();
  last_us_ = last_.t_last_us;
  sealed_ = last_.kind == CheckpointKind::kSeal;
  return {};
}

Result<void> Recoverer::WriteFrame(const Part& part, const Hash& seed, Checkpoint checkpoint) {
  FrameCheck check(seed, last_us_);
  for (std::string_view rest = part.lines; !rest.empty();) {
    const size_t end = rest.find('\n');
    if (const auto problem = check.Add(rest.substr(0, end))) {
      return Fail(ErrorKind::kFormat, "tail segment {}: {}", checkpoint.body.k, *problem);
    }
    rest.remove_prefix(end + 1);
  }
  std::string frame;
  if (auto ok = compressor_.Compress(part.lines, kLevel, frame); !ok) return ok;
  FrameFacts& facts = checkpoint.facts;
  facts.compressed_size = static_cast<uint32_t>(frame.size());
  facts.plain_size = static_cast<uint32_t>(part.lines.size());
  std::copy_n(check.payload_bytes(), kChannels, facts.payload_bytes);
  facts.frame_hash = Sha256::Of(frame);
  checkpoint.seed = seed;
  CheckpointBody& body = checkpoint.body;
  if (body.kind == CheckpointKind::kRecovered) {
    body.lines = check.lines();
    body.t_first_us = check.t_first_us();
    body.t_last_us = check.t_last_us();
    body.root = check.root();
    body.facts_commit = facts.Commit(checkpoint.fsalt);
    body.prev = link_;
    checkpoint.signature = key_.Sign(body.Encode());
  }
  if (auto ok = out_.Write(frame); !ok) return ok;
  if (auto ok = out_.Write(checkpoint.EncodeFrame()); !ok) return ok;
  entries_.push_back({facts.compressed_size, facts.plain_size});
  entries_.push_back({static_cast<uint32_t>(CheckpointFrameSize(body.kind)), 0});
  last_ = body;
  link_ = body.Link();
  last_us_ = check.t_last_us();
  return {};
}

Result<void> Recoverer::WriteInterim(const Part& part, const Hash& seed, std::string_view body,
                                     const Signature& signature) {
  auto decoded = CheckpointBody::Decode(body);
  if (!decoded) return tl::unexpected(decoded.error());
  Checkpoint checkpoint;
  checkpoint.body = *decoded;
  checkpoint.signature = signature;
  return WriteFrame(part, seed, checkpoint);
}

void Recoverer::Begin(uint64_t k, uint64_t first_line) {
  rest_ = {};
  rest_k_ = k;
  rest_first_line_ = first_line;
}

Result<void> Recoverer::WriteRecovered() {
  if (rest_.count == 0) return {};
  // Nobody who sees a copy from which lines were removed can know them, and they are the same every
  // time: Ed25519 has no randomness.
  std::string message("secure-exec recover\n\x01", 21);
  message += AsView(last_.id);
  for (int shift = 0; shift < 64; shift += 8) message += static_cast<char>(rest_k_ >> shift & 0xFF);
  message += AsView(Sha256::Of(rest_.lines));
  const Signature secret = key_.Sign(message);
  Checkpoint checkpoint;
  checkpoint.fsalt = Sha256::Of("secure-exec fsalt\n" + std::string(AsView(secret)));
  checkpoint.recoverer = key_.spki();
  checkpoint.body.id = last_.id;
  checkpoint.body.kind = CheckpointKind::kRecovered;
  checkpoint.body.k = rest_k_;
  checkpoint.body.first_line = rest_first_line_;
  // Not now: the same recording gives the same bytes.
  checkpoint.body.wall_ns = last_.wall_ns;
  const Hash seed = Sha256::Of("secure-exec seed\n" + std::string(AsView(secret)));
  auto written = WriteFrame(rest_, seed, checkpoint);
  Begin(rest_k_ + 1, rest_first_line_ + rest_.count);
  return written;
}

Result<void> Recoverer::TakeSegment(TailReader& tail) {
  Part part;  // since the last signature
  Part with_signature;
  std::string body;
  Signature signature{};
  while (true) {
    const auto item = tail.Next();
    if (!item) {
      return Fail(item.error().kind, "tail segment {}: {}", tail.k(), item.error().message);
    }
    if (*item == TailReader::Item::kEnd) break;
    if (*item == TailReader::Item::kLine) {
      part.Add(tail.line());
      continue;
    }
    body = tail.body();
    signature = tail.signature();
    with_signature.lines += part.lines;
    with_signature.count += part.count;
    part = {};
  }
  if (with_signature.count + part.count == 0) return {};
  // What the segment before left unsigned comes first.
  if (auto ok = WriteRecovered(); !ok) return ok;
  if (with_signature.count > 0) {
    if (auto ok = WriteInterim(with_signature, tail.seed(), body, signature); !ok) return ok;
  }
  Begin(tail.k(), tail.first_line() + with_signature.count);
  rest_ = std::move(part);
  unsigned_lines_ += rest_.count;
  return {};
}

Result<void> Recoverer::EndWithMarker() {
  // The time of the line before, so that it goes back for nobody.
  uint64_t t_us = last_us_;
  if (rest_.count > 0) {
    const size_t before_last = rest_.lines.rfind('\n', rest_.lines.size() - 2);
    const size_t begin = before_last == std::string::npos ? 0 : before_last + 1;
    const std::string_view line = std::string_view(rest_.lines).substr(begin);
    if (const auto prefix = ParseLinePrefix(line.substr(0, line.size() - 1))) t_us = prefix->t_us;
  }
  std::string marker;
  AppendTextLine(
      static_cast<int64_t>(t_us), 'm',
      fmt::format("secure-exec: recovered: the session's recording has no end; its last {} "
                  "lines were not signed",
                  unsigned_lines_),
      marker);
  if (rest_.lines.size() + marker.size() > kMaxFrameContent) {
    if (auto ok = WriteRecovered(); !ok) return ok;
  }
  marker.pop_back();
  rest_.Add(marker);
  return WriteRecovered();
}

Result<void> Recoverer::Run(uint64_t frames) {
  if (auto ok = CopyFrames(frames); !ok) return ok;
  if (!sealed_) {
    Begin(last_.k + 1, last_.first_line + last_.lines);
    for (uint64_t from = last_.k + 1;;) {
      const auto k = source_.FirstTail(last_.id, from);
      if (!k) return tl::unexpected(k.error());
      if (!*k) break;
      auto bytes = source_.OpenTail(last_.id, **k);
      if (!bytes) return tl::unexpected(bytes.error());
      from = **k + 1;
      if (*bytes == nullptr) {
        return Fail(ErrorKind::kIo, "the recording changed while it was read: try again");
      }
      TailReader tail(std::move(*bytes), last_.id, **k);
      if (auto ok = TakeSegment(tail); !ok) return ok;
    }
    if (auto ok = EndWithMarker(); !ok) return ok;
  }
  if (auto ok = out_.Write(EncodeSeekTable(entries_)); !ok) return ok;
  return out_.Finish();
}

// The bytes of a file, in the clear.
Result<std::unique_ptr<RecordingSource>> OpenClear(const std::string& path,
                                                   const IdentitySource& identities) {
  if (auto file = FileSource::Open(path, /*follow=*/false); !file) {
    return tl::unexpected(file.error());
  }
  auto source = RecordingSource::Open(path);
  if (!source) return source;
  return DecryptIfNeeded(std::move(*source), identities, path);
}

// Encrypted ones differ every time: what is in them counts.
Result<bool> SameContent(const std::string& a, const std::string& b,
                         const IdentitySource& identities) {
  const auto first = OpenClear(a, identities);
  if (!first) return tl::unexpected(first.error());
  const auto second = OpenClear(b, identities);
  // What does not open is something else.
  if (!second && second.error().kind != ErrorKind::kIo) return false;
  if (!second) return tl::unexpected(second.error());
  std::string pieces[2] = {std::string(kPiece, '\0'), std::string(kPiece, '\0')};
  for (uint64_t at = 0;; at += kPiece) {
    const auto x = (*first)->main().ReadAt(at, pieces[0].data(), kPiece);
    if (!x) return tl::unexpected(x.error());
    const auto y = (*second)->main().ReadAt(at, pieces[1].data(), kPiece);
    if (!y && y.error().kind == ErrorKind::kFormat) return false;
    if (!y) return tl::unexpected(y.error());
    if (*x != *y || std::memcmp(pieces[0].data(), pieces[1].data(), *x) != 0) return false;
    if (*x == 0) return true;
  }
}

// Nothing, where verify's report allows for recovery.
Result<void> CheckRecoverable(const std::string& path, const VerifyReport& report) {
  switch (report.verdict) {
    case Verdict::kTrusted:
    case Verdict::kUnknownSigner:
      return Fail(ErrorKind::kUsage, "{} is sealed: there is nothing to recover", path);
    case Verdict::kAltered:
      return Fail(ErrorKind::kUsage, "{} is {}: recovering would hide that", path, report.summary);
    case Verdict::kUnreadable:
      return Fail(ErrorKind::kFormat, "{}: {}", path, report.summary);
    case Verdict::kNoSeal:
      break;
  }
  if (report.recovered_by) {
    return Fail(ErrorKind::kUsage, "{} was recovered already", path);
  }
  if (!report.genesis_link || !report.header) {
    return Fail(ErrorKind::kUsage, "{}: {}", path, report.summary);
  }
  return {};
}

}  // namespace

Result<Recovery> RecoverRecording(const std::string& path, const std::string& output,
                                  const SigningKey& key, const IdentitySource& identities) {
  auto files = RecordingSource::Open(path);
  if (!files) return tl::unexpected(files.error());
  const auto encrypted = IsEncrypted(**files);
  if (!encrypted) return tl::unexpected(encrypted.error());
  const auto source = DecryptIfNeeded(std::move(*files), identities, path);
  if (!source) return tl::unexpected(source.error());
  // By its path: an encrypted one is held against its seal, too.
  const VerifyOptions options{.identities = identities};
  const auto report = VerifyRecording(path, options);
  if (!report) return tl::unexpected(report.error());
  if (auto ok = CheckRecoverable(path, *report); !ok) return tl::unexpected(ok.error());

  Recovery recovery;
  recovery.path = output;
  if (output.empty()) {
    const size_t slash = path.rfind('/');
    recovery.path = (slash == std::string::npos ? "" : path.substr(0, slash + 1)) +
                    FormatUuid(report->header->session->id) + ".recovered.cast.zst" +
                    (*encrypted ? ".age" : "");
  }
  auto file = NewFile::Make(recovery.path);
  if (!file) return tl::unexpected(file.error());
  Sink sink(*file);
  if (*encrypted) {
    if (auto ok = sink.Encrypt(report->header->session->recipients); !ok) {
      return Fail(ok.error().kind, "recovering {}: the recipients in its header: {}", path,
                  ok.error().message);
    }
  }
  Recoverer recoverer(**source, sink, key);
  if (auto ok = recoverer.Run(report->frames); !ok) {
    return Fail(ok.error().kind, "recovering {}: {}", path, ok.error().message);
  }
  // It says of itself what was said of the original, or it is not given out.
  const auto check = VerifyRecording(file->path(), options);
  if (!check) return tl::unexpected(check.error());
  recovery.sealed = report->seal_link.has_value();
  const Verdict expected = recovery.sealed ? Verdict::kUnknownSigner : Verdict::kNoSeal;
  if (check->verdict != expected || check->lines != report->lines ||
      recoverer.unsigned_lines() != report->unsigned_lines) {
    return Fail(ErrorKind::kIo, "recovering {}: the result is not as expected ({}): try again",
                path, check->summary);
  }
  recovery.signed_lines = check->lines;
  recovery.unsigned_lines = recoverer.unsigned_lines();
  const auto kept = file->Keep(recovery.path);
  if (!kept) return tl::unexpected(kept.error());
  if (*kept) return recovery;
  const auto same = SameContent(file->path(), recovery.path, identities);
  if (!same) return tl::unexpected(same.error());
  if (!*same) {
    return Fail(
        ErrorKind::kUsage,
        "{} is there already and differs (another key recovered it, or it was altered): name "
        "another file with --output",
        recovery.path);
  }
  recovery.was_there = true;
  return recovery;
}

}  // namespace secure_exec
