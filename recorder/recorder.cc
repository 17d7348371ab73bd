#include "recorder/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "base/unique_fd.h"
#include "recorder/cast/line_writer.h"
#include "recorder/container/frame_writer.h"
#include "recorder/input_mask.h"
#include "recorder/recording_files.h"
#include "recorder/writer.h"

namespace secure_exec {
namespace {

constexpr uint64_t kQueueBytes = 2 << 20;
constexpr uint64_t kDigestBytes = 16 << 20;

// What is kept of one channel, and how much went through.
struct ChannelState {
  RecordMode mode = RecordMode::kOff;
  uint64_t bytes = 0;
  Sha256 digest;
  uint64_t digested = 0;  // bytes in `digest`
};

}  // namespace

struct Recorder::Impl {
  explicit Impl(const Options& options)
      : clock(*options.clock), start_boot_ns(options.clock->BootNs()) {
    const SessionInfo& session = *options.header.session;
    limit = session.record_limit;
    for (int i = 0; i < kChannels; ++i) channels[i].mode = session.record[i];
    if (session.record[static_cast<int>(Channel::kStdin)] == RecordMode::kEchoed) {
      mask.emplace(options.random);
    }
  }

  // Times never go back, whatever the clock does.
  int64_t Now() {
    t_us = std::max(t_us, (clock.BootNs() - start_boot_ns) / kMicrosecond);
    return t_us;
  }

  void AddLine(const LineInfo& info) {
    pending.infos.push_back(info);
    appended += info.size;
  }
  void AddText(char code, std::string_view text) {
    AddLine(AppendTextLine(Now(), code, text, pending.lines));
  }
  void AddBytes(Channel channel, std::string_view bytes) {
    AppendBytesLines(Now(), channel, bytes, pending.lines,
                     [this](const LineInfo& info) { AddLine(info); });
  }
  void AddDigest(Channel channel, std::string_view bytes) {
    ChannelState& state = channels[static_cast<int>(channel)];
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, kDigestBytes - state.digested);
      state.digest.Update(part);
      state.digested += part.size();
      bytes.remove_prefix(part.size());
      if (state.digested == kDigestBytes) EndDigest(channel);
    }
  }
  void EndDigest(Channel channel) {
    ChannelState& state = channels[static_cast<int>(channel)];
    if (state.digested == 0) return;
    AddText('d', fmt::format("{} {} {}", ChannelName(channel), state.digested,
                             HexEncode(AsView(state.digest.Finish()))));
    state.digested = 0;
  }
  void Add(Channel channel, std::string_view bytes);

  // A ticket that is never written: nothing is recorded any more.
  static constexpr Ticket kNever = UINT64_MAX;
  Ticket Issue() const { return writer->has_failed() ? kNever : appended; }

  const Clock& clock;
  const int64_t start_boot_ns;
  uint64_t limit = 0;
  ChannelState channels[kChannels];
  int64_t t_us = 0;
  LineBatch pending;
  uint64_t appended = 0;  // bytes of lines: what tickets count
  Hash genesis_link{};
  std::optional<InputMask> mask;  // until the seal
  std::shared_ptr<Writer> writer;
  std::thread thread;
};

void Recorder::Impl::Add(Channel channel, std::string_view bytes) {
  ChannelState& state = channels[static_cast<int>(channel)];
  const uint64_t before = state.bytes;
  state.bytes += bytes.size();
  if (state.mode == RecordMode::kOff || writer->has_failed()) return;
  if (RecordsText(state.mode)) {
    const uint64_t left = limit == 0 ? UINT64_MAX : limit - std::min(limit, before);
    AddBytes(channel, bytes.substr(0, left));
    if (bytes.size() <= left) return;
    bytes.remove_prefix(left);
    AddText('m', fmt::format("secure-exec: {} beyond {} bytes is recorded as digests",
                             ChannelName(channel), limit));
    state.mode = RecordMode::kDigest;
  }
  AddDigest(channel, bytes);
}

Result<std::unique_ptr<Recorder>> Recorder::Create(Options options) {
  if (!options.header.session || options.user_key == nullptr) {
    return Fail(ErrorKind::kRecording, "recording: a header without a session, or no user key");
  }
  options.header.session->user_key = Fingerprint(options.user_key->spki());
  options.header.session->recipients.clear();
  for (const AgeRecipient& recipient : options.recipients) {
    options.header.session->recipients.push_back(recipient.Text());
  }
  auto impl = std::make_unique<Impl>(options);
  const Uuid& id = options.header.session->id;
  auto frames = std::make_unique<FrameWriter>(id, options.random);
  const auto genesis =
      frames->Genesis(EncodeHeader(options.header), *options.user_key, options.clock->WallNs());
  if (!genesis) return tl::unexpected(genesis.error());
  impl->genesis_link = frames->link();

  UniqueFd event_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event_fd) return FailErrno(ErrorKind::kRecording, "recording: eventfd", errno);
  std::unique_ptr<RecordingCipher> cipher;
  if (!options.recipients.empty()) {
    auto created = RecordingCipher::Create(id, options.recipients, options.random);
    if (!created) return tl::unexpected(created.error());
    cipher = std::move(*created);
  }
  auto files = std::make_unique<RecordingFiles>(*options.files, *options.clock, options.directory,
                                                FormatUuid(id), std::move(cipher));
  if (auto ok = files->Create(*genesis, options.min_free_bytes); !ok) {
    return tl::unexpected(ok.error());
  }
  impl->writer = std::make_shared<Writer>(std::move(files), std::move(frames), *options.clock,
                                          impl->start_boot_ns, std::move(event_fd), options.limits);
  // The process's signals are for the session's thread.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int error = 0;
  try {
    impl->thread = std::thread([writer = impl->writer] { writer->Run(); });
  } catch (const std::system_error& e) {
    error = e.code().value();
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  if (error != 0) return FailErrno(ErrorKind::kRecording, "recording: starting a thread", error);
  return std::unique_ptr<Recorder>(new Recorder(std::move(impl)));
}

Recorder::Recorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Recorder::~Recorder() {
  // A thread that hangs in a system call is left behind with the writer; nobody waits for it.
  if (impl_->writer->Stop()) {
    impl_->thread.join();
  } else {
    impl_->thread.detach();
  }
}

const std::string& Recorder::path() const { return impl_->writer->path(); }

Hash Recorder::genesis_link() const { return impl_->genesis_link; }

Recorder::Ticket Recorder::Append(Channel channel, std::string_view bytes) {
  impl_->Add(channel, bytes);
  return impl_->Issue();
}

Recorder::Ticket Recorder::AppendPlaceholder() {
  if (!impl_->writer->has_failed()) impl_->AddText('p', "");
  return impl_->Issue();
}

Recorder::Ticket Recorder::AppendMasked(std::string_view text) {
  if (!impl_->writer->has_failed() && impl_->mask) {
    impl_->AddText('P', FormatMaskedInput(impl_->mask->Of(text)));
  }
  return impl_->Issue();
}

Recorder::Ticket Recorder::AppendResize(int columns, int rows) {
  if (!impl_->writer->has_failed()) impl_->AddText('r', fmt::format("{}x{}", columns, rows));
  return impl_->Issue();
}

Recorder::Ticket Recorder::AppendMarker(std::string_view text) {
  if (!impl_->writer->has_failed()) impl_->AddText('m', text);
  return impl_->Issue();
}

void Recorder::Flush() { impl_->writer->Hand(impl_->pending); }

size_t Recorder::Room() const {
  const uint64_t queued = impl_->appended - impl_->writer->recorded();
  return queued < kQueueBytes ? kQueueBytes - queued : 0;
}

int Recorder::event_fd() const { return impl_->writer->event_fd(); }

void Recorder::ClearEvent() {
  eventfd_t count = 0;
  (void)::eventfd_read(event_fd(), &count);
}

Recorder::Ticket Recorder::Written() const { return impl_->writer->recorded(); }

std::optional<Error> Recorder::failed() const { return impl_->writer->failed(); }

void Recorder::CloseFrame() { impl_->writer->CloseFrameSoon(); }

Recorder::WholeFrame Recorder::whole_frame() const {
  const Writer::Whole whole = impl_->writer->whole();
  return {.k = whole.k, .link = whole.link};
}

std::optional<int64_t> Recorder::StalledSince() const { return impl_->writer->stalled_since(); }

Result<Recorder::Totals> Recorder::Seal(const Exit& exit, int64_t deadline_ns) {
  if (!impl_->writer->has_failed()) {
    for (int i = 0; i < kChannels; ++i) impl_->EndDigest(static_cast<Channel>(i));
    impl_->AddText('x', FormatExit(exit));
  }
  impl_->mask.reset();
  const auto sealed = impl_->writer->Seal(impl_->pending, deadline_ns);
  if (!sealed) return tl::unexpected(sealed.error());
  Totals totals;
  for (int i = 0; i < kChannels; ++i) totals.bytes[i] = impl_->channels[i].bytes;
  totals.file_size = sealed->file_size;
  totals.seal_link = sealed->link;
  return totals;
}

}  // namespace secure_exec
