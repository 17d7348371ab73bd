#include "plugin/remote/websocket.h"

#include <poll.h>

#include <algorithm>

#include "plugin/api/status.h"
#include "plugin/remote/handshake.h"
#include "plugin/remote/upgrade.h"

namespace secure_exec {
namespace {

constexpr uint8_t kStatusChannel = 3;
constexpr uint8_t kResizeChannel = 4;
constexpr uint8_t kCloseChannel = 255;
constexpr uint8_t kPingOpcode = 0x9;
constexpr uint8_t kPongOpcode = 0xa;
constexpr int kNormalClosure = 1000;

// gorilla/websocket's names, which kubectl shows.
std::string_view CloseCodeName(int code) {
  switch (code) {
    case kNormalClosure:
      return " (normal)";
    case 1001:
      return " (going away)";
    case 1002:
      return " (protocol error)";
    case 1003:
      return " (unsupported data)";
    case 1005:
      return " (no status)";
    case 1007:
      return " (invalid payload data)";
    case 1008:
      return " (policy violation)";
    case 1009:
      return " (message too big)";
    case 1010:
      return " (mandatory extension missing)";
    case 1011:
      return " (internal server error)";
    default:
      return "";
  }
}

}  // namespace

WebSocketCommand::WebSocketCommand(std::unique_ptr<ByteStream> stream, std::string protocol,
                                   bool tty, std::string_view early, const Clock& clock)
    : clock_(clock),
      stream_(std::move(stream)),
      protocol_(std::move(protocol)),
      tty_(tty),
      reader_(*this),
      input_(early),
      next_ping_(clock.BootNs() + kPingInterval),
      next_keep_alive_(clock.BootNs() + kKeepAliveInterval),
      last_message_(clock.BootNs()),
      silence_(clock.BootNs(), kPingInterval) {}

short WebSocketCommand::PollEvents(const Listener& listener) const {
  if (finished_) return 0;
  const bool write = out_.queued() > 0 && !write_error_;
  return static_cast<short>((listener.WantsOutput() ? POLLIN : 0) | (write ? POLLOUT : 0));
}

std::optional<int64_t> WebSocketCommand::Deadline() const {
  if (finished_) return std::nullopt;
  const int64_t next = keep_alive_ ? std::min(next_ping_, next_keep_alive_) : next_ping_;
  return std::min(next, silence_.DeadlineOf(SilenceLimit()));
}

// All messages but empty ones go through here.
void WebSocketCommand::Push(uint8_t channel, std::string_view payload) {
  out_.PushMessage(channel, payload);
  last_message_ = clock_.BootNs();
  next_keep_alive_ = last_message_ + kKeepAliveInterval;
}

size_t WebSocketCommand::StdinRoom() const {
  if (finished_ || stdin_closed_) return 0;
  return kStdinQueue - std::min(kStdinQueue, out_.queued());
}

void WebSocketCommand::SendStdin(std::string_view bytes) {
  if (finished_ || stdin_closed_ || write_error_) return;
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.size(), FrameQueue::kMaxPayload);
    Push(0, bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
}

bool WebSocketCommand::CanCloseStdin() const { return protocol_ == kProtocolV5; }

void WebSocketCommand::CloseStdin() {
  if (!CanCloseStdin() || stdin_closed_ || finished_ || write_error_) return;
  stdin_closed_ = true;
  Push(kCloseChannel, std::string_view("\0", 1));
}

void WebSocketCommand::Resize(WindowSize size) {
  if (!tty_ || finished_ || write_error_) return;
  waiting_size_.reset();
  if (out_.queued() >= kStdinQueue) {
    waiting_size_ = size;
    return;
  }
  auto cells = [](int count) { return std::clamp(count, 0, 65535); };
  Push(kResizeChannel,
       fmt::format("{{\"Width\":{},\"Height\":{}}}\n", cells(size.columns), cells(size.rows)));
}

void WebSocketCommand::OnMessageStart() { channel_.reset(); }

void WebSocketCommand::OnMessageBytes(std::string_view bytes) {
  silence_.Break();  // after a status pongs no longer count, but more of it does
  if (!channel_) {
    channel_ = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (bytes.empty()) return;
  }
  switch (*channel_) {
    case static_cast<uint8_t>(Channel::kStdout):
    case static_cast<uint8_t>(Channel::kStderr): {
      const auto channel = static_cast<Channel>(*channel_);
      output_.Append(channel, bytes, *listener_);
      break;
    }
    case kStatusChannel:
      status_.Append(bytes);
      break;
    default:  // v5's close of a channel, and what a newer server may send
      break;
  }
}

void WebSocketCommand::OnPing(std::string_view payload) {
  // A peer that pings without reading our answers gets no more of them.
  if (out_.queued() < 2 * kStdinQueue && !write_error_) out_.PushControl(kPongOpcode, payload);
}

void WebSocketCommand::Ping(int64_t now, bool drained) {
  if (now < next_ping_) return;
  // While something waits to be read, the server may have said all and closed. What we send then
  // makes it reset the connection, and the kernel throw away what we have not read.
  next_ping_ = now + (drained ? kPingInterval : kPingInterval / 10);
  if (!drained) return;
  if (write_error_ || out_.written() < ping_end_) return;  // the last one has not even gone out
  out_.PushControl(kPingOpcode, {});
  ping_end_ = out_.pushed();
}

void WebSocketCommand::SendEmpty(int64_t now, bool drained) {
  if (!keep_alive_ || now < next_keep_alive_) return;
  next_keep_alive_ = now + (drained ? kKeepAliveInterval : kPingInterval);
  if (!drained && now - last_message_ < kUnreadKeepAliveInterval) return;
  if (write_error_ || out_.written() < keep_alive_end_) return;
  out_.PushEmpty();
  last_message_ = now;
  keep_alive_end_ = out_.pushed();
}

void WebSocketCommand::Write() {
  if (write_error_) return;
  auto flushed = out_.Flush(*stream_);
  if (flushed && waiting_size_) {
    Resize(*waiting_size_);
    flushed = out_.Flush(*stream_);
  }
  if (flushed) return;
  // The peer may have said why before it stopped listening: read that first.
  write_error_ = std::move(flushed.error());
  out_.Clear();
}

Result<void> WebSocketCommand::Lost(const std::string& why) {
  finished_ = true;
  return status_.Lost(why);
}

// The peer's last word has been read.
Result<void> WebSocketCommand::JudgeEnd() {
  finished_ = true;
  if (reader_.closed() && reader_.close().code == kNormalClosure) return {};
  if (reader_.closed()) {
    const FrameReader::Close& close = reader_.close();
    const std::string reason = SafeForTerminal(close.reason);
    return Lost(fmt::format("next reader: websocket: close {}{}{}{}", close.code,
                            CloseCodeName(close.code), reason.empty() ? "" : ": ", reason));
  }
  if (input_.error()) return Lost("next reader: " + input_.error()->message);
  return Lost("next reader: websocket: close 1006 (abnormal closure): unexpected EOF");
}

Result<void> WebSocketCommand::Read(Listener& listener) {
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
    if (reader_.closed() || input_.ended() || input_.error()) return JudgeEnd();
    if (!input_.maybe_more()) break;
  }
  return {};
}

Result<void> WebSocketCommand::Advance(Listener& listener) {
  if (finished_) return {};
  const int64_t now = clock_.BootNs();
  silence_.Count(now, listener.WantsOutput());
  Write();
  listener_ = &listener;
  auto read = Read(listener);
  listener_ = nullptr;
  if (!read || finished_) return read;
  const bool drained = listener.WantsOutput() && !input_.maybe_more();
  Ping(now, drained);
  SendEmpty(now, drained);
  Write();  // those, and pongs
  if (write_error_ && !input_.maybe_more() && listener.WantsOutput())
    return Lost(write_error_->message);
  if (silence_.length() >= SilenceLimit()) {
    return Lost(
        fmt::format("next reader: i/o timeout: no answer for {} s", silence_.length() / kSecond));
  }
  return {};
}

Result<std::unique_ptr<RemoteCommand>> StartWebSocketCommand(std::unique_ptr<ByteStream> stream,
                                                             const ExecRequest& request,
                                                             const Clock& clock, int interrupt_fd,
                                                             Refusal* refusal) {
  const std::string key = MakeHandshakeKey();
  auto text = HandshakeRequest(request, key);
  if (!text) return tl::unexpected(text.error());
  auto answer = ExchangeUpgrade(*stream, *text, clock, interrupt_fd, refusal, request.wire_log);
  if (!answer) return tl::unexpected(answer.error());
  auto protocol = JudgeAnswer(answer->http, key, request);
  if (!protocol) return tl::unexpected(protocol.error());
  return std::make_unique<WebSocketCommand>(std::move(stream), std::move(*protocol), request.tty,
                                            answer->early, clock);
}

}  // namespace secure_exec
