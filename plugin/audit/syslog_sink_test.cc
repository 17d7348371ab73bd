#include "plugin/audit/syslog_sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "base/json.h"
#include "plugin/audit/syslog_message.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

constexpr int64_t kShort = 20 * kMillisecond;

class SyslogSinkTest : public ::testing::Test {
 protected:
  // A socket that is bound, and for a stream listens; its address is in address_.
  UniqueFd Serve(int domain, int type) {
    UniqueFd socket(::socket(domain, type | SOCK_CLOEXEC, 0));
    if (domain == AF_UNIX) {
      const std::string path = directory_ / "log";
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      path.copy(address.sun_path, sizeof address.sun_path - 1);
      EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
      address_ = "unix:" + path;
    } else {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socklen_t size = sizeof address;
      EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
      EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
      address_ = fmt::format("{}:localhost:{}", type == SOCK_DGRAM ? "udp" : "tcp",
                             ntohs(address.sin_port));
    }
    if (type == SOCK_STREAM) {
      EXPECT_EQ(::listen(socket.get(), 1), 0);
    }
    return socket;
  }
  // Empty, or the error's text without the sink's name.
  std::string Deliver(bool confirm = false, int64_t patience_ns = SyslogSink::kPatienceNs) {
    const auto address = ParseSyslogAddress(address_);
    EXPECT_TRUE(address) << address_;
    SyslogSink sink(*address, confirm, Clock::System(), patience_ns);
    const auto done = sink.Deliver(session_, event_);
    if (done) return "";
    EXPECT_TRUE(done.error().message.starts_with(address_ + ": ")) << done.error().message;
    return done.error().message.substr(address_.size() + 2);
  }
  static std::string ReadAll(int fd) {
    std::string all;
    char bytes[4096];
    for (ssize_t count; (count = ::read(fd, bytes, sizeof bytes)) > 0;) {
      all.append(bytes, static_cast<size_t>(count));
    }
    return all;
  }
  static std::string Receive(const UniqueFd& socket) {
    char bytes[65536];
    const ssize_t count = ::recv(socket.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    return count < 0 ? "nothing" : std::string(bytes, static_cast<size_t>(count));
  }
  static UniqueFd Accept(const UniqueFd& socket) {
    return UniqueFd(::accept(socket.get(), nullptr, nullptr));
  }
  // Whether it is one message whose JSON is whole.
  static bool IsMessage(const std::string& text) {
    return text.starts_with("<85>1 ") && text.ends_with('}') &&
           ParseJson(text.substr(text.find('{')), 9).is_object();
  }

  TempDirectory directory_;
  std::string address_;
  AuditSession session_;
  AuditEvent event_;
};

TEST_F(SyslogSinkTest, ADatagramToALocalSocket) {
  const UniqueFd server = Serve(AF_UNIX, SOCK_DGRAM);
  EXPECT_EQ(Deliver(/*confirm=*/true), "");
  EXPECT_TRUE(IsMessage(Receive(server)));
}

TEST_F(SyslogSinkTest, ALineToALocalStream) {
  const UniqueFd server = Serve(AF_UNIX, SOCK_STREAM);
  EXPECT_EQ(Deliver(), "");
  std::string text = ReadAll(Accept(server).get());
  ASSERT_TRUE(text.ends_with('\n'));
  text.pop_back();
  EXPECT_TRUE(IsMessage(text));
}

TEST_F(SyslogSinkTest, ADatagramOverUdp) {
  const UniqueFd server = Serve(AF_INET, SOCK_DGRAM);
  session_.command = {std::string(100'000, 'x')};
  EXPECT_EQ(Deliver(), "");
  const std::string text = Receive(server);
  EXPECT_TRUE(IsMessage(text));
  EXPECT_LE(text.size(), kMaxSyslogDatagram);
}

TEST_F(SyslogSinkTest, CountedOctetsOverTcp) {
  const UniqueFd server = Serve(AF_INET, SOCK_STREAM);
  EXPECT_EQ(Deliver(), "");
  const std::string text = ReadAll(Accept(server).get());
  const size_t blank = text.find(' ');
  ASSERT_NE(blank, std::string::npos);
  EXPECT_EQ(text.substr(0, blank), std::to_string(text.size() - blank - 1));
  EXPECT_TRUE(IsMessage(text.substr(blank + 1)));
}

TEST_F(SyslogSinkTest, AConfirmedOneIsDeliveredWhenThePeerHasReadItAll) {
  for (const int domain : {AF_INET, AF_UNIX}) {
    const UniqueFd server = Serve(domain, SOCK_STREAM);
    std::string text;
    std::thread peer([&] { text = ReadAll(Accept(server).get()); });
    EXPECT_EQ(Deliver(/*confirm=*/true), "");
    peer.join();
    EXPECT_NE(text.find("\"event\""), std::string::npos);
  }
}

TEST_F(SyslogSinkTest, APeerThatNeverReadsDoesNotConfirm) {
  const UniqueFd server = Serve(AF_INET, SOCK_STREAM);
  EXPECT_EQ(Deliver(/*confirm=*/true, kShort), "Connection timed out");
  EXPECT_EQ(Deliver(/*confirm=*/false, kShort), "");
}

TEST_F(SyslogSinkTest, NorDoesOneThatHangsUpUnread) {
  const UniqueFd server = Serve(AF_INET, SOCK_STREAM);
  std::thread peer([&] {
    const UniqueFd connection = Accept(server);
    char byte;
    EXPECT_EQ(::recv(connection.get(), &byte, 1, 0), 1);  // unread bytes make the close a reset
  });
  EXPECT_NE(Deliver(/*confirm=*/true), "");
  peer.join();
}

TEST_F(SyslogSinkTest, APeerThatTakesNothingIsNotWaitedForLong) {
  // A unix datagram socket takes a few messages that nobody reads, and then none.
  const UniqueFd server = Serve(AF_UNIX, SOCK_DGRAM);
  std::string told;
  for (int i = 0; i < 1000 && told.empty(); ++i) told = Deliver(/*confirm=*/false, kShort);
  EXPECT_EQ(told, "Connection timed out");
}

TEST_F(SyslogSinkTest, WhatIsNotThereIsSaid) {
  address_ = "unix:" + directory_ / "none";
  EXPECT_EQ(Deliver(), "No such file or directory");
  Serve(AF_INET, SOCK_STREAM);
  EXPECT_EQ(Deliver(), "Connection refused");
  Serve(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(Deliver(), "Connection refused");
  Serve(AF_UNIX, SOCK_DGRAM);
  EXPECT_EQ(Deliver(), "Connection refused");
}

TEST_F(SyslogSinkTest, AHostThatIsNotThereIsSaid) {
  address_ = "tcp:host.invalid:601";
  EXPECT_TRUE(Deliver().starts_with("looking up the host: "));
}

}  // namespace
}  // namespace secure_exec
