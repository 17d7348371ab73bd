#include "recorder/container/zstd_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <string>

namespace secure_exec {
namespace {

using testing::HasSubstr;
using State = FrameScan::State;

struct Settings {
  int checksum = 1, content_size = 1, window_log = 20;
};

std::string Compress(const std::string& content, Settings settings = {}) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, settings.checksum);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, settings.content_size);
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, settings.window_log);
  std::string out(ZSTD_compressBound(content.size()), '\0');
  out.resize(ZSTD_compress2(context, out.data(), out.size(), content.data(), content.size()));
  ZSTD_freeCCtx(context);
  return out;
}

// Bytes that compress a little, so that all block types appear in frames of it.
std::string Noise(size_t size) {
  std::string out;
  uint32_t state = 1;
  while (out.size() < size) {
    state = state * 1664525 + 1013904223;
    out += static_cast<char>(state >> 24);
  }
  return out;
}

std::string Problem(const std::string& frame) {
  const FrameScan scan = ScanFrame(frame);
  return scan.state == State::kBad ? std::string(scan.problem) : "none";
}

TEST(ScanFrame, FindsTheEndThatLibzstdFinds) {
  for (const std::string& content :
       {std::string("x"), std::string(300, 'y'), std::string(1 << 20, 'z'), Noise(1 << 20),
        Noise(5000) + std::string(400'000, 'a')}) {
    const std::string frame = Compress(content);
    const FrameScan scan = ScanFrame(frame + frame);
    ASSERT_EQ(scan.state, State::kWhole);
    EXPECT_EQ(scan.size, ZSTD_findFrameCompressedSize(frame.data(), frame.size()));
    EXPECT_EQ(scan.content_size, content.size());
    FrameDecoder decoder;
    EXPECT_EQ(*decoder.Decode(frame, scan.content_size), content);
  }
}
TEST(ScanFrame, EveryPrefixIsAPrefix) {
  const std::string frame = Compress(Noise(3000) + std::string(200'000, 'a'));
  for (size_t size = 0; size < frame.size(); ++size) {
    EXPECT_EQ(ScanFrame(frame.substr(0, size)).state, State::kPrefix) << size;
  }
}
TEST(ScanFrame, RefusesWhatIsNotOurs) {
  const std::string content(100'000, 'a');
  EXPECT_THAT(Problem("(\xB5/x"), HasSubstr("no zstd frame"));
  EXPECT_THAT(Problem("\x5B\x2A\x4D\x18"), HasSubstr("no zstd frame"));
  EXPECT_THAT(Problem(Compress(content, {.checksum = 0})), HasSubstr("checksum"));
  EXPECT_THAT(Problem(Compress(content, {.content_size = 0})), HasSubstr("content's size"));
  EXPECT_THAT(Problem(Compress(std::string((1 << 20) + 1, 'a'))), HasSubstr("over 1 MiB"));
  std::string dictionary = Compress(content);
  dictionary[4] |= 1;
  EXPECT_THAT(Problem(dictionary), HasSubstr("dictionary"));
}
TEST(ScanFrame, RefusesAWideWindow) {
  // Not single-segment, content size in 4 bytes, window 1 MiB + 1/8.
  const std::string wide("\x28\xB5\x2F\xFD\x84\x51\x01\x00\x00\x00", 10);
  EXPECT_THAT(Problem(wide), HasSubstr("window"));
  std::string right = wide;
  right[5] = '\x50';
  EXPECT_EQ(Problem(right), "none");
}
TEST(ScanFrame, RefusesEmptyContentAndBadBlocks) {
  const std::string head("\x28\xB5\x2F\xFD\x24", 5);  // single segment, content size in 1 byte
  EXPECT_THAT(Problem(head + std::string(1, '\0')), HasSubstr("empty"));
  EXPECT_THAT(Problem(head + "\x05\x07\0\0"), HasSubstr("no")) << "reserved block type";
  EXPECT_THAT(Problem(head + std::string("\x05\x31\0\0", 4)), HasSubstr("over its limit"));
}
TEST(ScanFrame, RefusesEndlessEmptyBlocks) {
  const std::string head("\x28\xB5\x2F\xFD\x24\x05", 6);
  EXPECT_THAT(Problem(head + std::string(kMaxCompressedFrame + 10, '\0')),
              HasSubstr("larger than its content allows"));
}

TEST(FrameDecoder, RefusesEveryFlippedBit) {
  const std::string content = Noise(200) + std::string(200, 'a');
  const std::string frame = Compress(content);
  FrameDecoder decoder;
  for (size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::string bad = frame;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    const FrameScan scan = ScanFrame(bad);
    if (scan.state != State::kWhole) continue;
    const auto decoded =
        decoder.Decode(std::string_view(bad).substr(0, scan.size), scan.content_size);
    EXPECT_FALSE(decoded && *decoded != content) << bit;
  }
}
TEST(FrameDecoder, RefusesTwoFramesAtOnce) {
  const std::string frame = Compress("one");
  FrameDecoder decoder;
  EXPECT_FALSE(decoder.Decode(frame + frame, 6));
  EXPECT_FALSE(decoder.Decode(frame, 2));
  EXPECT_FALSE(decoder.Decode(frame, 4));
  EXPECT_TRUE(decoder.Decode(frame, 3));
}

}  // namespace
}  // namespace secure_exec
