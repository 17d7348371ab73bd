#include "plugin/audit/syslog_message.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace secure_exec {
namespace {

class SyslogMessageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    session_.host = "laptop";
    event_.id = "e1";
    event_.wall_ns = 1'700'000'000'123'456'789;
    event_.sequence = 3;
  }
  std::string Message(size_t limit = kMaxSyslogMessage) {
    return SyslogMessage(session_, event_, 42, limit);
  }
  std::string Header() {
    const std::string message = Message();
    return message.substr(0, message.find('{'));
  }
  AuditSession session_;
  AuditEvent event_;
};

TEST_F(SyslogMessageTest, HasTheHeaderOfRfc5424) {
  EXPECT_EQ(Header(),
            "<85>1 2023-11-14T22:13:20.123Z laptop kubectl-secure_exec 42 start "
            "[origin software=\"kubectl-secure_exec\" swVersion=\"" SECURE_EXEC_VERSION
            "\"][meta sequenceId=\"3\"] ");
  EXPECT_EQ(JsonText(JsonMember(ParseJson(Message().substr(Header().size()), 9), "event"), "id"),
            "e1");
}

TEST_F(SyslogMessageTest, WhatFailedIsAWarning) {
  event_.kind = AuditEvent::Kind::kDenied;
  EXPECT_TRUE(Header().starts_with("<84>1 ") && Header().find(" denied [") != std::string::npos);
  event_.kind = AuditEvent::Kind::kEnd;
  event_.exit = Exit{.code = 1, .remote = true, .kind = "exit"};
  EXPECT_TRUE(Header().starts_with("<85>1 "));
  event_.exit->remote = false;
  EXPECT_TRUE(Header().starts_with("<84>1 "));
}

TEST_F(SyslogMessageTest, AHostNameCannotAddToTheHeader) {
  session_.host = "a b\n<0>\xc3\xa9";
  EXPECT_NE(Header().find("Z a?b?<0>?? kubectl"), std::string::npos) << Header();
  session_.host = "";
  EXPECT_NE(Header().find("Z - kubectl"), std::string::npos);
  session_.host = std::string(1000, 'h');
  EXPECT_NE(Header().find(" " + std::string(255, 'h') + " "), std::string::npos);
}

TEST_F(SyslogMessageTest, TheLimitIsOfAllOfIt) {
  session_.host = std::string(255, 'h');
  session_.command = {std::string(100'000, 'x')};
  for (const size_t limit : {kMaxSyslogDatagram, kMaxSyslogMessage}) {
    EXPECT_LE(Message(limit).size(), limit);
    EXPECT_EQ(Message(limit).back(), '}');
  }
}

}  // namespace
}  // namespace secure_exec
