#include "plugin/remote/websocket.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <vector>

#include "plugin/remote/handshake.h"
#include "plugin/remote/testing_stream.h"

namespace secure_exec {
namespace {

using namespace std::string_literals;

constexpr char kSuccess[] = R"({"metadata":{},"status":"Success"})";

std::string Frame(int first, const std::string& payload) {
  std::string bytes(1, static_cast<char>(first));
  if (payload.size() < 126) {
    bytes += static_cast<char>(payload.size());
  } else {
    bytes += static_cast<char>(127);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes += static_cast<char>(uint64_t{payload.size()} >> shift);
    }
  }
  return bytes + payload;
}
std::string Message(int channel, const std::string& payload) {
  return Frame(0x82, static_cast<char>(channel) + payload);
}
std::string Close(int code, const std::string& reason = "") {
  return Frame(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + reason);
}

struct Listener : RemoteCommand::Listener {
  void OnOutput(Channel channel, std::string_view bytes) override {
    (channel == Channel::kStdout ? out : err) += bytes;
    order += channel == Channel::kStdout ? 'o' : 'e';
    if (room > 0) --room;
  }
  bool WantsOutput() const override { return room > 0; }
  std::string out, err, order;
  int room = 1'000'000;
};

// Opcodes, channels and texts of what a client sent: "2:0hello" is stdin.
std::vector<std::string> Sent(const std::string& bytes) {
  std::vector<std::string> frames;
  for (size_t at = 0; at < bytes.size();) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes.at(at + i)); };
    size_t size = byte(1) & 0x7f, header = 2;
    if (size == 126) {
      size = static_cast<size_t>(byte(2) << 8 | byte(3));
      header = 4;
    }
    std::string frame = fmt::format("{}:", byte(0) & 0xf);
    for (size_t i = 0; i < size; ++i) {
      const int plain = byte(header + 4 + i) ^ byte(header + (i & 3));
      if (i == 0 && (byte(0) & 0xf) == 2) {
        frame += fmt::format("{} ", plain);
      } else {
        frame += static_cast<char>(plain);
      }
    }
    frames.push_back(frame);
    at += header + 4 + size;
  }
  return frames;
}
using Frames = std::vector<std::string>;

struct Fixture : testing::Test {
  std::unique_ptr<WebSocketCommand> Start(bool tty = false, std::string_view early = "",
                                          std::string_view protocol = kProtocolV5) {
    return std::make_unique<WebSocketCommand>(std::make_unique<ScriptedStream>(peer),
                                              std::string(protocol), tty, early, clock);
  }
  // Advances as a loop would, until nothing moves.
  static Result<void> Run(RemoteCommand& command, Listener& listener) {
    for (int i = 0; i < 10'000 && !command.finished(); ++i) {
      if (auto advanced = command.Advance(listener); !advanced) return advanced;
      if (!command.HasBufferedInput() || !listener.WantsOutput()) break;
    }
    return {};
  }
  FakeClock clock;
  ScriptedStream::Peer peer;
  Listener seen;
};
using WebSocket = Fixture;

const std::string kTranscript = Message(1, "") + Message(1, "out one\n") + Message(2, "err\n") +
                                Message(7, "unknown") + Frame(0x02, "") + Frame(0x00, "\x01") +
                                Frame(0x89, "ping") + Frame(0x80, "out two\n") + Frame(0x82, "") +
                                Message(255, "\x01") + Message(3, R"({"metadata":{},)") +
                                Message(3, R"("status":"Success"})") + Close(1000);

TEST_F(WebSocket, AnySplitOfATranscriptIsTheSame) {
  for (size_t cut = 0; cut <= kTranscript.size(); ++cut) {
    peer = {};
    seen = {};
    peer.Send(kTranscript.substr(0, cut));
    peer.Pause();
    peer.Send(kTranscript.substr(cut));
    auto command = Start();
    ASSERT_TRUE(Run(*command, seen)) << cut;
    ASSERT_TRUE(Run(*command, seen)) << cut;
    EXPECT_EQ("out one\nout two\n", seen.out) << cut;
    EXPECT_EQ("err\n", seen.err) << cut;
    EXPECT_TRUE(command->finished()) << cut;
    EXPECT_EQ(kSuccess, command->status_bytes()) << cut;
  }
}

TEST_F(WebSocket, EveryCutIsALostConnectionOrAWholeStatus) {
  for (size_t cut = 0; cut < kTranscript.size(); ++cut) {
    peer = {};
    peer.Send(kTranscript.substr(0, cut));
    peer.End();
    auto command = Start();
    const auto run = Run(*command, seen);
    if (command->status_bytes() == kSuccess) {
      EXPECT_TRUE(run) << cut;
    } else {
      ASSERT_FALSE(run) << cut;
      EXPECT_EQ(ErrorKind::kConnectionLost, run.error().kind);
      EXPECT_EQ(
          "error reading from error stream: next reader: websocket: close 1006 (abnormal closure): "
          "unexpected EOF",
          run.error().message);
    }
  }
}

TEST_F(WebSocket, WhatCameWithTheHandshakeCounts) {
  auto command = Start(false, Message(1, "early"));
  EXPECT_TRUE(command->HasBufferedInput());
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ("early", seen.out);
  EXPECT_FALSE(command->HasBufferedInput());
}

TEST_F(WebSocket, ChannelsKeepTheirOrder) {
  peer.Send(Message(1, "a") + Message(1, "b") + Message(2, "c") + Message(1, "d"));
  auto command = Start();
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ("abd", seen.out);
  EXPECT_EQ("c", seen.err);
  EXPECT_EQ("oeo", seen.order);
}

TEST_F(WebSocket, OutputBeforeABreakIsDelivered) {
  peer.Send(Message(1, "last words") + Message(2, "half").substr(0, 5));
  peer.Break("read tcp: read: connection reset by peer");
  auto command = Start();
  const auto run = Run(*command, seen);
  ASSERT_FALSE(run);
  EXPECT_EQ(
      "error reading from error stream: next reader: read tcp: read: connection reset by peer",
      run.error().message);
  EXPECT_EQ("last words", seen.out);
  EXPECT_EQ("ha", seen.err);
}

TEST_F(WebSocket, ANormalCloseWithoutStatusIsForTheSessionToJudge) {
  peer.Send(Message(1, "x") + Close(1000));
  auto command = Start();
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_TRUE(command->finished());
  EXPECT_EQ("", command->status_bytes());
}

TEST_F(WebSocket, OtherClosesAreLostConnectionsInKubectlsWords) {
  peer.Send(Close(1001, "going away\x1b[2J"));
  auto command = Start();
  const auto run = Run(*command, seen);
  ASSERT_FALSE(run);
  EXPECT_EQ(
      "error reading from error stream: next reader: websocket: close 1001 (going away): going "
      "away [2J",
      run.error().message);
}

TEST_F(WebSocket, AWholeStatusOutweighsARudeEnd) {
  for (const std::string& end : {Close(1001), ""s}) {
    peer = {};
    peer.Send(Message(3, kSuccess) + end);
    peer.Break("reset");
    auto command = Start();
    EXPECT_TRUE(Run(*command, seen));
    EXPECT_TRUE(command->finished());
  }
}

TEST_F(WebSocket, TextIsAProtocolError) {
  peer.Send(Frame(0x81, "hi"));
  auto command = Start();
  const auto run = Run(*command, seen);
  ASSERT_FALSE(run);
  EXPECT_EQ("error reading from error stream: unexpected message type: 1", run.error().message);
}

TEST_F(WebSocket, AStatusIsBounded) {
  peer.Send(Message(3, std::string(StatusCollector::kMaxBytes, ' ')));
  peer.Send(Message(3, " "));
  auto command = Start();
  EXPECT_FALSE(Run(*command, seen));
  EXPECT_EQ(StatusCollector::kMaxBytes, command->status_bytes().size());
}

TEST_F(WebSocket, AHugeMessageStreamsThrough) {
  const std::string big(5'000'000, 'x');
  peer.Send(Message(1, big));
  auto command = Start();
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(big, seen.out);
  EXPECT_GT(200u, seen.order.size());  // in pieces of up to 64 KiB, not of wslay's 4
}

TEST_F(WebSocket, AdvanceStopsAtItsBudget) {
  peer.Send(Message(1, std::string(1'000'000, 'x')));
  auto command = Start();
  ASSERT_TRUE(command->Advance(seen));
  EXPECT_GT(400'000u, seen.out.size());
  EXPECT_TRUE(command->HasBufferedInput());
}

TEST_F(WebSocket, AFullListenerStopsTheReading) {
  peer.Send(Message(1, std::string(1'000'000, 'x')));
  seen.room = 1;
  auto command = Start();
  ASSERT_TRUE(command->Advance(seen));
  EXPECT_GE(64 * 1024u, seen.out.size());
  EXPECT_EQ(0, command->PollEvents(seen) & POLLIN);
  const size_t before = seen.out.size();
  ASSERT_TRUE(command->Advance(seen));
  EXPECT_EQ(before, seen.out.size());
  seen.room = 1000;
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(1'000'000u, seen.out.size());
}

TEST_F(WebSocket, StdinGoesOutInWholeMessages) {
  auto command = Start();
  command->SendStdin(std::string(32 * 1024, 'a') + "b");
  command->CloseStdin();
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ((Frames{"2:0 " + std::string(32 * 1024, 'a'), "2:0 b", "2:255 \0"s}),
            Sent(peer.written));
  EXPECT_EQ(32 * 1024u + 1, command->stdin_sent());
}

TEST_F(WebSocket, StdinIsSentWhenTheSocketHasTakenItsMessage) {
  auto command = Start();
  command->SendStdin("hello");
  EXPECT_EQ(0u, command->stdin_sent());
  peer.write_room = 6 + 1 + 4;
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(0u, command->stdin_sent());
  peer.write_room = 1;
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(5u, command->stdin_sent());
}

TEST_F(WebSocket, NothingFollowsTheEndOfStdin) {
  auto command = Start();
  command->CloseStdin();
  command->SendStdin("late");
  command->CloseStdin();
  EXPECT_EQ(0u, command->StdinRoom());
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(Frames{"2:255 \0"s}, Sent(peer.written));
}

TEST_F(WebSocket, V4CannotCloseStdin) {
  auto command = Start(false, "", kProtocolV4);
  EXPECT_FALSE(command->CanCloseStdin());
  command->CloseStdin();
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ("", peer.written);
}

TEST_F(WebSocket, StdinRoomIsBoundedAndComesBack) {
  peer.write_room = 0;
  auto command = Start();
  uint64_t sent = 0;
  while (command->StdinRoom() > 0) {
    const size_t size = std::min<size_t>(command->StdinRoom(), 10'000);
    command->SendStdin(std::string(size, 'x'));
    sent += size;
    ASSERT_TRUE(Run(*command, seen));
  }
  EXPECT_GE(256 * 1024u, sent);
  EXPECT_LT(250 * 1024u, sent);
  EXPECT_EQ(POLLIN | POLLOUT, command->PollEvents(seen));
  peer.write_room = SIZE_MAX;
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(256 * 1024u, command->StdinRoom());
  EXPECT_EQ(sent, command->stdin_sent());
  EXPECT_EQ(POLLIN, command->PollEvents(seen));
  EXPECT_FALSE(peer.moved_pending);
}

TEST_F(WebSocket, SizesGoOutOnlyWithATty) {
  auto without = Start(false);
  without->Resize({132, 50});
  ASSERT_TRUE(Run(*without, seen));
  EXPECT_EQ("", peer.written);
  auto with = Start(true);
  with->Resize({132, 50});
  ASSERT_TRUE(Run(*with, seen));
  EXPECT_EQ(Frames{"2:4 {\"Width\":132,\"Height\":50}\n"}, Sent(peer.written));
}

TEST_F(WebSocket, OfManySizesTheLastIsKeptWhileTheQueueIsFull) {
  peer.write_room = 0;
  auto command = Start(true);
  while (command->StdinRoom() > 0) command->SendStdin(std::string(command->StdinRoom(), 'x'));
  for (int i = 1; i <= 100; ++i) command->Resize({i, i});
  peer.write_room = SIZE_MAX;
  ASSERT_TRUE(Run(*command, seen));
  const Frames frames = Sent(peer.written);
  EXPECT_EQ("2:4 {\"Width\":100,\"Height\":100}\n", frames.back());
  EXPECT_EQ(0, std::count(frames.begin(), frames.end(), "2:4 {\"Width\":99,\"Height\":99}\n"));
}

TEST_F(WebSocket, PingsAreAnswered) {
  peer.Send(Frame(0x89, "hello"));
  auto command = Start();
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(Frames{"10:hello"}, Sent(peer.written));
}

TEST_F(WebSocket, AFloodOfPingsIsBounded) {
  peer.write_room = 0;
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += Frame(0x89, std::string(125, 'p'));
  for (int i = 0; i < 20; ++i) peer.Send(flood);
  auto command = Start();
  ASSERT_TRUE(Run(*command, seen));
  peer.write_room = SIZE_MAX;
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_GT(600'000u, peer.written.size());
}

TEST_F(WebSocket, PingsEveryFiveSeconds) {
  auto command = Start();
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ("", peer.written);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(clock.boot_ns + 5 * kSecond, *command->Deadline());
    clock.Advance(5 * kSecond);
    peer.Send(Frame(0x8a, ""));
    ASSERT_TRUE(Run(*command, seen));
  }
  EXPECT_EQ((Frames{"9:", "9:", "9:"}), Sent(peer.written));
}

TEST_F(WebSocket, PingsDoNotPileUp) {
  peer.write_room = 0;
  auto command = Start();
  for (int i = 0; i < 10; ++i) {
    clock.Advance(5 * kSecond);
    ASSERT_TRUE(Run(*command, seen));
  }
  peer.write_room = SIZE_MAX;
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(Frames{"9:"}, Sent(peer.written));
}

// The server answers pings, and the session says nothing else.
void BeIdle(RemoteCommand& command, Listener& listener, ScriptedStream::Peer& peer,
            FakeClock& clock, int64_t until) {
  while (clock.boot_ns < until) {
    clock.boot_ns = std::min(until, *command.Deadline());
    peer.Send(Frame(0x8a, ""));
    ASSERT_TRUE(command.Advance(listener));
  }
}

TEST_F(WebSocket, AnEmptyFrameGoesOutAfterAMinuteWithoutAMessage) {
  auto command = Start();
  clock.Advance(3 * kSecond);
  command->SendStdin("x");
  const int64_t due = clock.boot_ns + 60 * kSecond;
  for (const int64_t at : {due, due + 60 * kSecond}) {
    BeIdle(*command, seen, peer, clock, at - kSecond);
    EXPECT_EQ(at, *command->Deadline());  // no ping is due then
    const Frames before = Sent(std::exchange(peer.written, ""));
    EXPECT_EQ(0, std::count(before.begin(), before.end(), "2:"));
    BeIdle(*command, seen, peer, clock, at);
    EXPECT_EQ(Frames{"2:"}, Sent(std::exchange(peer.written, "")));
  }
  EXPECT_EQ(1u, command->stdin_sent());
}

TEST_F(WebSocket, AnyMessagePutsTheEmptyFrameOff) {
  auto command = Start(true);
  const int64_t start = clock.boot_ns;
  const auto second = [&](int64_t count) {
    BeIdle(*command, seen, peer, clock, start + count * kSecond);
  };
  second(59);
  command->SendStdin("x");
  second(118);
  command->Resize({80, 24});
  second(177);
  command->CloseStdin();
  second(236);
  const Frames sent = Sent(peer.written);
  EXPECT_EQ(0, std::count(sent.begin(), sent.end(), "2:"));
  second(237);
  EXPECT_EQ("2:", Sent(peer.written).back());
}

TEST_F(WebSocket, NoEmptyFrameGoesOutForASessionThatIsNotWanted) {
  auto command = Start();
  command->KeepAlive(false);
  BeIdle(*command, seen, peer, clock, clock.boot_ns + 3600 * kSecond);
  Frames sent = Sent(std::exchange(peer.written, ""));
  EXPECT_EQ(0, std::count(sent.begin(), sent.end(), "2:"));
  EXPECT_EQ(720, std::count(sent.begin(), sent.end(), "9:"));  // it is still listened to
  command->KeepAlive(true);
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(Frames{"2:"}, Sent(peer.written));
}

TEST_F(WebSocket, WhileOutputIsNotReadEmptyFramesAreRare) {
  auto command = Start();
  seen.room = 0;
  BeIdle(*command, seen, peer, clock, clock.boot_ns + 3600 * kSecond);
  EXPECT_EQ((Frames{"2:", "2:", "2:"}), Sent(peer.written));
}

TEST_F(WebSocket, EmptyFramesDoNotPileUp) {
  peer.write_room = 0;
  auto command = Start();
  BeIdle(*command, seen, peer, clock, clock.boot_ns + 3600 * kSecond);
  peer.write_room = SIZE_MAX;
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ((Frames{"9:", "2:"}), Sent(peer.written));
}

// Seconds of silence, in steps of `step`, until the command gives up; 0 if it never does.
int SecondsUntilLost(RemoteCommand& command, Listener& listener, FakeClock& clock, int step) {
  for (int second = step; second <= 1000; second += step) {
    clock.Advance(step * kSecond);
    if (!command.Advance(listener)) return second;
  }
  return 0;
}

TEST_F(WebSocket, SilenceIsALostConnectionAfter61Seconds) {
  auto command = Start();
  command->KeepAlive(false);    // so that the next deadline is a ping's
  clock.Advance(58 * kSecond);  // counted as 10: more than two pings late
  ASSERT_TRUE(command->Advance(seen));
  EXPECT_EQ(clock.boot_ns + 5 * kSecond, *command->Deadline());
  peer.Send(Frame(0x8a, ""));
  ASSERT_TRUE(command->Advance(seen));
  EXPECT_EQ(61, SecondsUntilLost(*command, seen, clock, 1));
}

TEST_F(WebSocket, TellsHowLongTheSilenceIs) {
  auto command = Start();
  for (int i = 0; i < 3; ++i) {
    clock.Advance(5 * kSecond);
    ASSERT_TRUE(command->Advance(seen));
  }
  EXPECT_EQ(15 * kSecond, command->silence());
  peer.Send(Frame(0x8a, ""));
  ASSERT_TRUE(command->Advance(seen));
  EXPECT_EQ(0, command->silence());
}

TEST_F(WebSocket, AnyByteEndsTheSilence) {
  auto command = Start();
  for (int i = 0; i < 100; ++i) {
    clock.Advance(5 * kSecond);
    if (i % 10 == 9) peer.Send(Frame(0x8a, ""));
    ASSERT_TRUE(Run(*command, seen));
  }
}

TEST_F(WebSocket, SilenceDoesNotCountWhileNothingIsRead) {
  auto command = Start();
  seen.room = 0;
  EXPECT_EQ(0, SecondsUntilLost(*command, seen, clock, 5));
  seen.room = 1;
  EXPECT_EQ(65, SecondsUntilLost(*command, seen, clock, 5));
}

TEST_F(WebSocket, ASleepOfTheMachineIsNotSilence) {
  auto command = Start();
  clock.Advance(3600 * kSecond);
  ASSERT_TRUE(Run(*command, seen));
  peer.Send(Message(1, "still here"));
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ("still here", seen.out);
}

TEST_F(WebSocket, AfterAStatusTheEndIsNotWaitedForLong) {
  peer.Send(Message(3, kSuccess));
  auto command = Start();
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_FALSE(command->finished());
  clock.Advance(9 * kSecond);
  peer.Send(Frame(0x8a, ""));  // it answers pings, and does not close
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(clock.boot_ns + kSecond, *command->Deadline());
  clock.Advance(kSecond);
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_TRUE(command->finished());
}

TEST_F(WebSocket, HalfAStatusAndSilenceIsALostConnection) {
  peer.Send(Message(3, R"({"metadata":{)"));
  auto command = Start();
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(10, SecondsUntilLost(*command, seen, clock, 1));
}

TEST_F(WebSocket, ABrokenWriteAfterAStatusIsTheEnd) {
  peer.write_fails = true;
  peer.Send(Message(3, kSuccess));
  auto command = Start();
  command->SendStdin("x");
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_TRUE(command->finished());
}

TEST_F(WebSocket, ABrokenWriteLetsTheLastWordBeRead) {
  peer.write_fails = true;
  auto command = Start();
  command->SendStdin("x");
  peer.Send(Message(3, kSuccess) + Close(1000));
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_TRUE(command->finished());
  EXPECT_EQ(kSuccess, command->status_bytes());
  EXPECT_EQ(0u, command->stdin_sent());
}

TEST_F(WebSocket, ABrokenWriteIsALostConnectionOtherwise) {
  peer.write_fails = true;
  auto command = Start();
  command->SendStdin("x");
  const auto run = Run(*command, seen);
  ASSERT_FALSE(run);
  EXPECT_EQ("error reading from error stream: write tcp: broken pipe", run.error().message);
}

TEST_F(WebSocket, DestroyingItSendsNothing) {
  auto command = Start();
  command.reset();
  EXPECT_TRUE(peer.destroyed);
  EXPECT_EQ("", peer.written);
}

TEST_F(WebSocket, ACloseIsNotAnswered) {
  peer.Send(Close(1000));
  auto command = Start();
  ASSERT_TRUE(Run(*command, seen));
  command.reset();
  EXPECT_EQ("", peer.written);
}

TEST_F(WebSocket, AFinishedCommandWantsNothing) {
  peer.Send(Close(1000));
  auto command = Start();
  ASSERT_TRUE(Run(*command, seen));
  EXPECT_EQ(0, command->PollEvents(seen));
  EXPECT_FALSE(command->Deadline());
  EXPECT_FALSE(command->HasBufferedInput());
  EXPECT_EQ(0u, command->StdinRoom());
}

}  // namespace
}  // namespace secure_exec
