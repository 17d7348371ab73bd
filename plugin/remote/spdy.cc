#include "plugin/remote/spdy.h"

#include <poll.h>

#include <algorithm>

#include "plugin/remote/handshake.h"
#include "plugin/remote/upgrade.h"

namespace secure_exec {
namespace {

constexpr std::string_view kStreamNames[] = {"error", "stdin", "stdout", "stderr", "resize"};

}  // namespace

SpdyCommand::SpdyCommand(std::unique_ptr<ByteStream> stream, const ExecRequest& request,
                         std::string_view early, const Clock& clock)
    : clock_(clock),
      stream_(std::move(stream)),
      tty_(request.tty),
      reader_(*this),
      input_(early),
      next_ping_(clock.BootNs() + kPingInterval),
      reply_deadline_(clock.BootNs() + kReplyLimit),
      silence_(clock.BootNs(), kPingInterval) {
  SpdyHeaderWriter writer;
  const bool open[kKinds] = {true, request.stdin_open, request.stdout_open,
                             request.stderr_open && !tty_, tty_};
  uint32_t next_id = 1;  // a client's are odd
  for (int kind = 0; kind < kKinds; ++kind) {
    if (!open[kind]) continue;
    streams_[kind].id = next_id;
    AppendSpdySynStream(next_id, writer.Write({{"streamtype", std::string(kStreamNames[kind])}}),
                        out_.tail());
    next_id += 2;
  }
}

SpdyCommand::Stream* SpdyCommand::Find(uint32_t id) {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const Stream& stream) { return stream.id == id; });
  return id == 0 || found == streams_.end() ? nullptr : &*found;
}

short SpdyCommand::PollEvents(const Listener& listener) const {
  if (finished_) return 0;
  const bool write = out_.queued() > 0 && !write_error_;
  return static_cast<short>((listener.WantsOutput() ? POLLIN : 0) | (write ? POLLOUT : 0));
}

std::optional<int64_t> SpdyCommand::Deadline() const {
  if (finished_) return std::nullopt;
  const int64_t next = started_ ? next_ping_ : std::min(next_ping_, reply_deadline_);
  return SilenceCounts() ? std::min(next, silence_.DeadlineOf(SilenceLimit())) : next;
}

// --- to the server -------------------------------------------------------------------------------

bool SpdyCommand::WritableStdin() const {
  return streams_[kStdin].id != 0 && !streams_[kStdin].ended && !stdin_closed_ && !finished_ &&
         !write_error_;
}

size_t SpdyCommand::StdinRoom() const {
  if (!WritableStdin()) return 0;
  return kStdinQueue - std::min(kStdinQueue, out_.queued() + early_stdin_.size());
}

void SpdyCommand::PushStdin(std::string_view bytes) {
  if (bytes.empty()) return;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kMaxPayload);
    AppendSpdyData(streams_[kStdin].id, 0, part, out_.tail());
    out_.MarkStdin(part.size());
    bytes.remove_prefix(part.size());
  }
  stdin_end_ = out_.pushed();
}

void SpdyCommand::SendStdin(std::string_view bytes) {
  if (!WritableStdin()) return;
  if (started_) {
    PushStdin(bytes);
  } else {
    early_stdin_.append(bytes);
  }
}

void SpdyCommand::CloseStdin() {
  if (!WritableStdin()) return;
  stdin_closed_ = true;
  if (started_) AppendSpdyData(streams_[kStdin].id, kSpdyFin, {}, out_.tail());
}

void SpdyCommand::Resize(WindowSize size) {
  if (!tty_ || finished_ || write_error_) return;
  waiting_size_ = size;
  if (!started_ || out_.queued() >= kStdinQueue) return;
  waiting_size_.reset();
  auto cells = [](int count) { return std::clamp(count, 0, 65535); };
  AppendSpdyData(
      streams_[kResize].id, 0,
      fmt::format("{{\"Width\":{},\"Height\":{}}}\n", cells(size.columns), cells(size.rows)),
      out_.tail());
}

// What had to wait for the replies.
void SpdyCommand::SendEarly() {
  PushStdin(early_stdin_);
  early_stdin_.clear();
  early_stdin_.shrink_to_fit();
  if (stdin_closed_) AppendSpdyData(streams_[kStdin].id, kSpdyFin, {}, out_.tail());
}

void SpdyCommand::Ping(int64_t now, bool drained) {
  if (now < next_ping_) return;
  // As WebSocketCommand: not while something waits to be read, which what we send might destroy.
  next_ping_ = now + (drained ? kPingInterval : kPingInterval / 10);
  if (!drained || write_error_ || pings_.size() >= kMaxUnansweredPings) return;
  if (!pings_.empty() && out_.written() < pings_.back().end) return;  // it has not even gone out
  AppendSpdyPing(next_ping_id_, out_.tail());
  pings_.push_back({next_ping_id_, out_.pushed()});
  next_ping_id_ += 2;
}

void SpdyCommand::Write() {
  if (write_error_) return;
  auto flushed = out_.Flush(*stream_);
  if (flushed && waiting_size_ && started_) {
    Resize(*waiting_size_);
    flushed = out_.Flush(*stream_);
  }
  if (flushed) return;
  // The peer may have said why before it stopped listening: read that first.
  write_error_ = std::move(flushed.error());
  out_.Clear();
}

// --- from the server -----------------------------------------------------------------------------

void SpdyCommand::OnReply(uint32_t id) {
  Stream* stream = Find(id);
  if (stream == nullptr) return;
  stream->replied = true;
  if (started_) return;
  started_ = std::all_of(streams_.begin(), streams_.end(),
                         [](const Stream& one) { return one.id == 0 || one.replied; });
  if (started_ && !write_error_) SendEarly();
}

void SpdyCommand::OnData(uint32_t id, std::string_view bytes) {
  const Stream* stream = Find(id);
  if (stream == nullptr || stream->ended) return;
  silence_.Break();  // after a status pongs no longer count, but more of it does
  switch (stream - streams_.data()) {
    case kStdout:
    case kStderr: {
      const Channel channel = stream == &streams_[kStdout] ? Channel::kStdout : Channel::kStderr;
      output_.Append(channel, bytes, *listener_);
      break;
    }
    case kError:
      status_.Append(bytes);
      break;
    default:
      break;
  }
}

void SpdyCommand::OnFin(uint32_t id) {
  if (Stream* stream = Find(id); stream != nullptr) stream->ended = true;
  // The server's half of stdin ends when it likes; ours is still taken.
  if (id != 0 && id == streams_[kStdin].id) streams_[kStdin].ended = false;
}

void SpdyCommand::OnReset(uint32_t id, uint32_t status) {
  Stream* stream = Find(id);
  if (stream == nullptr) return;
  stream->ended = true;
  if (!stream->replied && !refused_stream_) {
    refused_stream_ = fmt::format("the server refused the stream \"{}\" (SPDY status {})",
                                  kStreamNames[stream - streams_.data()], status);
  }
}

void SpdyCommand::OnPing(uint32_t id) {
  if (id % 2 == 0) {
    // A peer that pings without reading our answers gets no more of them.
    if (out_.queued() < 2 * kStdinQueue && !write_error_) AppendSpdyPing(id, out_.tail());
    return;
  }
  while (!pings_.empty() && pings_.front().id <= id) {
    answered_ = pings_.front().end;
    pings_.pop_front();
  }
}

bool SpdyCommand::AllEnded() const {
  return std::all_of(streams_.begin(), streams_.end(), [&](const Stream& stream) {
    const auto kind = &stream - streams_.data();
    return stream.id == 0 || stream.ended || kind == kStdin || kind == kResize;
  });
}

Result<void> SpdyCommand::Lost(const std::string& why) {
  finished_ = true;
  return status_.Lost(why);
}

Result<void> SpdyCommand::Read(Listener& listener) {
  size_t budget = kReadBudget;
  while (budget > 0 && listener.WantsOutput()) {
    input_.Fill(*stream_);
    const std::string_view bytes = input_.Take();
    if (!bytes.empty() && status_.bytes().empty()) silence_.Break();
    budget -= std::min(budget, bytes.size());
    const auto fed = reader_.Feed(bytes);
    output_.Deliver(listener);
    if (!fed) return Lost(fed.error().message);
    if (status_.too_long()) return Lost("too much status");
    if (refused_stream_) return Lost(*refused_stream_);
    if (AllEnded()) {
      finished_ = true;
      return {};
    }
    if (input_.error()) return Lost(input_.error()->message);
    if (input_.ended()) return Lost("spdy: unexpected EOF");
    if (!input_.maybe_more()) break;
  }
  return {};
}

// --- time ----------------------------------------------------------------------------------------

bool SpdyCommand::SilenceCounts() const {
  return tty_ || !status_.bytes().empty() || answered_ >= stdin_end_;
}

Result<void> SpdyCommand::Advance(Listener& listener) {
  if (finished_) return {};
  const int64_t now = clock_.BootNs();
  silence_.Count(now, listener.WantsOutput() && SilenceCounts());
  Write();
  listener_ = &listener;
  auto read = Read(listener);
  listener_ = nullptr;
  if (!read || finished_) return read;
  Ping(now, listener.WantsOutput() && !input_.maybe_more());
  Write();  // that, pongs, and what waited for the replies
  if (write_error_ && !input_.maybe_more() && listener.WantsOutput())
    return Lost(write_error_->message);
  if (!started_ && now >= reply_deadline_) {
    return Lost("the server did not open the streams within 30 s");
  }
  if (silence_.length() >= SilenceLimit()) {
    return Lost(fmt::format("i/o timeout: no answer for {} s", silence_.length() / kSecond));
  }
  return {};
}

Result<std::unique_ptr<RemoteCommand>> StartSpdyCommand(std::unique_ptr<ByteStream> stream,
                                                        const ExecRequest& request,
                                                        const Clock& clock, int interrupt_fd,
                                                        Refusal* refusal) {
  auto text = SpdyRequest(request);
  if (!text) return tl::unexpected(text.error());
  auto answer = ExchangeUpgrade(*stream, *text, clock, interrupt_fd, refusal, request.wire_log);
  if (!answer) return tl::unexpected(answer.error());
  if (auto judged = JudgeSpdyAnswer(answer->http); !judged) return tl::unexpected(judged.error());
  return std::make_unique<SpdyCommand>(std::move(stream), request, answer->early, clock);
}

}  // namespace secure_exec
