// A remote command over WebSocket, v5.channel.k8s.io or v4.channel.k8s.io: the first byte of every
// binary message is its channel.
//
//   0 stdin →   1 stdout ←   2 stderr ←   3 status ←   4 resize →   255 close (v5: FF <channel>)
//
// What servers made us do (docs: RemoteCommand's contract has the rest):
//   - no WebSocket Close is ever sent: a translating API server would then drain the pod for ever.
//     Destroying the command closes TCP, which stops it.
//   - no resize without a TTY: nobody reads that channel, and the server's loop would block.
//   - a ping every 5 s; silence for 61 s is a lost connection. Only silence that we were there for
//     counts: not while the listener took no output, not while the machine or we were stopped.
//   - an empty binary frame when we sent no other message for a minute: servers end a stream that
//   was
//     idle for 4 hours, or for what their admin says instead (5 minutes is common), and pings are
//     no activity to them. It reaches no process. None while KeepAlive(false).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "plugin/remote/frame_queue.h"
#include "plugin/remote/frame_reader.h"
#include "plugin/remote/input_buffer.h"
#include "plugin/remote/output_gatherer.h"
#include "plugin/remote/remote_command.h"
#include "plugin/remote/silence.h"
#include "plugin/remote/status_collector.h"

namespace secure_exec {

class WebSocketCommand final : public RemoteCommand, private FrameReader::Handler {
 public:
  static constexpr int64_t kPingInterval = 5 * kSecond;
  static constexpr int64_t kSilenceLimit = 61 * kSecond;
  static constexpr int64_t kKeepAliveInterval = 60 * kSecond;
  // While something waits to be read, which what we send might destroy (Ping() has why).
  static constexpr int64_t kUnreadKeepAliveInterval = 20 * 60 * kSecond;
  // Once a status came, which is the last message, for the stream to end.
  static constexpr int64_t kGoodbyeLimit = 10 * kSecond;
  static constexpr size_t kStdinQueue = 256 * 1024;
  static constexpr size_t kReadBudget = 256 * 1024;

  // `stream` is past the handshake; `early` are the bytes that came with the 101.
  WebSocketCommand(std::unique_ptr<ByteStream> stream, std::string protocol, bool tty,
                   std::string_view early, const Clock& clock);

  int fd() const override { return stream_->fd(); }
  short PollEvents(const Listener& listener) const override;
  std::optional<int64_t> Deadline() const override;
  bool HasBufferedInput() const override { return !finished_ && input_.maybe_more(); }
  Result<void> Advance(Listener& listener) override;
  size_t StdinRoom() const override;
  void SendStdin(std::string_view bytes) override;
  void CloseStdin() override;
  bool CanCloseStdin() const override;
  void Resize(WindowSize size) override;
  int64_t silence() const override { return silence_.length(); }
  void KeepAlive(bool on) override { keep_alive_ = on; }
  bool finished() const override { return finished_; }
  std::string_view status_bytes() const override { return status_.bytes(); }
  std::string_view protocol() const override { return protocol_; }
  uint64_t stdin_sent() const override { return out_.stdin_written(); }

 private:
  void OnMessageStart() override;
  void OnMessageBytes(std::string_view bytes) override;
  void OnPing(std::string_view payload) override;

  int64_t SilenceLimit() const { return status_.bytes().empty() ? kSilenceLimit : kGoodbyeLimit; }
  void Ping(int64_t now, bool drained);
  void SendEmpty(int64_t now, bool drained);
  void Push(uint8_t channel, std::string_view payload);
  void Write();
  Result<void> Read(Listener& listener);
  Result<void> JudgeEnd();
  Result<void> Lost(const std::string& why);

  const Clock& clock_;
  const std::unique_ptr<ByteStream> stream_;
  const std::string protocol_;
  const bool tty_;
  FrameReader reader_;
  FrameQueue out_;

  // The message being read.
  std::optional<uint8_t> channel_;
  InputBuffer input_;
  std::optional<Error> write_error_;
  OutputGatherer output_;
  Listener* listener_ = nullptr;  // during Advance()
  StatusCollector status_;
  bool finished_ = false;
  bool stdin_closed_ = false;
  std::optional<WindowSize> waiting_size_;  // the latest, while the queue is full

  int64_t next_ping_, next_keep_alive_, last_message_;
  bool keep_alive_ = true;
  Silence silence_;
  // Of the last ping and the last empty frame, counted like out_.written().
  uint64_t ping_end_ = 0, keep_alive_end_ = 0;
};

}  // namespace secure_exec
