#include "recorder/container/zstd_frame.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstdlib>

#include "recorder/cast/event.h"

namespace secure_exec {
namespace {

constexpr uint64_t kMaxWindow = 1 << 20;
constexpr int kMaxWindowLog = 20;
constexpr uint64_t kMaxBlock = 128 * 1024;
constexpr std::string_view kMagic("\x28\xB5\x2F\xFD", 4);

uint64_t LittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

FrameScan Prefix(std::string_view bytes) {
  return {FrameScan::State::kPrefix, bytes.size(), 0, {}};
}
FrameScan Bad(size_t at, std::string_view problem) {
  return {FrameScan::State::kBad, at, 0, problem};
}

}  // namespace

FrameScan ScanFrame(std::string_view bytes) {
  const auto seen = std::min(bytes.size(), kMagic.size());
  const auto differ = std::mismatch(bytes.begin(), bytes.begin() + seen, kMagic.begin());
  if (differ.second != kMagic.begin() + seen) {
    return Bad(static_cast<size_t>(differ.second - kMagic.begin()), "no zstd frame begins there");
  }
  if (bytes.size() <= kMagic.size()) return Prefix(bytes);

  size_t at = kMagic.size();
  const auto descriptor = static_cast<uint8_t>(bytes[at]);
  const bool single_segment = (descriptor & 0x20) != 0;
  if ((descriptor & 0x03) != 0) return Bad(at, "a zstd frame that needs a dictionary");
  if ((descriptor & 0x04) == 0) return Bad(at, "a zstd frame without a checksum");
  if ((descriptor & 0x18) != 0) return Bad(at, "a zstd frame with unknown flags");
  if (descriptor >> 6 == 0 && !single_segment) {
    return Bad(at, "a zstd frame without its content's size");
  }
  ++at;
  uint64_t window = 0;
  if (!single_segment) {
    if (bytes.size() <= at) return Prefix(bytes);
    const auto byte = static_cast<uint8_t>(bytes[at]);
    const uint64_t base = uint64_t{1} << (10 + (byte >> 3));
    window = base + base / 8 * (byte & 7);
    if (window > kMaxWindow) return Bad(at, "a zstd frame with a window over 1 MiB");
    ++at;
  }
  const size_t width = size_t{1} << (descriptor >> 6);
  if (bytes.size() < at + width) return Prefix(bytes);
  const uint64_t content = LittleEndian(bytes.substr(at, width)) + (width == 2 ? 256 : 0);
  if (content == 0 || content > kMaxFrameContent) {
    return Bad(at, "a zstd frame whose content is empty or over 1 MiB");
  }
  at += width;
  if (single_segment) window = content;

  for (bool last = false; !last;) {
    if (at > kMaxCompressedFrame) return Bad(at, "a zstd frame larger than its content allows");
    if (bytes.size() < at + 3) return Prefix(bytes);
    const auto header = static_cast<uint32_t>(LittleEndian(bytes.substr(at, 3)));
    last = (header & 1) != 0;
    const uint32_t type = header >> 1 & 3;
    const uint32_t size = header >> 3;
    if (type == 3) return Bad(at, "a zstd block of an unknown type");
    if (size > std::min(window, kMaxBlock)) return Bad(at, "a zstd block over its limit");
    constexpr uint32_t kRepeated = 1;  // one byte, `size` times
    at += 3 + (type == kRepeated ? 1 : size);
  }
  at += 4;  // the checksum
  if (at > kMaxCompressedFrame) return Bad(at, "a zstd frame larger than its content allows");
  if (bytes.size() < at) return Prefix(bytes);
  return {FrameScan::State::kWhole, at, static_cast<uint32_t>(content), {}};
}

FrameDecoder::FrameDecoder() : context_(ZSTD_createDCtx()) {
  if (context_ == nullptr ||
      ZSTD_isError(ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kMaxWindowLog))) {
    std::abort();  // only without memory
  }
}

FrameDecoder::~FrameDecoder() { ZSTD_freeDCtx(context_); }

Result<std::string_view> FrameDecoder::Decode(std::string_view frame, uint32_t content_size) {
  if (buffer_.size() < content_size) buffer_.resize(content_size);
  // Where libzstd would end the frame elsewhere it would go on with a second one.
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) {
    return Fail(ErrorKind::kFormat, "its zstd blocks are damaged");
  }
  const size_t size =
      ZSTD_decompressDCtx(context_, buffer_.data(), content_size, frame.data(), frame.size());
  if (ZSTD_isError(size)) {
    return Fail(ErrorKind::kFormat, "it does not decompress: {}",
                ZSTD_getErrorString(ZSTD_getErrorCode(size)));
  }
  if (size != content_size) return Fail(ErrorKind::kFormat, "its content's size is wrong");
  return std::string_view(buffer_).substr(0, size);
}

}  // namespace secure_exec
