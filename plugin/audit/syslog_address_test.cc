#include "plugin/audit/syslog_address.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using Transport = SyslogAddress::Transport;

TEST(SyslogAddress, ReadsTheThreeForms) {
  const auto local = ParseSyslogAddress("unix:/dev/log");
  ASSERT_TRUE(local);
  EXPECT_EQ(local->transport, Transport::kUnix);
  EXPECT_EQ(local->path, "/dev/log");
  const auto udp = ParseSyslogAddress("udp:log_host-1.example.com:514");
  ASSERT_TRUE(udp);
  EXPECT_EQ(udp->transport, Transport::kUdp);
  EXPECT_EQ(udp->host, "log_host-1.example.com");
  EXPECT_EQ(udp->port, "514");
  const auto tcp = ParseSyslogAddress("tcp:[fe80::1]:65535");
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->transport, Transport::kTcp);
  EXPECT_EQ(tcp->host, "fe80::1");
}

TEST(SyslogAddress, WritesWhatItReads) {
  for (const char* text : {"unix:/run/a b", "udp:127.0.0.1:1", "tcp:[::1]:601", "tcp:h:514"}) {
    const auto address = ParseSyslogAddress(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->Text(), text);
  }
}

TEST(SyslogAddress, RefusesWhatCannotBeReached) {
  for (const std::string& text : {std::string(""),
                                  std::string("/dev/log"),
                                  std::string("unix"),
                                  std::string("unix:"),
                                  std::string("unix:dev/log"),
                                  std::string("unix:/a\0b", 9),
                                  "unix:/" + std::string(107, 'x'),
                                  std::string("udp:"),
                                  std::string("udp:host"),
                                  std::string("udp:host:"),
                                  std::string("udp::514"),
                                  std::string("udp:host:0"),
                                  std::string("udp:host:0514"),
                                  std::string("udp:host:65536"),
                                  std::string("udp:host:+1"),
                                  std::string("udp:host:514 "),
                                  std::string("tcp:ho st:1"),
                                  std::string("tcp:-h:1"),
                                  std::string("tcp:::1:514"),
                                  std::string("tcp:[]:514"),
                                  std::string("tcp:[::g]:514"),
                                  std::string("tcp:[h]:514"),
                                  std::string("tcp:[::1:514"),
                                  std::string("tls:h:6514"),
                                  std::string("TCP:h:514"),
                                  "tcp:" + std::string(254, 'h') + ":514"}) {
    const auto address = ParseSyslogAddress(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().kind, ErrorKind::kUsage);
    EXPECT_EQ(address.error().message.find('\n'), std::string::npos);
    EXPECT_FALSE(address.error().message.empty());
  }
  EXPECT_TRUE(ParseSyslogAddress("unix:/" + std::string(106, 'x')));
}

}  // namespace
}  // namespace secure_exec
