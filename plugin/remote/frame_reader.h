// Frames from a WebSocket server, as events; wslay does the decoding and demands what RFC 6455
// demands. Message bytes are handed on as they come, so that a message may have any size. Nothing
// is ever answered here, least of all with a Close.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct wslay_event_context;

namespace secure_exec {

class FrameReader {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void OnMessageStart() = 0;  // binary; fragments of one message are one message
    virtual void OnMessageBytes(std::string_view bytes) = 0;
    virtual void OnPing(std::string_view payload) = 0;
  };
  struct Close {
    int code = 0;  // 1005 where none was sent
    std::string reason;
  };

  // `handler` is borrowed.
  explicit FrameReader(Handler& handler);
  ~FrameReader();
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  // kConnectionLost on a violation of the protocol or a text message; then the reader is done for.
  // Bytes behind a Close are ignored.
  Result<void> Feed(std::string_view bytes);
  bool closed() const { return closed_; }
  const Close& close() const { return close_; }

 private:
  struct Callbacks;
  struct FreeContext {
    void operator()(wslay_event_context* context) const;
  };

  Handler& handler_;
  std::unique_ptr<wslay_event_context, FreeContext> context_;
  std::string_view input_;
  bool data_frame_ = false;  // the frame being read is of a message
  bool text_ = false;
  bool closed_ = false;
  Close close_;
};

}  // namespace secure_exec
