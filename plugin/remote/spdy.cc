#include "plugin/remote/spdy.h"

#include <poll.h>

#include <algorithm>

#include "plugin/api/status.h"
#include "plugin/remote/handshake.h"
#include "plugin/remote/upgrade.h"

namespace secure_exec {
namespace {

constexpr size_t kBufferBytes = 64 * 1024;
constexpr std::string_view kStreamNames[] = {"error", "stdin", "stdout", "stderr", "resize"};

}  // namespace

SpdyCommand::SpdyCommand(std::unique_ptr<ByteStream> stream, const ExecRequest& request,
                         std::string_view early, const Clock& clock)
    : clock_(clock),
      stream_(std::move(stream)),
      tty_(request.tty),
      reader_(*this),
      buffer_(std::max(kBufferBytes, early.size())),
      filled_(early.size()),
      last_count_(clock.BootNs()),
      next_ping_(last_count_ + kPingInterval),
      reply_deadline_(last_count_ + kReplyLimit) {
  std::copy(early.begin(), early.end(), buffer_.begin());
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
  return SilenceCounts() ? std::min(next, last_count_ + SilenceLimit() - silence_) : next;
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
  silence_ = 0;  // after a status pongs no longer count, but more of it does
  switch (stream - streams_.data()) {
    case kStdout:
    case kStderr: {
      const Channel channel = stream == &streams_[kStdout] ? Channel::kStdout : Channel::kStderr;
      if (channel != output_channel_) DeliverOutput(*listener_);
      output_channel_ = channel;
      output_.append(bytes);
      break;
    }
    case kError:
      if (bytes.size() > kMaxStatus - status_.size()) {
        status_too_long_ = true;
      } else {
        status_.append(bytes);
      }
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

void SpdyCommand::DeliverOutput(Listener& listener) {
  if (output_.empty()) return;
  listener.OnOutput(output_channel_, output_);
  output_.clear();
}

void SpdyCommand::Fill() {
  maybe_input_ = true;
  while (filled_ < buffer_.size() && !ended_ && !read_error_) {
    auto result = stream_->Read(std::span(buffer_).subspan(filled_));
    if (!result) {
      read_error_ = std::move(result.error());
    } else if (result->bytes > 0) {
      filled_ += std::min(result->bytes, buffer_.size() - filled_);
    } else if (result->would_block) {
      maybe_input_ = false;
      return;
    } else {
      ended_ = true;
    }
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
  // A status that is whole says all there is to say, however rudely the stream ended then.
  if (ParseRemoteExit(status_)) return {};
  return Fail(ErrorKind::kConnectionLost, "error reading from error stream: {}", why);
}

Result<void> SpdyCommand::Read(Listener& listener) {
  size_t budget = kReadBudget;
  while (budget > 0 && listener.WantsOutput()) {
    Fill();
    if (filled_ > 0 && status_.empty()) silence_ = 0;
    budget -= std::min(budget, filled_);
    const auto fed = reader_.Feed(std::string_view(buffer_.data(), filled_));
    filled_ = 0;
    DeliverOutput(listener);
    if (!fed) return Lost(fed.error().message);
    if (status_too_long_) {
      return Lost(fmt::format("the server sent more than {} KiB of status", kMaxStatus / 1024));
    }
    if (refused_stream_) return Lost(*refused_stream_);
    if (AllEnded()) {
      finished_ = true;
      return {};
    }
    if (read_error_) return Lost(read_error_->message);
    if (ended_) return Lost("spdy: unexpected EOF");
    if (!maybe_input_) break;
  }
  return {};
}

// --- time ----------------------------------------------------------------------------------------

bool SpdyCommand::SilenceCounts() const {
  return tty_ || !status_.empty() || answered_ >= stdin_end_;
}

void SpdyCommand::CountSilence(int64_t now, bool reading) {
  // As WebSocketCommand: a longer gap means that the machine slept or that we were stopped.
  const int64_t elapsed = std::clamp<int64_t>(now - last_count_, 0, 2 * kPingInterval);
  last_count_ = now;
  silence_ = reading && SilenceCounts() ? silence_ + elapsed : 0;
}

Result<void> SpdyCommand::Advance(Listener& listener) {
  if (finished_) return {};
  const int64_t now = clock_.BootNs();
  CountSilence(now, listener.WantsOutput());
  Write();
  listener_ = &listener;
  auto read = Read(listener);
  listener_ = nullptr;
  if (!read || finished_) return read;
  Ping(now, listener.WantsOutput() && !maybe_input_);
  Write();  // that, pongs, and what waited for the replies
  if (write_error_ && !maybe_input_ && listener.WantsOutput()) return Lost(write_error_->message);
  if (!started_ && now >= reply_deadline_) {
    return Lost("the server did not open the streams within 30 s");
  }
  if (silence_ >= SilenceLimit()) {
    return Lost(fmt::format("i/o timeout: no answer for {} s", silence_ / kSecond));
  }
  return {};
}

Result<std::unique_ptr<RemoteCommand>> StartSpdyCommand(std::unique_ptr<ByteStream> stream,
                                                        const ExecRequest& request,
                                                        const Clock& clock, int interrupt_fd,
                                                        Refusal* refusal) {
  auto text = SpdyRequest(request);
  if (!text) return tl::unexpected(text.error());
  Refusal ignored;
  Refusal& why = refusal != nullptr ? *refusal : ignored;
  auto answer = ExchangeUpgrade(*stream, *text, clock, interrupt_fd, why.hint, request.wire_log);
  if (!answer) return tl::unexpected(answer.error());
  if (auto judged = JudgeSpdyAnswer(answer->http); !judged) {
    why = RefusalOf(answer->http);
    return tl::unexpected(judged.error());
  }
  return std::make_unique<SpdyCommand>(std::move(stream), request, answer->early, clock);
}

}  // namespace secure_exec
