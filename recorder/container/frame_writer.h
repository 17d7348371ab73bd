// Lines in, the bytes of the main file out: `Z0 K0`, then `Zk Kk` for each frame, at last the seal
// and the seek table (docs/format.md sections 1, 3, 4). Keeps the chain, the session key and the
// open frame. No I/O: a frame stays open until Commit() says that its bytes were written, so that
// a failed write can be answered with a shorter frame.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "recorder/cast/line_writer.h"
#include "recorder/container/checkpoint.h"
#include "recorder/container/frame_compressor.h"
#include "recorder/container/merkle.h"
#include "recorder/container/salt_tree.h"
#include "recorder/container/seek_table.h"

namespace secure_exec {

class FrameWriter {
 public:
  FrameWriter(const Uuid& id, RandomSource random);
  ~FrameWriter();
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  // Makes the session key and returns `Z0 ‖ K0`; then frame 1 is open. `header` is a line with LF.
  // kRecording if it is longer than a reader accepts.
  Result<std::string> Genesis(std::string_view header, const SigningKey& user_key, int64_t wall_ns);
  Hash genesis_link() const { return genesis_link_; }

  const Uuid& id() const { return id_; }

  // The open frame.
  uint64_t k() const { return k_; }
  const Hash& seed() const { return seed_; }
  uint64_t first_line() const { return first_line_; }
  std::string_view lines() const { return lines_; }
  uint32_t line_count() const { return static_cast<uint32_t>(infos_.size()); }
  void Add(std::string_view line, const LineInfo& info);
  // Drops all but the first `count` lines.
  void KeepFirst(uint32_t count);

  // `interim body ‖ signature` over the lines so far.
  std::string SignInterim(int64_t wall_ns) const;

  // `Zk ‖ Kk` of the open frame; for kSeal with the seek table behind it. Valid until the next
  // call that is not const. Fails (kRecording) only where zstd does.
  Result<std::string_view> Close(CheckpointKind kind, int level, int64_t wall_ns);
  // What Close() returned is written: the next frame is open, and after the seal none, for then
  // the session key is wiped.
  void Commit();
  // H(body) of the last committed checkpoint.
  const Hash& link() const { return link_; }

  // Between Close(kSeal) and Commit(), for what vouches for the sealed file from outside: the
  // session key's signature over `message`, which must not begin as a checkpoint's body does.
  Signature Sign(std::string_view message) const { return session_key_->Sign(message); }
  const GenesisKeys& keys() const { return keys_; }
  const Hash& closed_link() const { return closed_link_; }
  // Payload bytes of all frames with the open one, by channel.
  uint64_t total_payload(int channel) const {
    return total_payload_[channel] + payload_bytes_[channel];
  }

 private:
  // Z and K of `plain` into out_, and their seek entries;
  Result<void> Encode(CheckpointBody body, std::string_view plain, const uint32_t* payload_bytes,
                      int level, const SigningKey* user_key);
  CheckpointBody OpenBody(CheckpointKind kind, int64_t wall_ns) const;

  Uuid id_;
  RandomSource random_;
  FrameCompressor compressor_;
  std::optional<SigningKey> session_key_;
  GenesisKeys keys_;
  Hash genesis_link_{};
  Hash link_{};         // prev of the open frame
  Hash closed_link_{};  // its own, once it is closed
  bool sealing_ = false;

  uint64_t k_ = 0;
  uint64_t first_line_ = 0;
  Hash seed_{};
  std::string lines_;
  std::vector<LineInfo> infos_;
  uint32_t payload_bytes_[kChannels] = {0, 0, 0};
  uint64_t total_payload_[kChannels] = {0, 0, 0};  // of the committed frames
  std::optional<SaltSequence> salts_;
  MerkleTree tree_;

  std::string out_;
  std::vector<SeekEntry> entries_;  // of the committed frames
  SeekEntry closed_entry_;
};

}  // namespace secure_exec
