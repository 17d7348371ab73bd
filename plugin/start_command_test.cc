#include "plugin/start_command.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "plugin/remote/handshake.h"
#include "plugin/remote/testing_stream.h"

namespace secure_exec {
namespace {

// A server of one connection: answers the request with `answer`, where KEY stands for what accepts
// the request's key.
class Server : public ScriptedStream {
 public:
  Server(Peer& peer, std::string answer) : ScriptedStream(peer), peer_(peer), answer_(answer) {}
  Result<IoResult> Write(std::string_view bytes) override {
    auto result = ScriptedStream::Write(bytes);
    if (!peer_.written.ends_with("\r\n\r\n") || answer_.empty()) return result;
    const size_t key = peer_.written.find("Sec-WebSocket-Key: ");
    if (const size_t at = answer_.find("KEY"); at != std::string::npos && key != std::string::npos)
      answer_.replace(at, 3, ExpectedAccept(peer_.written.substr(key + 19, 24)));
    peer_.Send(std::exchange(answer_, {}));
    peer_.End();
    return result;
  }

 private:
  Peer& peer_;
  std::string answer_;
};

std::string Upgraded(std::string_view protocol) {
  return fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Protocol: {}\r\n\r\n",
      protocol);
}
constexpr char kSpdyUpgraded[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\nConnection: Upgrade\r\n"
    "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n";
constexpr char kEmpty403[] = "HTTP/1.1 403 Forbidden\r\n\r\n";

std::string Forbidden(std::string_view verb) {
  return fmt::format(
      "HTTP/1.1 403 Forbidden\r\n\r\n{{\"kind\":\"Status\",\"code\":403,\"reason\":\"Forbidden\","
      "\"message\":\"User \\\"u\\\" cannot {} resource \\\"pods/exec\\\" in API group\"}}",
      verb);
}

struct Start : testing::Test {
  // What is known of the result: the protocol, or the error's text.
  std::string With(std::vector<std::string> answers,
                   ProtocolChoice choice = ProtocolChoice::kAuto) {
    request.host_header = "h";
    request.name_space = "n";
    request.pod = "p";
    request.command = {"sh"};
    request.audit_id = "id";
    peers.clear();
    auto connect = [&]() -> Result<std::unique_ptr<ByteStream>> {
      if (peers.size() == answers.size())
        return Fail(ErrorKind::kServer, "one connection too many");
      peers.emplace_back();
      return std::make_unique<Server>(peers.back(), answers[peers.size() - 1]);
    };
    auto stream = connect();
    EXPECT_TRUE(stream);
    FakeClock clock;
    auto started = StartRemoteCommand(std::move(*stream), request, choice,
                                      {.connect = connect, .clock = clock});
    unauthorized = !started && started.error().kind == ErrorKind::kUnauthorized;
    return started ? std::string((*started)->protocol()) : started.error().message;
  }
  // The value of a header of the request on connection `number`.
  std::string Sent(size_t number, std::string_view header) {
    const std::string& text = peers.at(number).written;
    const std::string name = fmt::format("\r\n{}: ", header);
    const size_t at = text.find(name);
    if (at == std::string::npos) return "";
    return text.substr(at + name.size(), text.find("\r\n", at + 2) - at - name.size());
  }
  void ExpectOurs(const std::string& text, std::initializer_list<std::string_view> words) {
    const size_t line = text.find("\nsecure-exec: ");
    ASSERT_NE(std::string::npos, line) << text;
    EXPECT_EQ(std::string::npos, text.find('\n', line + 1)) << text;
    for (const std::string_view word : words)
      EXPECT_NE(std::string::npos, text.find(word, line)) << text;
  }

  ExecRequest request;
  bool unauthorized = false;
  std::deque<ScriptedStream::Peer> peers;
};

TEST_F(Start, AutoTakesWhatTheServerChooses) {
  EXPECT_EQ(kProtocolV5, With({Upgraded(kProtocolV5)}));
  EXPECT_EQ(kProtocolV4, With({Upgraded(kProtocolV4)}));
  EXPECT_EQ("v5.channel.k8s.io, v4.channel.k8s.io", Sent(0, "Sec-WebSocket-Protocol"));
  EXPECT_EQ("id", Sent(0, "Audit-ID"));
}

TEST_F(Start, APipedStdinIsOfferedToV5Alone) {
  request.stdin_open = true;
  EXPECT_EQ(kProtocolV5, With({Upgraded(kProtocolV5)}));
  EXPECT_EQ("v5.channel.k8s.io", Sent(0, "Sec-WebSocket-Protocol"));
  request.tty = true;
  EXPECT_EQ(kProtocolV4, With({Upgraded(kProtocolV4)}));
}

TEST_F(Start, ARefusalLeadsToSpdyWithAnAuditIdOfItsOwn) {
  for (const std::string& refused : {std::string(kEmpty403), Forbidden("get")}) {
    EXPECT_EQ("v4.channel.k8s.io over SPDY/3.1", With({refused, kSpdyUpgraded}));
    EXPECT_EQ("id", Sent(0, "Audit-ID"));
    EXPECT_EQ("id.spdy", Sent(1, "Audit-ID"));
  }
}

TEST_F(Start, A401LeadsNowhere) {
  const std::string text = With({"HTTP/1.1 401 Unauthorized\r\n\r\n"});
  EXPECT_EQ(0u, text.find("unable to upgrade connection: "));
  EXPECT_TRUE(unauthorized);
  ExpectOurs(text, {"401"});
}

TEST_F(Start, A101LeadsNowhereElseAsTheCommandMayRun) {
  EXPECT_NE(std::string::npos, With({Upgraded("bogus")}).find("bogus"));
  EXPECT_EQ("unexpected EOF", With({"HTTP/1.1 101 Switch"}).substr(0, 14));
}

TEST_F(Start, SaysWhichVerbsAreMissing) {
  const std::string create = With({Forbidden("create"), Forbidden("create")});
  EXPECT_EQ(0u, create.find("unable to upgrade connection: User \"u\" cannot create"));
  ExpectOurs(create, {"the verb create on", "docs/rbac.md"});
  ExpectOurs(With({Forbidden("get"), Forbidden("create")}), {"the verbs get and create on"});
  // An old server that lets the user get, but has no v5.
  request.stdin_open = true;
  ExpectOurs(With({kEmpty403, Forbidden("create")}), {"the verb create on"});
  ExpectOurs(With({Forbidden("get")}, ProtocolChoice::kV5), {"the verb get on", "--protocol auto"});
}

TEST_F(Start, SaysWhatBothAnswersWere) {
  const std::string page = "HTTP/1.1 502 Bad Gateway\r\n\r\n<html>no</html>";
  const std::string alike = With({page, page});
  EXPECT_EQ(0u, alike.find("unable to upgrade connection: <html>no</html>\n"));
  EXPECT_EQ(std::string::npos, alike.find("WebSocket"));
  const std::string apart = With({kEmpty403, page});
  EXPECT_EQ(0u, apart.find("unable to upgrade connection: <html>no</html>\n"));
  ExpectOurs(apart, {"502", "WebSocket", "403"});
}

TEST_F(Start, APipedStdinThatNoProtocolTakesHasAWayOut) {
  request.stdin_open = true;
  ExpectOurs(With({kEmpty403, "HTTP/1.1 400 x\r\n\r\nno SPDY"}),
             {"input", "v5.channel.k8s.io", "SPDY", "-it"});
}

TEST_F(Start, OneProtocolIsTriedAlone) {
  ExpectOurs(With({kEmpty403}, ProtocolChoice::kV5), {"1.30", "--protocol auto"});
  EXPECT_EQ("v5.channel.k8s.io", Sent(0, "Sec-WebSocket-Protocol"));
  ExpectOurs(With({kEmpty403}, ProtocolChoice::kV4), {"--protocol auto"});
  EXPECT_EQ("v4.channel.k8s.io", Sent(0, "Sec-WebSocket-Protocol"));
  EXPECT_EQ("v4.channel.k8s.io over SPDY/3.1", With({kSpdyUpgraded}, ProtocolChoice::kSpdy));
  EXPECT_EQ("id", Sent(0, "Audit-ID"));
  ExpectOurs(With({kEmpty403}, ProtocolChoice::kSpdy), {"--protocol auto"});
}

TEST_F(Start, V4IsRefusedForAPipedStdinAlone) {
  EXPECT_FALSE(CheckProtocol(ProtocolChoice::kV4, true, false));
  EXPECT_TRUE(CheckProtocol(ProtocolChoice::kV4, true, true));
  EXPECT_TRUE(CheckProtocol(ProtocolChoice::kV4, false, false));
  for (const auto choice : {ProtocolChoice::kAuto, ProtocolChoice::kV5, ProtocolChoice::kSpdy})
    EXPECT_TRUE(CheckProtocol(choice, true, false));
}

}  // namespace
}  // namespace secure_exec
