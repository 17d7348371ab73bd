// One zstd frame at a time, under our limits and never under libzstd's choices: where a frame ends
// is found here, by its block headers (RFC 8878), and only then are exactly its bytes decoded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct ZSTD_DCtx_s;

namespace secure_exec {

inline constexpr uint32_t kZstdMagic = 0xFD2FB528;
// What 1 MiB of content can take at most (ZSTD_compressBound), rounded up.
inline constexpr size_t kMaxCompressedFrame = (1 << 20) + (16 << 10);

struct FrameScan {
  enum class State {
    kWhole,   // a frame ends at `size`
    kPrefix,  // the bytes end before the frame does; so far it could be one of ours
    kBad,     // not one of ours, from the byte at `size` on
  };
  State state = State::kBad;
  size_t size = 0;
  uint32_t content_size = 0;  // when kWhole
  std::string_view problem;   // when kBad; a literal
};

// `bytes` begins where a frame should; it may go on beyond it. Required: content size (1 byte to
// 1 MiB), checksum, window <= 1 MiB, no dictionary.
FrameScan ScanFrame(std::string_view bytes);

// Decodes scanned frames; keeps its buffer.
class FrameDecoder {
 public:
  FrameDecoder();
  ~FrameDecoder();
  FrameDecoder(const FrameDecoder&) = delete;
  FrameDecoder& operator=(const FrameDecoder&) = delete;

  // `frame` is what ScanFrame found whole. The result stays until the next call. kFormat.
  Result<std::string_view> Decode(std::string_view frame, uint32_t content_size);

 private:
  ZSTD_DCtx_s* context_;
  std::string buffer_;
};

}  // namespace secure_exec
