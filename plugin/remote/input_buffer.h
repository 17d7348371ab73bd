// Bytes read from a stream and not yet decoded, and how the reading ended. One buffer's worth at a
// time: the end and errors are kept until the owner has taken what came before them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plugin/api/byte_stream.h"

namespace secure_exec {

class InputBuffer {
 public:
  static constexpr size_t kBytes = 64 * 1024;

  // `early`: what came with the answer to the handshake.
  explicit InputBuffer(std::string_view early);

  // Reads until the buffer is full, or the stream would block, ended or failed.
  void Fill(ByteStream& stream);
  // All that is there; it is dropped at the next Fill(). `early` may be more than kBytes.
  std::string_view Take();

  // The last Fill() did not meet would_block: there may be more.
  bool maybe_more() const { return maybe_more_; }
  bool ended() const { return ended_; }  // the peer closed
  const std::optional<Error>& error() const { return error_; }

 private:
  std::vector<char> buffer_;
  size_t filled_ = 0;
  bool maybe_more_ = true;
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace secure_exec
