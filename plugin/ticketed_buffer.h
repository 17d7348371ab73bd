// Bytes on their way to somebody who may have them only once they are recorded: each run of bytes
// carries the recorder's ticket, and Ready() is what the tickets written so far let go.
// A bound is the caller's business: the session stops reading while size() is at its limit.
// Wipe(): what has gone is wiped, for bytes that may be secrets.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>

#include "recorder/container/crypto.h"
#include "recorder/recorder.h"

namespace secure_exec {

class TicketedBuffer {
 public:
  ~TicketedBuffer() {
    if (wipe_) secure_exec::Wipe(bytes_.data(), bytes_.size());
  }
  // For all that comes, `size_limit` bytes at a time.
  void Wipe(size_t size_limit) {
    wipe_ = true;
    bytes_.reserve(kCompactAt + size_limit);  // growing would leave copies behind
  }

  void Append(Recorder::Ticket ticket, std::string_view bytes) {
    if (bytes.empty()) return;
    bytes_.append(bytes);
    if (!runs_.empty() && runs_.back().ticket == ticket) {
      runs_.back().size += bytes.size();
    } else {
      runs_.push_back({ticket, bytes.size()});
    }
  }

  // What may go out now that `written` is recorded.
  std::string_view Ready(Recorder::Ticket written) {
    while (!runs_.empty() && runs_.front().ticket <= written) {
      ready_ += runs_.front().size;
      runs_.pop_front();
    }
    return std::string_view(bytes_).substr(begin_, ready_);
  }

  // The first `size` bytes of what Ready() said have gone.
  void Consume(size_t size) {
    if (wipe_) secure_exec::Wipe(bytes_.data() + begin_, size);
    begin_ += size;
    ready_ -= size;
    if (begin_ == bytes_.size()) {
      bytes_.clear();
      begin_ = 0;
    } else if (begin_ >= kCompactAt) {
      bytes_.erase(0, begin_);
      begin_ = 0;
    }
  }

  size_t size() const { return bytes_.size() - begin_; }
  bool empty() const { return size() == 0; }

 private:
  static constexpr size_t kCompactAt = 256 * 1024;
  struct Run {
    Recorder::Ticket ticket;
    size_t size;
  };
  std::string bytes_;
  size_t begin_ = 0;  // bytes before it have gone
  size_t ready_ = 0;  // bytes from begin_ on whose tickets were written
  std::deque<Run> runs_;
  bool wipe_ = false;
};

}  // namespace secure_exec
