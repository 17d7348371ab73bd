// Bytes waiting to go out on a stream, in order; the part of a frame queue that is the same for
// every framing.
//
// A stream that says would_block must be given the same bytes again, so what is being sent is
// frozen and new bytes gather beside it. Not bounded here: who appends looks at queued() first.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plugin/api/byte_stream.h"

namespace secure_exec {

class SendQueue {
 public:
  // Where frames are appended, whole.
  std::string& tail() { return waiting_; }
  // All that has been appended ends with a frame that carries `bytes` of stdin.
  void MarkStdin(size_t bytes) { stdin_marks_.push_back({pushed(), bytes}); }

  // Writes until all is written (true) or the stream would block (false).
  Result<bool> Flush(ByteStream& stream);
  // Drops what is queued: the stream takes no more.
  void Clear();

  size_t queued() const { return sending_.size() - sent_ + waiting_.size(); }
  // Bytes appended and written since the beginning, framing included.
  uint64_t pushed() const { return written_ + queued(); }
  uint64_t written() const { return written_; }
  // Bytes of stdin in frames that were written whole.
  uint64_t stdin_written() const { return stdin_written_; }

 private:
  struct Mark {
    uint64_t end;  // of the frame, counted like written()
    size_t bytes;
  };

  std::string sending_;  // frozen
  size_t sent_ = 0;      // of sending_
  std::string waiting_;
  uint64_t written_ = 0;
  std::deque<Mark> stdin_marks_;
  uint64_t stdin_written_ = 0;
};

}  // namespace secure_exec
