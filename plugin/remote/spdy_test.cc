#include "plugin/remote/spdy.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "plugin/remote/handshake.h"
#include "plugin/remote/testing_stream.h"

namespace secure_exec {
namespace {

using namespace std::string_literals;

constexpr char kSuccess[] = R"({"metadata":{},"status":"Success"})";

struct Listener : RemoteCommand::Listener {
  void OnOutput(Channel channel, std::string_view bytes) override {
    (channel == Channel::kStdout ? out : err) += bytes;
  }
  bool WantsOutput() const override { return wants; }
  std::string out, err;
  bool wants = true;
};

// What a client sent: "1 open error", "3 data hello", "3 fin", "ping 1".
std::vector<std::string> Sent(const std::string& bytes) {
  std::vector<std::string> frames;
  SpdyHeaderReader headers;
  for (size_t at = 0; at < bytes.size();) {
    const auto number = [&](size_t from, size_t size) {
      uint32_t value = 0;
      for (size_t i = 0; i < size; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes.at(at + from + i));
      return value;
    };
    const size_t size = number(5, 3);
    if (bytes.at(at) == 0) {
      if (size > 0)
        frames.push_back(fmt::format("{} data {}", number(0, 4), bytes.substr(at + 8, size)));
      if ((bytes.at(at + 4) & kSpdyFin) != 0) frames.push_back(fmt::format("{} fin", number(0, 4)));
    } else if (number(2, 2) == 1) {
      const auto read = headers.Read(std::string_view(bytes).substr(at + 18, size - 10));
      frames.push_back(fmt::format("{} open {}", number(8, 4),
                                   read && read->size() == 1 ? read->front().second : "?"));
    } else {
      frames.push_back(fmt::format("ping {}", number(8, 4)));
    }
    at += 8 + size;
  }
  return frames;
}
using Frames = std::vector<std::string>;

// A server's side of the frames: error 1, stdin 3, stdout 5, stderr 7 (resize 7 with a TTY).
struct Server {
  SpdyHeaderWriter writer;
  std::string Reply(uint32_t stream) {
    std::string bytes;
    AppendSpdyControl(SpdyType::kSynReply, 0,
                      "\0\0\0"s + static_cast<char>(stream) + writer.Write({}), bytes);
    return bytes;
  }
  // In this order, which the compression counts on.
  std::string Replies(std::initializer_list<uint32_t> streams = {1, 3, 5, 7}) {
    std::string bytes;
    for (const uint32_t stream : streams) bytes += Reply(stream);
    return bytes;
  }
  static std::string Data(uint32_t stream, std::string_view payload, uint8_t flags = 0) {
    std::string bytes;
    AppendSpdyData(stream, flags, payload, bytes);
    return bytes;
  }
  static std::string Fin(uint32_t stream) { return Data(stream, "", kSpdyFin); }
  static std::string Reset(uint32_t stream) {
    std::string bytes;
    AppendSpdyControl(SpdyType::kRstStream, 0,
                      "\0\0\0"s + static_cast<char>(stream) + "\0\0\0\x05"s, bytes);
    return bytes;
  }
  static std::string Ping(uint32_t id) {
    std::string bytes;
    AppendSpdyPing(id, bytes);
    return bytes;
  }
};

struct Fixture : testing::Test {
  std::unique_ptr<SpdyCommand> Start(bool tty = false, std::string_view early = "") {
    ExecRequest request;
    request.stdin_open = true;
    request.tty = tty;
    return std::make_unique<SpdyCommand>(std::make_unique<ScriptedStream>(peer), request, early,
                                         clock);
  }
  Result<void> Run(RemoteCommand& command) {
    for (int i = 0; i < 10'000 && !command.finished(); ++i) {
      if (auto advanced = command.Advance(seen); !advanced) return advanced;
      if (!command.HasBufferedInput() || !seen.WantsOutput()) break;
    }
    return {};
  }
  // Lets `seconds` pass, a ping's worth at a time.
  Result<void> Pass(RemoteCommand& command, int seconds) {
    for (int i = 0; i < seconds; i += 5) {
      clock.Advance(5 * kSecond);
      if (auto run = Run(command); !run) return run;
    }
    return {};
  }
  FakeClock clock;
  ScriptedStream::Peer peer;
  Listener seen;
  Server server;
};
using Spdy = Fixture;

TEST_F(Spdy, AnySplitOfASessionIsTheSame) {
  const std::string bytes =
      server.Replies() + Server::Data(5, "out one\n") + Server::Data(7, "err\n") +
      Server::Data(9, "unknown") + Server::Data(5, "out two\n") + Server::Data(1, kSuccess) +
      Server::Reset(1) + Server::Reset(3) + Server::Reset(5) + Server::Reset(7);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    peer = {};
    seen = {};
    peer.Send(bytes.substr(0, cut));
    peer.Pause();
    peer.Send(bytes.substr(cut));
    auto command = Start();
    ASSERT_TRUE(Run(*command)) << cut;
    ASSERT_TRUE(Run(*command)) << cut;
    EXPECT_TRUE(command->finished()) << cut;
    EXPECT_EQ("out one\nout two\n", seen.out) << cut;
    EXPECT_EQ("err\n", seen.err) << cut;
    EXPECT_EQ(kSuccess, command->status_bytes()) << cut;
  }
}

TEST_F(Spdy, ACutSessionIsLost) {
  const std::string bytes = server.Replies() + Server::Data(5, "out one\n");
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    peer = {};
    peer.Send(bytes.substr(0, cut));
    peer.End();
    auto command = Start();
    const auto run = Run(*command);
    ASSERT_FALSE(run) << cut;
    EXPECT_EQ(ErrorKind::kConnectionLost, run.error().kind);
  }
}

TEST_F(Spdy, AWholeStatusOutlivesTheConnection) {
  peer.Send(server.Replies() + Server::Data(1, kSuccess));
  peer.End();
  auto command = Start();
  ASSERT_TRUE(Run(*command));
  EXPECT_TRUE(command->finished());
}

TEST_F(Spdy, OpensStreamsInOrder) {
  auto command = Start();
  ASSERT_TRUE(Run(*command));
  EXPECT_EQ((Frames{"1 open error", "3 open stdin", "5 open stdout", "7 open stderr"}),
            Sent(peer.written));
}

TEST_F(Spdy, StdinWaitsForTheReplies) {
  auto command = Start();
  const size_t room = command->StdinRoom();
  command->SendStdin("hello");
  command->CloseStdin();
  EXPECT_EQ(0u, command->StdinRoom());
  EXPECT_GT(room, 0u);
  peer.Send(server.Replies({1, 3, 5}));
  ASSERT_TRUE(Run(*command));
  EXPECT_EQ(4u, Sent(peer.written).size());
  EXPECT_EQ(0u, command->stdin_sent());
  peer.Send(server.Reply(7));
  ASSERT_TRUE(Run(*command));
  const Frames sent = Sent(peer.written);
  EXPECT_EQ((Frames{"3 data hello", "3 fin"}), Frames(sent.begin() + 4, sent.end()));
  EXPECT_EQ(5u, command->stdin_sent());
}

TEST_F(Spdy, StdinIsBounded) {
  peer.Send(server.Replies());
  auto command = Start();
  command->SendStdin(std::string(SpdyCommand::kStdinQueue, 'x'));
  EXPECT_EQ(0u, command->StdinRoom());
  peer.write_room = 100'000;
  ASSERT_TRUE(Run(*command));
  EXPECT_LT(command->StdinRoom(), 100'000u);
  EXPECT_EQ(POLLIN | POLLOUT, command->PollEvents(seen));
  peer.write_room = SIZE_MAX;
  ASSERT_TRUE(Run(*command));
  EXPECT_EQ(SpdyCommand::kStdinQueue, command->StdinRoom());
  EXPECT_EQ(SpdyCommand::kStdinQueue, command->stdin_sent());
  EXPECT_FALSE(peer.moved_pending);
}

TEST_F(Spdy, ResizesWithATtyAlone) {
  peer.Send(server.Replies());
  auto command = Start(true);
  command->Resize({.columns = 1, .rows = 1});
  command->Resize({.columns = 132, .rows = 50});
  ASSERT_TRUE(Run(*command));
  EXPECT_EQ((Frames{"1 open error", "3 open stdin", "5 open stdout", "7 open resize",
                    "7 data {\"Width\":132,\"Height\":50}\n"}),
            Sent(peer.written));
}

TEST_F(Spdy, ReadsNothingWhileNoOutputIsWanted) {
  peer.Send(server.Replies() + Server::Data(5, "out"));
  seen.wants = false;
  auto command = Start();
  ASSERT_TRUE(Run(*command));
  EXPECT_EQ("", seen.out);
  EXPECT_EQ(0, command->PollEvents(seen));
  seen.wants = true;
  ASSERT_TRUE(Run(*command));
  EXPECT_EQ("out", seen.out);
}

TEST_F(Spdy, AnswersPings) {
  peer.Send(server.Replies() + Server::Ping(2));
  auto command = Start();
  ASSERT_TRUE(Run(*command));
  EXPECT_EQ("ping 2", Sent(peer.written).back());
}

TEST_F(Spdy, SilenceIsALostConnection) {
  peer.Send(server.Replies());
  auto command = Start();
  ASSERT_TRUE(Run(*command));
  ASSERT_TRUE(Pass(*command, 60));
  const auto lost = Pass(*command, 5);
  ASSERT_FALSE(lost);
  EXPECT_EQ(ErrorKind::kConnectionLost, lost.error().kind);
}

TEST_F(Spdy, TellsHowLongTheSilenceIs) {
  peer.Send(server.Replies());
  auto command = Start();
  ASSERT_TRUE(Run(*command));
  ASSERT_TRUE(Pass(*command, 15));
  EXPECT_EQ(15 * kSecond, command->silence());
  peer.Send(Server::Ping(5));
  ASSERT_TRUE(Run(*command));
  EXPECT_EQ(0, command->silence());
}

TEST_F(Spdy, AnsweredPingsKeepItAlive) {
  peer.Send(server.Replies());
  auto command = Start();
  ASSERT_TRUE(Run(*command));
  for (uint32_t id = 1; id < 101; id += 2) {
    ASSERT_TRUE(Pass(*command, 5));
    ASSERT_EQ(fmt::format("ping {}", id), Sent(peer.written).back());
    peer.Send(Server::Ping(id));
  }
}

TEST_F(Spdy, StdinThatNobodyReadsIsNoSilence) {
  peer.Send(server.Replies());
  auto command = Start();
  ASSERT_TRUE(Run(*command));
  command->SendStdin("x");
  ASSERT_TRUE(Pass(*command, 600));
  peer.Send(Server::Ping(1));  // the first after it
  ASSERT_TRUE(Pass(*command, 55));
  EXPECT_FALSE(Pass(*command, 15));
}

TEST_F(Spdy, MissingRepliesAreAnError) {
  peer.Send(server.Reply(1));
  auto command = Start();
  ASSERT_TRUE(Pass(*command, 25));
  EXPECT_FALSE(Pass(*command, 5));
}

TEST_F(Spdy, ARefusedStreamIsAnError) {
  peer.Send(server.Reply(1) + Server::Reset(5));
  auto command = Start();
  const auto run = Run(*command);
  ASSERT_FALSE(run);
  EXPECT_NE(std::string::npos, run.error().message.find("stdout"));
}

TEST_F(Spdy, TooMuchStatusIsAnError) {
  peer.Send(server.Replies() + Server::Data(1, std::string(StatusCollector::kMaxBytes + 1, 'x')));
  auto command = Start();
  EXPECT_FALSE(Run(*command));
}

TEST(SpdyHandshake, AcceptsWhatItAskedForAlone) {
  const auto judge = [](const std::string& text) {
    HttpAnswerParser answer;
    EXPECT_TRUE(answer.Feed(text));
    return JudgeSpdyAnswer(answer).has_value();
  };
  const std::string start = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n";
  EXPECT_TRUE(
      judge(start + "Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n"));
  EXPECT_FALSE(judge(start + "Upgrade: SPDY/3.1\r\n\r\n"));
  EXPECT_FALSE(
      judge(start + "Upgrade: websocket\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n"));
  EXPECT_FALSE(judge("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"));
}

TEST(SpdyHandshake, RequestIsAPost) {
  ExecRequest request;
  request.host_header = "h";
  request.name_space = "n";
  request.pod = "p";
  request.command = {"sh"};
  const auto text = SpdyRequest(request);
  ASSERT_TRUE(text);
  EXPECT_EQ(0u, text->find("POST /api/v1/namespaces/n/pods/p/exec?command=sh"));
  EXPECT_NE(std::string::npos, text->find("\r\nUpgrade: SPDY/3.1\r\n"));
  EXPECT_NE(std::string::npos, text->find("\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n"));
}

}  // namespace
}  // namespace secure_exec
