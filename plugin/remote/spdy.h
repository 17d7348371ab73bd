// A remote command over SPDY/3.1, v4.channel.k8s.io: one stream per channel, which we open, and
// whose header `streamtype` names the channel. What the frames are is in spdy_frame.h.
//
//   error ←   stdin →   stdout ←   stderr ← (no TTY)   resize → (TTY)
//
// What servers made us do:
//   - nothing is sent on a stream before its SYN_REPLY came: the server would drop it. Stdin that
//     is handed over earlier waits here.
//   - no flow control: the servers' SPDY neither sends WINDOW_UPDATE nor heeds it. TCP slows both
//     sides down.
//   - the end of stdin is an empty data frame with FIN.
//   - a ping every 5 s, which also holds off the server's idle limit, as kubectl's do (so there is
//     nothing for KeepAlive() to send, or to leave out); silence for 61 s is a lost
//     connection, as WebSocketCommand has it. But a server whose command does not read its stdin
//     stops reading us, pings included: without a TTY silence proves nothing until a ping is
//     answered that went out behind the last stdin. The kernel's own limit remains.
//   - the server ends by resetting every stream, GOAWAY, and closing TCP, in any mixture. Its last
//     word is the end of the error stream and of the output's.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugin/remote/input_buffer.h"
#include "plugin/remote/output_gatherer.h"
#include "plugin/remote/remote_command.h"
#include "plugin/remote/send_queue.h"
#include "plugin/remote/silence.h"
#include "plugin/remote/spdy_frame.h"
#include "plugin/remote/status_collector.h"

namespace secure_exec {

class SpdyCommand final : public RemoteCommand, private SpdyReader::Handler {
 public:
  static constexpr int64_t kPingInterval = 5 * kSecond;
  static constexpr int64_t kSilenceLimit = 61 * kSecond;
  static constexpr int64_t kReplyLimit = 30 * kSecond;  // for all SYN_REPLYs
  // Once a status came, for the streams to end.
  static constexpr int64_t kGoodbyeLimit = 10 * kSecond;
  static constexpr size_t kStdinQueue = 256 * 1024;
  static constexpr size_t kReadBudget = 256 * 1024;
  static constexpr size_t kMaxPayload = 32 * 1024;  // of our data frames; what kubectl sends
  // Beyond it no more are sent: nobody answers.
  static constexpr size_t kMaxUnansweredPings = 64;

  // `stream` is past the handshake; `early` are the bytes that came with the 101. Of `request` the
  // open channels and the TTY count.
  SpdyCommand(std::unique_ptr<ByteStream> stream, const ExecRequest& request,
              std::string_view early, const Clock& clock);

  int fd() const override { return stream_->fd(); }
  short PollEvents(const Listener& listener) const override;
  std::optional<int64_t> Deadline() const override;
  bool HasBufferedInput() const override { return !finished_ && input_.maybe_more(); }
  Result<void> Advance(Listener& listener) override;
  size_t StdinRoom() const override;
  void SendStdin(std::string_view bytes) override;
  void CloseStdin() override;
  bool CanCloseStdin() const override { return true; }
  void Resize(WindowSize size) override;
  int64_t silence() const override { return silence_.length(); }
  bool finished() const override { return finished_; }
  std::string_view status_bytes() const override { return status_.bytes(); }
  std::string_view protocol() const override { return "v4.channel.k8s.io over SPDY/3.1"; }
  uint64_t stdin_sent() const override { return out_.stdin_written(); }

 private:
  enum Kind { kError, kStdin, kStdout, kStderr, kResize, kKinds };
  struct Stream {
    uint32_t id = 0;  // 0: not open
    bool replied = false;
    bool ended = false;  // the peer sends no more on it, or has reset it
  };
  struct SentPing {
    uint32_t id;
    uint64_t end;  // counted like out_.pushed()
  };

  void OnReply(uint32_t stream) override;
  void OnData(uint32_t stream, std::string_view bytes) override;
  void OnFin(uint32_t stream) override;
  void OnReset(uint32_t stream, uint32_t status) override;
  void OnPing(uint32_t id) override;
  void OnGoAway(uint32_t) override {}  // what is open goes on

  Stream* Find(uint32_t id);
  bool WritableStdin() const;
  void PushStdin(std::string_view bytes);
  void SendEarly();
  int64_t SilenceLimit() const { return status_.bytes().empty() ? kSilenceLimit : kGoodbyeLimit; }
  bool SilenceCounts() const;
  void Ping(int64_t now, bool drained);
  void Write();
  Result<void> Read(Listener& listener);
  bool AllEnded() const;
  Result<void> Lost(const std::string& why);

  const Clock& clock_;
  const std::unique_ptr<ByteStream> stream_;
  const bool tty_;
  SpdyReader reader_;
  SendQueue out_;
  std::array<Stream, kKinds> streams_;
  bool started_ = false;  // every stream has its reply

  InputBuffer input_;
  std::optional<Error> write_error_;
  OutputGatherer output_;
  Listener* listener_ = nullptr;  // during Advance()
  StatusCollector status_;
  std::optional<std::string> refused_stream_;
  bool finished_ = false;

  std::string early_stdin_;  // before started_
  bool stdin_closed_ = false;
  std::optional<WindowSize>
      waiting_size_;  // the latest, before started_ or while the queue is full

  int64_t next_ping_, reply_deadline_;
  Silence silence_;
  std::deque<SentPing> pings_;  // not yet answered
  uint32_t next_ping_id_ = 1;
  uint64_t answered_ = 0;   // the end of the last ping that was
  uint64_t stdin_end_ = 0;  // of the last stdin, counted likewise
};

}  // namespace secure_exec
