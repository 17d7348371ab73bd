#include "recorder/container/frame_compressor.h"

#include <zstd.h>

namespace secure_exec {
namespace {

constexpr int kWindowLog = 20;

}  // namespace

FrameCompressor::FrameCompressor() : context_(ZSTD_createCCtx()) {
  ZSTD_CCtx_setParameter(context_, ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(context_, ZSTD_c_contentSizeFlag, 1);
  ZSTD_CCtx_setParameter(context_, ZSTD_c_windowLog, kWindowLog);
}

FrameCompressor::~FrameCompressor() { ZSTD_freeCCtx(context_); }

Result<void> FrameCompressor::Compress(std::string_view plain, int level, std::string& out) {
  ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, level);
  out.resize(ZSTD_compressBound(plain.size()));
  const size_t size = ZSTD_compress2(context_, out.data(), out.size(), plain.data(), plain.size());
  if (ZSTD_isError(size)) {
    return Fail(ErrorKind::kRecording, "recording: compressing: {}", ZSTD_getErrorName(size));
  }
  out.resize(size);
  return {};
}

}  // namespace secure_exec
