// SPDY/3.1 frames (the SPDY/3 draft, sections 2.2 to 2.6), as far as exec needs them; no I/O.
//
//   control  80 03  type:16  flags:8  length:24  payload
//   data     stream:32 (top bit 0)   flags:8  length:24  payload
//
// The reader is incremental. Data are handed on as they come, so that a data frame may have any
// size; control frames are gathered, and may have at most kMaxControlBytes. What is of no use to
// us is read over: SETTINGS, WINDOW_UPDATE, types that are not known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plugin/remote/spdy_headers.h"

namespace secure_exec {

enum class SpdyType : uint16_t {
  kSynStream = 1,
  kSynReply = 2,
  kRstStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kHeaders = 8,
  kWindowUpdate = 9,
};

inline constexpr uint8_t kSpdyFin = 1;  // the sender's last frame on the stream

// `payload` below 16 MiB.
void AppendSpdyControl(SpdyType type, uint8_t flags, std::string_view payload, std::string& out);
void AppendSpdyData(uint32_t stream, uint8_t flags, std::string_view payload, std::string& out);
void AppendSpdySynStream(uint32_t stream, std::string_view header_block, std::string& out);
void AppendSpdyPing(uint32_t id, std::string& out);

class SpdyReader {
 public:
  static constexpr size_t kMaxControlBytes = 32 * 1024;

  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void OnReply(uint32_t stream) = 0;  // SYN_REPLY
    virtual void OnData(uint32_t stream, std::string_view bytes) = 0;
    virtual void OnFin(uint32_t stream) = 0;  // no more data on it
    virtual void OnReset(uint32_t stream, uint32_t status) = 0;
    virtual void OnPing(uint32_t id) = 0;  // the peer's, or the answer to one of ours
    virtual void OnGoAway(uint32_t status) = 0;
  };

  // `handler` is borrowed.
  explicit SpdyReader(Handler& handler) : handler_(handler) {}

  // kConnectionLost on a violation of the protocol, which includes a stream that the peer opens;
  // then the reader is done for.
  Result<void> Feed(std::string_view bytes);

 private:
  Result<void> OnFrameHeader();
  Result<void> OnControl();

  Handler& handler_;
  SpdyHeaderReader headers_;
  std::string header_;    // of the frame being read
  std::string payload_;   // of a control frame
  size_t remaining_ = 0;  // bytes of the payload
  bool in_payload_ = false, control_ = false;
  uint16_t type_ = 0;
  uint32_t stream_ = 0;
  uint8_t flags_ = 0;
};

}  // namespace secure_exec
