// The payload of an age file, written: a nonce, then chunks of 64 KiB, each encrypted once.
//
// Whether a chunk is the last one is part of its nonce, and the last one must not be empty (unless
// the whole payload is). So a chunk is encrypted only when more than it is there, and what is not
// yet encrypted, 64 KiB at most, stays in pending(). No I/O: whoever fails to write what came out
// writes those same bytes again, or stops; they cannot be made again.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "recorder/age/header.h"

namespace secure_exec {

inline constexpr size_t kAgeChunk = 64 * 1024;
inline constexpr size_t kAgeSealedChunk = kAgeChunk + kAeadTag;
using AgePayloadNonce = std::array<uint8_t, 16>;

AeadKey AgePayloadKey(const AgeFileKey& file_key, const AgePayloadNonce& nonce);
AeadNonce AgeChunkNonce(uint64_t chunk, bool last);

class AgePayloadWriter {
 public:
  // `nonce` is new for each file and stands in it before the first chunk; its writer writes it.
  AgePayloadWriter(const AgeFileKey& file_key, const AgePayloadNonce& nonce);
  ~AgePayloadWriter();

  // Appends to `out` the chunks that are whole now and not the last.
  void Append(std::string_view plain, std::string& out);
  // Appends the last chunk. Nothing can follow.
  void Finish(std::string& out);
  bool finished() const { return finished_; }

  // Bytes of plain text taken, and of those the ones that are not encrypted yet.
  uint64_t plain_size() const { return chunk_ * kAgeChunk + pending_.size(); }
  std::string_view pending() const { return pending_; }

 private:
  void SealChunk(std::string_view plain, bool last, std::string& out);

  Aead aead_;
  uint64_t chunk_ = 0;
  std::string pending_;
  bool finished_ = false;
};

}  // namespace secure_exec
