#include "plugin/remote/frame_reader.h"

#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>

namespace secure_exec {
namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 62;
constexpr int kCloseWithoutCode = 1005;

}  // namespace

struct FrameReader::Callbacks {
  static FrameReader& Self(void* user) { return *static_cast<FrameReader*>(user); }

  static ssize_t OnRecv(wslay_event_context_ptr context, uint8_t* buffer, size_t size, int,
                        void* user) {
    FrameReader& self = Self(user);
    if (self.input_.empty() || self.text_) {
      wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    const size_t taken = std::min(size, self.input_.size());
    std::memcpy(buffer, self.input_.data(), taken);
    self.input_.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }

  static void OnFrameStart(wslay_event_context_ptr,
                           const wslay_event_on_frame_recv_start_arg* frame, void* user) {
    FrameReader& self = Self(user);
    self.data_frame_ = !wslay_is_ctrl_frame(frame->opcode) && !self.text_;
    if (frame->opcode == WSLAY_TEXT_FRAME) {
      self.text_ = true;
      self.data_frame_ = false;
    } else if (frame->opcode == WSLAY_BINARY_FRAME && self.data_frame_) {
      self.handler_.OnMessageStart();
    }
  }

  static void OnFrameChunk(wslay_event_context_ptr,
                           const wslay_event_on_frame_recv_chunk_arg* chunk, void* user) {
    FrameReader& self = Self(user);
    if (!self.data_frame_ || chunk->data_length == 0) return;
    self.handler_.OnMessageBytes({reinterpret_cast<const char*>(chunk->data), chunk->data_length});
  }

  static void OnMessage(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message,
                        void* user) {
    FrameReader& self = Self(user);
    const std::string_view bytes(reinterpret_cast<const char*>(message->msg), message->msg_length);
    if (message->opcode == WSLAY_PING) {
      self.handler_.OnPing(bytes);
    } else if (message->opcode == WSLAY_CONNECTION_CLOSE && !self.closed_) {
      self.closed_ = true;
      self.close_.code = message->status_code == 0 ? kCloseWithoutCode : message->status_code;
      if (bytes.size() > 2) self.close_.reason = bytes.substr(2);
    }
  }
};

void FrameReader::FreeContext::operator()(wslay_event_context* context) const {
  wslay_event_context_free(context);
}

FrameReader::FrameReader(Handler& handler) : handler_(handler) {
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = &Callbacks::OnRecv;
  callbacks.on_frame_recv_start_callback = &Callbacks::OnFrameStart;
  callbacks.on_frame_recv_chunk_callback = &Callbacks::OnFrameChunk;
  callbacks.on_msg_recv_callback = &Callbacks::OnMessage;
  wslay_event_context_ptr context = nullptr;
  if (wslay_event_context_client_init(&context, &callbacks, this) != 0) return;
  context_.reset(context);
  wslay_event_config_set_no_buffering(context, 1);
  wslay_event_config_set_max_recv_msg_length(context, kNoLimit);
  // wslay queues answers to pings and closes; with its writing shut down it queues nothing.
  wslay_event_shutdown_write(context);
}

FrameReader::~FrameReader() = default;

Result<void> FrameReader::Feed(std::string_view bytes) {
  if (closed_) return {};
  if (!context_) return Fail(ErrorKind::kConnectionLost, "websocket: out of memory");
  input_ = bytes;
  const int result = wslay_event_recv(context_.get());
  input_ = {};
  if (text_) return Fail(ErrorKind::kConnectionLost, "unexpected message type: 1");
  if (closed_) return {};
  if (result != 0 || wslay_event_get_read_enabled(context_.get()) == 0) {
    return Fail(ErrorKind::kConnectionLost,
                "websocket: the server (or something between) broke the protocol");
  }
  return {};
}

}  // namespace secure_exec
