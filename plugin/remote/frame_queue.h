// Outgoing WebSocket frames: encoded, masked, queued, and handed to a stream.
//
// Every message is one frame: servers hand fragments up as messages of their own, so that the
// second fragment's first byte would be taken for a channel. Header and payload lie in one buffer
// and are sent by one Write().
//
// Not bounded here: who pushes looks at queued() first.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "plugin/api/byte_stream.h"
#include "plugin/remote/send_queue.h"

namespace secure_exec {

class FrameQueue {
 public:
  // Payload bytes in one message beside the channel's: what kubectl sends; servers take 32 MiB.
  static constexpr size_t kMaxPayload = 32 * 1024;

  // A binary message: the channel's byte, then `payload` (at most kMaxPayload).
  void PushMessage(uint8_t channel, std::string_view payload);
  // A binary message without even a channel: servers read it and pass nothing on.
  void PushEmpty();
  // A ping or pong; `payload` at most 125 bytes.
  void PushControl(uint8_t opcode, std::string_view payload);

  // Writes until all is written (true) or the stream would block (false).
  Result<bool> Flush(ByteStream& stream) { return queue_.Flush(stream); }
  // Drops what is queued: the stream takes no more.
  void Clear() { queue_.Clear(); }

  size_t queued() const { return queue_.queued(); }
  // Bytes pushed and written since the beginning, headers and masks included.
  uint64_t pushed() const { return queue_.pushed(); }
  uint64_t written() const { return queue_.written(); }
  // Payload bytes on channel 0 in frames that were written whole.
  uint64_t stdin_written() const { return queue_.stdin_written(); }

 private:
  void AppendFrame(uint8_t opcode, const uint8_t* channel, std::string_view payload);
  uint32_t NextMask();

  SendQueue queue_;
  std::array<unsigned char, 256> random_{};
  size_t random_used_ = sizeof(random_);
};

}  // namespace secure_exec
