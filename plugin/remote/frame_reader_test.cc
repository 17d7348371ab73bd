#include "plugin/remote/frame_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace secure_exec {
namespace {

using namespace std::string_literals;

// Bytes of a server's frame.
std::string Frame(int first, const std::string& payload) {
  std::string bytes(1, static_cast<char>(first));
  if (payload.size() < 126) {
    bytes += static_cast<char>(payload.size());
  } else if (payload.size() < 65536) {
    bytes += static_cast<char>(126);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size());
  } else {
    bytes += static_cast<char>(127);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes += static_cast<char>(uint64_t{payload.size()} >> shift);
    }
  }
  return bytes + payload;
}
std::string Binary(const std::string& payload) { return Frame(0x82, payload); }

// Messages, and pings with a '!' in front.
struct Collector : FrameReader::Handler {
  void OnMessageStart() override { events.emplace_back(); }
  void OnMessageBytes(std::string_view bytes) override { events.back() += bytes; }
  void OnPing(std::string_view payload) override { pings.push_back(std::string(payload)); }
  std::vector<std::string> events, pings;
};

struct Reading {
  Collector seen;
  FrameReader reader{seen};
};

TEST(FrameReader, ReadsMessagesOfAllLengths) {
  for (const size_t size : {0, 1, 125, 126, 127, 4095, 4096, 4097, 65535, 65536, 100000}) {
    Reading r;
    ASSERT_TRUE(r.reader.Feed(Binary(std::string(size, 'x'))));
    EXPECT_EQ(std::vector<std::string>{std::string(size, 'x')}, r.seen.events) << size;
  }
}

const std::string kTranscript = Binary("\x01"s) + Binary("\x01hello") +
                                Frame(0x02,
                                      "\x02"
                                      "ab") +
                                Frame(0x89, "are you there") + Frame(0x00, "") + Frame(0x80, "cd") +
                                Frame(0x8a, "") + Binary("") + Binary("\x03{}") +
                                Frame(0x88,
                                      "\x03\xe8"
                                      "bye");

TEST(FrameReader, AnySplitReadsTheSame) {
  for (size_t cut = 0; cut <= kTranscript.size(); ++cut) {
    Reading r;
    ASSERT_TRUE(r.reader.Feed(kTranscript.substr(0, cut))) << cut;
    ASSERT_TRUE(r.reader.Feed(kTranscript.substr(cut))) << cut;
    EXPECT_EQ((std::vector<std::string>{"\x01", "\x01hello",
                                        "\x02"
                                        "abcd",
                                        "", "\x03{}"}),
              r.seen.events)
        << cut;
    EXPECT_EQ(std::vector<std::string>{"are you there"}, r.seen.pings) << cut;
    ASSERT_TRUE(r.reader.closed()) << cut;
    EXPECT_EQ(1000, r.reader.close().code);
    EXPECT_EQ("bye", r.reader.close().reason);
  }
}

TEST(FrameReader, ByteByByteReadsTheSame) {
  Reading r;
  for (const char byte : kTranscript) ASSERT_TRUE(r.reader.Feed({&byte, 1}));
  EXPECT_EQ(5u, r.seen.events.size());
  EXPECT_TRUE(r.reader.closed());
}

TEST(FrameReader, ACutTranscriptIsNotClosed) {
  for (size_t cut = 0; cut < kTranscript.size(); ++cut) {
    Reading r;
    ASSERT_TRUE(r.reader.Feed(kTranscript.substr(0, cut)));
    EXPECT_FALSE(r.reader.closed()) << cut;
  }
}

TEST(FrameReader, CloseWithoutAWholeCodeIs1005) {
  for (const char* payload : {"", "x"}) {
    Reading r;
    ASSERT_TRUE(r.reader.Feed(Frame(0x88, payload)));
    EXPECT_EQ(1005, r.reader.close().code);
  }
}

TEST(FrameReader, NothingCountsAfterClose) {
  Reading r;
  ASSERT_TRUE(r.reader.Feed(Frame(0x88, "\x03\xe9") + Binary("late") + Frame(0xff, "")));
  ASSERT_TRUE(r.reader.Feed(Binary("later")));
  EXPECT_EQ(1001, r.reader.close().code);
  EXPECT_TRUE(r.seen.events.empty());
}

TEST(FrameReader, ATextMessageIsRefusedInKubectlsWords) {
  Reading r;
  const auto result = r.reader.Feed(Frame(0x81, "hello"));
  ASSERT_FALSE(result);
  EXPECT_EQ(ErrorKind::kConnectionLost, result.error().kind);
  EXPECT_EQ("unexpected message type: 1", result.error().message);
  EXPECT_TRUE(r.seen.events.empty());
}

TEST(FrameReader, WhatCameBeforeAViolationCounts) {
  Reading r;
  EXPECT_FALSE(r.reader.Feed(Binary("good") + Frame(0x83, "")));
  EXPECT_EQ(std::vector<std::string>{"good"}, r.seen.events);
}

TEST(FrameReader, ViolationsAreErrors) {
  const std::pair<const char*, std::string> kCases[] = {
      {"masked",
       "\x82\x81"
       "abcdx"s},
      {"reserved bit", Frame(0xc2, "x")},
      {"reserved opcode", Frame(0x83, "x")},
      {"reserved control opcode", Frame(0x8b, "")},
      {"continuation of nothing", Frame(0x80, "x")},
      {"message within a message", Frame(0x02, "x") + Frame(0x82, "y")},
      {"fragmented ping", Frame(0x09, "")},
      {"long ping", Frame(0x89, std::string(126, 'x'))},
      {"64-bit length with the top bit", "\x82\x7f\x80\0\0\0\0\0\0\0"s},
      {"length not minimal", "\x82\x7e\0\x05hello"s},
      {"garbage", "HTTP/1.1 200 OK\r\n\r\n"},
  };
  for (const auto& [name, bytes] : kCases) {
    Reading r;
    const auto result = r.reader.Feed(bytes);
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(ErrorKind::kConnectionLost, result.error().kind);
  }
}

TEST(FrameReader, AViolationIsFinal) {
  Reading r;
  EXPECT_FALSE(r.reader.Feed(Frame(0x83, "")));
  EXPECT_FALSE(r.reader.Feed(Binary("x")));
  EXPECT_TRUE(r.seen.events.empty());
}

TEST(FrameReader, AFloodOfPingsQueuesNothing) {
  Reading r;
  std::string flood;
  for (int i = 0; i < 10000; ++i) flood += Frame(0x89, "p");
  ASSERT_TRUE(r.reader.Feed(flood));
  EXPECT_EQ(10000u, r.seen.pings.size());
}

}  // namespace
}  // namespace secure_exec
