// Lines in, one zstd frame out, as docs/format.md section 1 wants it: content size, checksum,
// window of at most 1 MiB.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

struct ZSTD_CCtx_s;

namespace secure_exec {

class FrameCompressor {
 public:
  FrameCompressor();
  ~FrameCompressor();
  FrameCompressor(const FrameCompressor&) = delete;
  FrameCompressor& operator=(const FrameCompressor&) = delete;

  // Into `out`, in place of what it held. kRecording, only where zstd fails.
  Result<void> Compress(std::string_view plain, int level, std::string& out);

 private:
  ZSTD_CCtx_s* context_;
};

}  // namespace secure_exec
