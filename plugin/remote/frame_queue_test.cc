#include "plugin/remote/frame_queue.h"

#include <gtest/gtest.h>

#include <vector>

#include "plugin/remote/testing_stream.h"

namespace secure_exec {
namespace {

struct Frame {
  bool fin = false, masked = false;
  int opcode = 0;
  std::string payload;
};

// A server's reading of the bytes, straight from RFC 6455 section 5.2.
std::vector<Frame> Decode(const std::string& bytes) {
  std::vector<Frame> frames;
  size_t at = 0;
  auto byte = [&] { return static_cast<unsigned char>(bytes.at(at++)); };
  while (at < bytes.size()) {
    Frame frame;
    const int first = byte(), second = byte();
    frame.fin = (first & 0x80) != 0;
    frame.opcode = first & 0x0f;
    frame.masked = (second & 0x80) != 0;
    size_t size = second & 0x7f;
    EXPECT_NE(127u, size);  // no message is that long
    if (size == 126) {
      size = byte();
      size = size << 8 | byte();
    }
    unsigned char mask[4] = {};
    for (auto& m : mask) m = byte();
    for (size_t i = 0; i < size; ++i) {
      frame.payload += static_cast<char>(byte() ^ mask[i % 4]);
    }
    frames.push_back(std::move(frame));
  }
  return frames;
}

std::string Payload(size_t size) {
  std::string text;
  for (size_t i = 0; i < size; ++i) text += static_cast<char>(i * 7 + (i >> 8));
  return text;
}

TEST(FrameQueue, EveryMessageIsOneMaskedFrame) {
  for (const size_t size : {0, 1, 2, 7, 8, 9, 124, 125, 126, 127, 1000, 32768}) {
    ScriptedStream::Peer peer;
    ScriptedStream stream(peer);
    FrameQueue queue;
    queue.PushMessage(4, Payload(size));
    ASSERT_TRUE(queue.Flush(stream).value());
    const auto frames = Decode(peer.written);
    ASSERT_EQ(1u, frames.size()) << size;
    EXPECT_TRUE(frames[0].fin);
    EXPECT_TRUE(frames[0].masked);
    EXPECT_EQ(2, frames[0].opcode);
    EXPECT_EQ("\x04" + Payload(size), frames[0].payload) << size;
  }
}

TEST(FrameQueue, ControlFramesHaveNoChannel) {
  ScriptedStream::Peer peer;
  ScriptedStream stream(peer);
  FrameQueue queue;
  queue.PushControl(9, "");
  queue.PushControl(10, "abc");
  ASSERT_TRUE(queue.Flush(stream).value());
  const auto frames = Decode(peer.written);
  ASSERT_EQ(2u, frames.size());
  EXPECT_EQ(9, frames[0].opcode);
  EXPECT_EQ("", frames[0].payload);
  EXPECT_EQ(10, frames[1].opcode);
  EXPECT_EQ("abc", frames[1].payload);
}

TEST(FrameQueue, AnEmptyMessageIsAHeaderAndAMask) {
  ScriptedStream::Peer peer;
  ScriptedStream stream(peer);
  FrameQueue queue;
  queue.PushEmpty();
  ASSERT_TRUE(queue.Flush(stream).value());
  EXPECT_EQ(6u, peer.written.size());
  const auto frames = Decode(peer.written);
  ASSERT_EQ(1u, frames.size());
  EXPECT_TRUE(frames[0].fin);
  EXPECT_TRUE(frames[0].masked);
  EXPECT_EQ(2, frames[0].opcode);
  EXPECT_EQ("", frames[0].payload);
  EXPECT_EQ(0u, queue.stdin_written());
}

TEST(FrameQueue, MasksAreFresh) {
  ScriptedStream::Peer peer;
  ScriptedStream stream(peer);
  FrameQueue queue;
  std::vector<std::string> masks;
  for (int i = 0; i < 200; ++i) {  // more than one refill
    queue.PushMessage(0, "");
    ASSERT_TRUE(queue.Flush(stream).value());
    masks.push_back(std::exchange(peer.written, {}).substr(2, 4));
  }
  std::sort(masks.begin(), masks.end());
  // 200 of 2^32: two pairs alike are one in 10^10.
  EXPECT_GE(std::unique(masks.begin(), masks.end()) - masks.begin(), 199);
}

TEST(FrameQueue, ABlockedWriteComesAgainUnmoved) {
  ScriptedStream::Peer peer;
  peer.write_room = 10;
  ScriptedStream stream(peer);
  FrameQueue queue;
  queue.PushMessage(0, Payload(100));
  EXPECT_FALSE(queue.Flush(stream).value());
  queue.PushMessage(0, Payload(70'000 / 3));  // must not move what is pending
  EXPECT_FALSE(queue.Flush(stream).value());
  peer.write_room = SIZE_MAX;
  EXPECT_TRUE(queue.Flush(stream).value());
  EXPECT_FALSE(peer.moved_pending);
  const auto frames = Decode(peer.written);
  ASSERT_EQ(2u, frames.size());
  EXPECT_EQ(Payload(100), frames[0].payload.substr(1));
  EXPECT_EQ(Payload(70'000 / 3), frames[1].payload.substr(1));
}

TEST(FrameQueue, ShortWritesLoseNothing) {
  for (size_t limit = 1; limit < 40; ++limit) {
    ScriptedStream::Peer peer;
    peer.write_limit = limit;
    ScriptedStream stream(peer);
    FrameQueue queue;
    queue.PushMessage(0, "hello");
    queue.PushMessage(0, Payload(130));
    ASSERT_TRUE(queue.Flush(stream).value());
    const auto frames = Decode(peer.written);
    ASSERT_EQ(2u, frames.size());
    EXPECT_EQ(Payload(130), frames[1].payload.substr(1));
  }
}

TEST(FrameQueue, StdinCountsWhenItsFrameIsOut) {
  ScriptedStream::Peer peer;
  peer.write_room = 6 + 1 + 4;  // all of the first frame but one byte
  ScriptedStream stream(peer);
  FrameQueue queue;
  queue.PushMessage(0, "hello");
  queue.PushMessage(4, "a size");
  queue.PushMessage(0, "you");
  EXPECT_FALSE(queue.Flush(stream).value());
  EXPECT_EQ(0u, queue.stdin_written());
  peer.write_room = 1;
  EXPECT_FALSE(queue.Flush(stream).value());
  EXPECT_EQ(5u, queue.stdin_written());
  peer.write_room = SIZE_MAX;
  EXPECT_TRUE(queue.Flush(stream).value());
  EXPECT_EQ(8u, queue.stdin_written());
  EXPECT_EQ(0u, queue.queued());
  EXPECT_EQ(peer.written.size(), queue.written());
}

}  // namespace
}  // namespace secure_exec
