#include "plugin/remote/handshake.h"

#include <gtest/gtest.h>

#include <vector>

#include "plugin/remote/testing_stream.h"

namespace secure_exec {
namespace {

// RFC 6455 section 1.3.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

ExecRequest Request() {
  ExecRequest request;
  request.host_header = "h:6443";
  request.path_prefix = "/k8s/clusters/c";
  request.authorization = "Bearer t";
  request.user_agent = "secure-exec/0 id=1";
  request.audit_id = "abc";
  request.name_space = "default";
  request.pod = "one";
  request.command = {"date"};
  return request;
}

std::string Upgrade(std::string_view protocol = kProtocolV5, std::string_view accept = kAccept,
                    std::string_view extra = "") {
  return fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n"
      "Sec-WebSocket-Accept: {}\r\nSec-WebSocket-Protocol: {}\r\n{}\r\n",
      accept, protocol, extra);
}

// Feeds `bytes` and the end; the parser, or its error.
Result<HttpAnswerParser> Parse(std::string_view bytes) {
  HttpAnswerParser parser;
  const auto used = parser.Feed(bytes);
  if (!used) return tl::unexpected(used.error());
  if (auto ended = parser.End(); !ended) return tl::unexpected(ended.error());
  return parser;
}

Result<std::string> Judge(std::string_view bytes, const ExecRequest& request = Request()) {
  auto parser = Parse(bytes);
  if (!parser) return tl::unexpected(parser.error());
  return JudgeAnswer(*parser, kKey, request);
}

TEST(Handshake, AcceptIsTheRfcsExample) { EXPECT_EQ(kAccept, ExpectedAccept(kKey)); }

TEST(Handshake, KeysAreSixteenBytesAndDiffer) {
  EXPECT_EQ(24u, MakeHandshakeKey().size());
  EXPECT_NE(MakeHandshakeKey(), MakeHandshakeKey());
}

TEST(Handshake, RequestHasWhatKubectlSends) {
  EXPECT_EQ(
      "GET /k8s/clusters/c/api/v1/namespaces/default/pods/one/exec?command=date&stderr=true&"
      "stdout=true HTTP/1.1\r\n"
      "Host: h:6443\r\n"
      "User-Agent: secure-exec/0 id=1\r\n"
      "Authorization: Bearer t\r\n"
      "Audit-ID: abc\r\n"
      "Connection: Upgrade\r\n"
      "Kubectl-Command: kubectl exec\r\n"
      "Sec-WebSocket-Key: KEY\r\n"
      "Sec-WebSocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io\r\n"
      "Sec-WebSocket-Version: 13\r\n"
      "Upgrade: websocket\r\n\r\n",
      HandshakeRequest(
          [] {
            ExecRequest request = Request();
            request.stderr_open = true;
            return request;
          }(),
          "KEY")
          .value());
}

TEST(Handshake, HalfCloseOffersV5Alone) {
  ExecRequest request = Request();
  request.offer_v4 = false;
  EXPECT_NE(
      std::string::npos,
      HandshakeRequest(request, "KEY")->find("Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n"));
}

TEST(Handshake, EveryProtocolSaysWhoIsImpersonated) {
  ExecRequest request = Request();
  request.impersonation = {{"Impersonate-User", "jane"}, {"Impersonate-Group", "dev"}};
  for (const std::string& text : {*HandshakeRequest(request, "KEY"), *SpdyRequest(request)}) {
    EXPECT_NE(std::string::npos,
              text.find("\r\nImpersonate-User: jane\r\nImpersonate-Group: dev\r\n"));
  }
}

TEST(Handshake, EmptyHeadersAreNotSent) {
  ExecRequest request = Request();
  request.authorization = request.audit_id = "";
  const std::string text = *HandshakeRequest(request, "KEY");
  EXPECT_EQ(std::string::npos, text.find("Authorization"));
  EXPECT_EQ(std::string::npos, text.find("Audit-ID"));
}

TEST(Handshake, AValueCannotStartAHeader) {
  ExecRequest request = Request();
  request.user_agent = "x\r\nImpersonate-User: root";
  const auto text = HandshakeRequest(request, "KEY");
  ASSERT_FALSE(text);
  EXPECT_EQ(ErrorKind::kConfig, text.error().kind);
}

TEST(Handshake, TheOfferedProtocolsAreAccepted) {
  EXPECT_EQ(kProtocolV5, Judge(Upgrade()).value());
  EXPECT_EQ(kProtocolV4, Judge(Upgrade(kProtocolV4)).value());
}

TEST(Handshake, OtherProtocolsAreRefused) {
  for (const char* protocol : {"", "v3.channel.k8s.io", "V5.channel.k8s.io",
                               "v5.channel.k8s.io, v4.channel.k8s.io", "base64.channel.k8s.io"}) {
    EXPECT_FALSE(Judge(Upgrade(protocol))) << protocol;
  }
}

TEST(Handshake, OneProtocolIsRefusedWhereTheOtherWasOffered) {
  ExecRequest request = Request();
  request.offer_v4 = false;
  EXPECT_EQ(kProtocolV5, OfferedProtocols(request));
  EXPECT_FALSE(Judge(Upgrade(kProtocolV4), request));
  EXPECT_TRUE(Judge(Upgrade(kProtocolV5), request));
  request.offer_v4 = true;
  request.offer_v5 = false;
  EXPECT_EQ(kProtocolV4, OfferedProtocols(request));
  EXPECT_TRUE(Judge(Upgrade(kProtocolV4), request));
  EXPECT_FALSE(Judge(Upgrade(kProtocolV5), request));
}

TEST(Handshake, AWrongAcceptIsRefused) {
  EXPECT_FALSE(Judge(Upgrade(kProtocolV5, "")));
  EXPECT_FALSE(Judge(Upgrade(kProtocolV5, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo")));
  EXPECT_FALSE(Judge(Upgrade(kProtocolV5, kAccept, "Sec-WebSocket-Accept: x\r\n")));
}

TEST(Handshake, AnUpgradeToSomethingElseIsRefused) {
  std::string spdy = Upgrade();
  spdy.replace(spdy.find("WebSocket\r"), 9, "SPDY/3.1");
  EXPECT_FALSE(Judge(spdy));
}

TEST(Handshake, AnExtensionIsRefused) {
  EXPECT_FALSE(
      Judge(Upgrade(kProtocolV5, kAccept, "Sec-WebSocket-Extensions: permessage-deflate\r\n")));
}

// kubectl's line for an answer, and what we say behind it.
std::pair<std::string, std::string> Lines(std::string_view bytes) {
  const auto parser = Parse(bytes);
  EXPECT_TRUE(parser);
  const auto judged = JudgeAnswer(*parser, kKey, Request());
  const auto spdy = JudgeSpdyAnswer(*parser);
  EXPECT_FALSE(judged || spdy);
  EXPECT_EQ(parser->status() == 401 ? ErrorKind::kUnauthorized : ErrorKind::kServer,
            judged.error().kind);
  EXPECT_EQ(judged.error().message, spdy.error().message);
  return {judged.error().message, RefusalOf(*parser).hint};
}

TEST(Handshake, RefusalsAreKubectlsLines) {
  const std::string start = "unable to upgrade connection: ";
  const std::string status =
      R"({"kind":"Status","message":"pods \"one\" is forbidden","reason":"Forbidden","code":403})";
  EXPECT_EQ(std::pair(start + "pods \"one\" is forbidden", std::string()),
            Lines("HTTP/1.1 403 Forbidden\r\n\r\n" + status));
  EXPECT_EQ(start + "empty server response", Lines("HTTP/1.1 403 Forbidden\r\n\r\n").first);
  EXPECT_EQ(start + "no websocket", Lines("HTTP/1.1 400 x\r\n\r\nno websocket\n").first);
  EXPECT_EQ(start + "<html> [31mbad</html>",
            Lines("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>\n\x1b[31mbad</html>").first);
}

TEST(Handshake, HintsSayWhatKubectlLeavesOut) {
  const auto hint = [](std::string_view bytes) { return Lines(bytes).second; };
  EXPECT_NE(std::string::npos, hint("HTTP/1.1 401 x\r\n\r\n").find("credentials"));
  EXPECT_NE(std::string::npos, hint("HTTP/1.1 403 x\r\n\r\n").find("without a reason"));
  EXPECT_NE(std::string::npos, hint("HTTP/1.1 404 x\r\n\r\n404 page not found").find("path"));
  EXPECT_NE(std::string::npos, hint("HTTP/1.1 502 x\r\n\r\n<html>").find("502"));
  // A kubelet's, through the API server.
  EXPECT_EQ("", hint("HTTP/1.1 500 x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                     "container not found (\"main\")"));
  EXPECT_NE("", hint("HTTP/1.1 500 x\r\nContent-Type: text/html\r\n\r\n<html>"));
  EXPECT_NE(std::string::npos, hint("HTTP/1.1 200 OK\r\n\r\n").find("in place of 101"));
  const std::string moved =
      hint("HTTP/1.1 302 x\r\nLocation: https://else\x1b[2J.where/\r\nContent-Length: 0\r\n\r\n");
  EXPECT_NE(std::string::npos, moved.find("https://else"));
  EXPECT_EQ(std::string::npos, moved.find('\x1b'));
}

TEST(Handshake, WhatIsNoHttpIsShownInKubectlsWords) {
  HttpAnswerParser parser;
  const auto fed = parser.Feed("SSH-2.0-OpenSSH\x1b[2J\r\n");
  ASSERT_FALSE(fed);
  EXPECT_EQ("malformed HTTP response \"SSH-2.0-OpenSSH [2J\"", fed.error().message);
}

TEST(HttpAnswer, LeavesTheStreamsBytes) {
  HttpAnswerParser parser;
  const std::string head = Upgrade();
  EXPECT_EQ(head.size(), parser.Feed(head + "\x82\x01\x01").value());
  EXPECT_TRUE(parser.done());
}

const std::vector<std::string> kAnswers = {
    Upgrade(),
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.0 400 Bad Request\nConnection: close\n\nhello",
    "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 403\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nT: "
    "u\r\n\r\n",
};

TEST(HttpAnswer, AnySplitReadsTheSame) {
  for (const std::string& text : kAnswers) {
    const auto whole = Parse(text);
    ASSERT_TRUE(whole) << text;
    for (size_t cut = 0; cut <= text.size(); ++cut) {
      HttpAnswerParser parser;
      ASSERT_EQ(cut, parser.Feed(text.substr(0, cut)).value());
      ASSERT_EQ(text.size() - cut, parser.Feed(text.substr(cut)).value());
      ASSERT_TRUE(parser.End());
      EXPECT_EQ(whole->status(), parser.status());
      EXPECT_EQ(whole->body(), parser.body());
    }
  }
}

TEST(HttpAnswer, ReadsBodiesOfEveryKind) {
  EXPECT_EQ("hello", Parse(kAnswers[1])->body());
  EXPECT_EQ("hello", Parse(kAnswers[2])->body());
  EXPECT_EQ(403, Parse(kAnswers[3])->status());
  EXPECT_EQ("hello", Parse(kAnswers[4])->body());
}

TEST(HttpAnswer, CutHeadersAreAnError) {
  const std::string text = Upgrade();
  for (size_t cut = 0; cut < text.size(); ++cut) EXPECT_FALSE(Parse(text.substr(0, cut))) << cut;
}

TEST(HttpAnswer, ACutBodyKeepsTheRefusal) {
  const auto parser = Parse("HTTP/1.1 400 x\r\nContent-Length: 9\r\n\r\nhell");
  ASSERT_TRUE(parser);
  EXPECT_EQ(400, parser->status());
  EXPECT_EQ("hell", parser->body());
}

TEST(HttpAnswer, BodiesAreBounded) {
  const std::string big(HttpAnswerParser::kMaxBodyBytes + 100, 'x');
  for (const std::string head :
       {"HTTP/1.1 500 x\r\n\r\n", "HTTP/1.1 500 x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"}) {
    HttpAnswerParser parser;
    ASSERT_TRUE(parser.Feed(head + big)) << head;
    EXPECT_TRUE(parser.done()) << head;
    EXPECT_EQ(HttpAnswerParser::kMaxBodyBytes, parser.body().size()) << head;
  }
}

TEST(HttpAnswer, HeadersAreBounded) {
  HttpAnswerParser parser;
  const std::string line = "X: " + std::string(1000, 'y') + "\r\n";
  ASSERT_TRUE(parser.Feed("HTTP/1.1 200 OK\r\n"));
  for (size_t sent = 0; sent < 60'000; sent += line.size()) ASSERT_TRUE(parser.Feed(line));
  EXPECT_FALSE(parser.Feed(std::string(10'000, 'z')));
}

TEST(HttpAnswer, AnEndlessRowOfContinuesIsBounded) {
  HttpAnswerParser parser;
  std::string flood;
  for (int i = 0; i < 5000; ++i) flood += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_FALSE(parser.Feed(flood));
}

TEST(HttpAnswer, ForeignBytesAreRefused) {
  for (const char* text :
       {"SSH-2.0-OpenSSH", "\x15\x03\x01", "HTTP/2.0 200 OK\r\n", "HTTP/1.1 20 OK\r\n",
        "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1\t200 OK\r\n", "HTTP/1.1 200 OK\r\n: x\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n", "HTTP/1.1 200 OK\r\nA B: x\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"}) {
    HttpAnswerParser parser;
    EXPECT_FALSE(parser.Feed(text)) << text;
  }
}

// The blocking part.

// Answers the request's own key, as a server does.
class AnsweringStream : public ScriptedStream {
 public:
  AnsweringStream(Peer& peer, std::string behind, size_t cut)
      : ScriptedStream(peer), peer_(peer), behind_(std::move(behind)), cut_(cut) {}
  Result<IoResult> Write(std::string_view bytes) override {
    auto result = ScriptedStream::Write(bytes);
    const std::string& request = peer_.written;
    if (!answered_ && request.ends_with("\r\n\r\n")) {
      answered_ = true;
      const size_t key = request.find("Sec-WebSocket-Key: ") + 19;
      const std::string answer =
          Upgrade(kProtocolV5, ExpectedAccept(request.substr(key, 24))) + behind_;
      const size_t cut = std::min(cut_, answer.size());
      peer_.Send(answer.substr(0, cut));
      peer_.Pause();
      peer_.Send(answer.substr(cut));
    }
    return result;
  }

 private:
  Peer& peer_;
  std::string behind_;
  size_t cut_;
  bool answered_ = false;
};

struct Collector : RemoteCommand::Listener {
  void OnOutput(Channel, std::string_view bytes) override { text += bytes; }
  bool WantsOutput() const override { return true; }
  std::string text;
};

TEST(StartWebSocketCommand, KeepsWhatCameWithThe101InAnySplit) {
  using namespace std::string_literals;
  const std::string behind = "\x82\x03\x01hi\x82\x01\x01\x88\x02\x03\xe8"s;
  const size_t size = Upgrade().size() + behind.size();
  for (size_t cut = 0; cut <= size; ++cut) {
    FakeClock clock;
    ScriptedStream::Peer peer;
    peer.write_limit = 7;
    auto command = StartWebSocketCommand(std::make_unique<AnsweringStream>(peer, behind, cut),
                                         Request(), clock);
    ASSERT_TRUE(command) << command.error().message;
    EXPECT_EQ(kProtocolV5, (*command)->protocol());
    Collector seen;
    for (int i = 0; i < 3 && !(*command)->finished(); ++i) ASSERT_TRUE((*command)->Advance(seen));
    EXPECT_TRUE((*command)->finished()) << cut;
    EXPECT_EQ("hi", seen.text) << cut;
  }
}

// Lets time pass at every Read().
class SlowStream : public ScriptedStream {
 public:
  SlowStream(Peer& peer, FakeClock& clock) : ScriptedStream(peer), clock_(clock) {}
  Result<IoResult> Read(std::span<char>) override {
    clock_.Advance(kSecond);
    return IoResult{.would_block = true};
  }

 private:
  FakeClock& clock_;
};

TEST(StartWebSocketCommand, GivesUpAfterThirtySeconds) {
  FakeClock clock;
  const int64_t start = clock.BootNs();
  ScriptedStream::Peer peer;
  const auto command =
      StartWebSocketCommand(std::make_unique<SlowStream>(peer, clock), Request(), clock);
  ASSERT_FALSE(command);
  EXPECT_EQ("unable to upgrade connection: the server did not answer within 30 s",
            command.error().message);
  EXPECT_EQ(30 * kSecond, clock.BootNs() - start);
  EXPECT_TRUE(peer.destroyed);
}

// Makes a descriptor readable, as a signal does, once bytes were written.
class SignallingStream : public ScriptedStream {
 public:
  SignallingStream(Peer& peer, int signal_fd) : ScriptedStream(peer), signal_fd_(signal_fd) {}
  Result<IoResult> Write(std::string_view bytes) override {
    EXPECT_EQ(1, write(signal_fd_, "x", 1));
    return ScriptedStream::Write(bytes);
  }

 private:
  int signal_fd_;
};

struct Signal {
  Signal() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(0, pipe2(ends, O_CLOEXEC));
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
  }
  UniqueFd reader, writer;
};

TEST(StartWebSocketCommand, ASignalEndsTheWait) {
  Signal signal;
  FakeClock clock;
  ScriptedStream::Peer peer;
  const auto command =
      StartWebSocketCommand(std::make_unique<SignallingStream>(peer, signal.writer.get()),
                            Request(), clock, signal.reader.get());
  ASSERT_FALSE(command);
  EXPECT_EQ(ErrorKind::kInterrupted, command.error().kind);
  EXPECT_NE("", peer.written);
}

TEST(StartWebSocketCommand, AnEarlierSignalStartsNoCommand) {
  Signal signal;
  ASSERT_EQ(1, write(signal.writer.get(), "x", 1));
  FakeClock clock;
  ScriptedStream::Peer peer;
  const auto command = StartWebSocketCommand(std::make_unique<ScriptedStream>(peer), Request(),
                                             clock, signal.reader.get());
  ASSERT_FALSE(command);
  EXPECT_EQ(ErrorKind::kInterrupted, command.error().kind);
  EXPECT_EQ("", peer.written);
}

// Over WebSocket and over SPDY: what a server that answers so refuses.
std::vector<Refusal> RefusedBy(const std::string& answer) {
  std::vector<Refusal> refusals(2);
  for (const bool spdy : {false, true}) {
    FakeClock clock;
    ScriptedStream::Peer peer;
    peer.Send(answer);
    peer.End();
    auto stream = std::make_unique<ScriptedStream>(peer);
    EXPECT_FALSE(
        spdy ? StartSpdyCommand(std::move(stream), Request(), clock, -1, &refusals[1])
             : StartWebSocketCommand(std::move(stream), Request(), clock, -1, &refusals[0]));
  }
  return refusals;
}

TEST(Refusal, A401IsToldApart) {
  for (const Refusal& refusal : RefusedBy("HTTP/1.1 401 Unauthorized\r\n\r\n")) {
    EXPECT_TRUE(refusal);
    EXPECT_TRUE(refusal.unauthorized());
  }
}

TEST(Refusal, NamesTheVerbThatTheServerNames) {
  const auto missing = [](std::string_view message) {
    const auto refusals =
        RefusedBy(fmt::format("HTTP/1.1 403 x\r\n\r\n{{\"kind\":\"Status\",\"message\":\"{}\","
                              "\"reason\":\"Forbidden\",\"code\":403}}",
                              message));
    EXPECT_EQ(403, refusals[0].http_code);
    EXPECT_EQ(refusals[0].missing_verb, refusals[1].missing_verb);
    return refusals[0].missing_verb;
  };
  const std::string start = R"(pods \"p\" is forbidden: User \"u\" cannot )";
  EXPECT_EQ("get", missing(start + R"(get resource \"pods/exec\" in API group \"\")"));
  EXPECT_EQ("create", missing(start + R"(create resource \"pods/exec\" in API group \"\")"));
  EXPECT_EQ("", missing(start + R"(get resource \"pods\" in API group \"\")"));
  EXPECT_EQ("", missing("admission webhook said no"));
  // A name that looks like the words: the server quotes what is in it.
  EXPECT_EQ(
      "create",
      missing(R"(User \"x\\\" cannot get resource \\\"pods/exec\\\"\" cannot create resource )"
              R"(\"pods/exec\")"));
}

TEST(Refusal, IsAWholeHttpAnswerThatIsNo101) {
  for (const char* text : {"HTTP/1.1 403 x\r\n\r\n", "HTTP/1.1 502 x\r\n\r\n<html>",
                           "HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n"}) {
    for (const Refusal& refusal : RefusedBy(text)) EXPECT_TRUE(refusal) << text;
  }
  for (const char* text : {"HTTP/1.1 101 x\r\n\r\n", "HTTP/1.1 403 x\r\n", "SSH-2.0-x", ""}) {
    for (const Refusal& refusal : RefusedBy(text)) EXPECT_FALSE(refusal) << text;
  }
}

TEST(StartWebSocketCommand, AServerThatHangsUpIsAnError) {
  FakeClock clock;
  ScriptedStream::Peer peer;
  peer.End();
  const auto command =
      StartWebSocketCommand(std::make_unique<ScriptedStream>(peer), Request(), clock);
  ASSERT_FALSE(command);
  EXPECT_EQ("unexpected EOF", command.error().message);
}

}  // namespace
}  // namespace secure_exec
