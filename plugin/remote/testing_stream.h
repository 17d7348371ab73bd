// A ByteStream in memory, for tests and fuzzers: a script of what the server does, and what it was
// sent. Never blocks; its descriptor is always ready.
#pragma once

#include <fcntl.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/unique_fd.h"
#include "plugin/api/byte_stream.h"

namespace secure_exec {

class ScriptedStream : public ByteStream {
 public:
  // What one Read() meets: bytes (as much as fits), would_block, the end, or an error.
  struct Step {
    std::string bytes;
    enum class Kind { kBytes, kWouldBlock, kEnd, kError } kind = Kind::kBytes;
  };
  // The far side, which outlives the stream that a command owns.
  struct Peer {
    std::deque<Step> reads;  // an empty script would block
    std::string written;
    size_t write_limit = SIZE_MAX;  // bytes that one Write() takes
    size_t write_room = SIZE_MAX;   // bytes until writing would block
    bool write_fails = false;
    bool moved_pending = false;  // a Write() after would_block had other bytes
    bool destroyed = false;

    void Send(std::string bytes) {
      if (!bytes.empty()) reads.push_back({std::move(bytes), Step::Kind::kBytes});
    }
    void Pause() { reads.push_back({"", Step::Kind::kWouldBlock}); }
    void End() { reads.push_back({"", Step::Kind::kEnd}); }
    void Break(std::string why) { reads.push_back({std::move(why), Step::Kind::kError}); }
  };

  explicit ScriptedStream(Peer& peer) : peer_(peer), fd_(open("/dev/null", O_RDWR | O_CLOEXEC)) {}
  ~ScriptedStream() override { peer_.destroyed = true; }
  int fd() const override { return fd_.get(); }

  Result<IoResult> Read(std::span<char> buffer) override {
    if (peer_.reads.empty()) return IoResult{.would_block = true};
    Step& step = peer_.reads.front();
    const Step::Kind kind = step.kind;
    if (kind == Step::Kind::kBytes) {
      const size_t size = std::min(buffer.size(), step.bytes.size());
      std::copy_n(step.bytes.begin(), size, buffer.begin());
      step.bytes.erase(0, size);
      if (step.bytes.empty()) peer_.reads.pop_front();
      return IoResult{.bytes = size};
    }
    if (kind == Step::Kind::kEnd) return IoResult{.end = true};
    if (kind == Step::Kind::kError) return Fail(ErrorKind::kConnectionLost, "{}", step.bytes);
    peer_.reads.pop_front();
    return IoResult{.would_block = true};
  }

  Result<IoResult> Write(std::string_view bytes) override {
    if (peer_.write_fails) return Fail(ErrorKind::kConnectionLost, "write tcp: broken pipe");
    // libcurl's rule: the same pointer and the same length.
    if (pending_ && (pending_->data() != bytes.data() || pending_->size() != bytes.size())) {
      peer_.moved_pending = true;
    }
    pending_.reset();
    const size_t size = std::min({bytes.size(), peer_.write_limit, peer_.write_room});
    if (size == 0 && !bytes.empty()) {
      pending_ = bytes;
      return IoResult{.would_block = true};
    }
    peer_.written += bytes.substr(0, size);
    if (peer_.write_room != SIZE_MAX) peer_.write_room -= size;
    return IoResult{.bytes = size};
  }

 private:
  Peer& peer_;
  UniqueFd fd_;
  std::optional<std::string_view> pending_;
};

}  // namespace secure_exec
