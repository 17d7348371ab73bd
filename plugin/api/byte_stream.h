// A connected, non-blocking stream of bytes to the API server (TLS inside). The seam between the
// protocols and libcurl: tests and fuzzers put their own behind it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"

namespace secure_exec {

struct IoResult {
  size_t bytes = 0;         // 0 with neither flag: nothing more to read
  bool would_block = false;
  bool end = false;         // read: the peer closed (with or without close_notify)
};

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual int fd() const = 0;  // to poll
  // Read until would_block before polling: bytes may wait inside TLS while the socket is quiet.
  virtual Result<IoResult> Read(std::span<char> buffer) = 0;
  // After would_block the next Write must pass the same bytes again.
  virtual Result<IoResult> Write(std::string_view bytes) = 0;
};

}  // namespace secure_exec
