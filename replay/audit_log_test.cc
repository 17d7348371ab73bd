#include "replay/audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// As kube-apiserver 1.36 writes it.
std::string Event(std::string_view stage = "ResponseComplete", std::string_view uri = "",
                  std::string_view more = R"(,"responseStatus":{"metadata":{},"code":101})") {
  return fmt::format(
      R"({{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata",)"
      R"("auditID":"bfd1709c-4e56-4d52-867c-3828a0df966a","stage":"{}","requestURI":"{}",)"
      R"("verb":"create","user":{{"username":"bob","groups":["dev","system:authenticated"]}},)"
      R"("userAgent":"kubectl/v1.36","requestReceivedTimestamp":"2026-11-26T20:58:12.288327Z"{}}})",
      stage,
      uri.empty() ? "/api/v1/namespaces/dev/pods/shell/exec?command=echo\\u0026command=a+b%26c"
                    "\\u0026container=main\\u0026stdout=true"
                  : uri,
      more);
}

AuditLog Read(const std::string& text) {
  AuditLog log;
  const auto read = log.Read(MemorySource(text), "log");
  EXPECT_TRUE(read) << read.error().message;
  return log;
}

TEST(AuditLog, KeepsExecs) {
  const AuditLog log = Read(Event() + "\n");
  ASSERT_THAT(log.events(), SizeIs(1));
  const AuditEvent& event = log.events()[0];
  EXPECT_TRUE(event.exec);
  EXPECT_EQ(event.user, "bob");
  EXPECT_EQ(event.as, "");
  EXPECT_EQ(event.verb, "create");
  EXPECT_EQ(event.name_space, "dev");
  EXPECT_EQ(event.pod, "shell");
  EXPECT_EQ(event.container, "main");
  EXPECT_EQ(event.command, "echo a b&c");
  EXPECT_EQ(event.code, 101);
  EXPECT_EQ(event.time_ns, 1795726692'288327000);
  EXPECT_EQ(event.audit_id, "bfd1709c-4e56-4d52-867c-3828a0df966a");
  EXPECT_FALSE(event.anchor);
  EXPECT_EQ(log.foreign_lines(), 0u);
}
TEST(AuditLog, StagesOfARequestAreOneEvent) {
  const AuditLog log =
      Read(Event("RequestReceived", "", "") + "\n" + Event("ResponseStarted") + "\n" + Event());
  ASSERT_THAT(log.events(), SizeIs(1)) << "the last line needs no LF";
  EXPECT_EQ(log.events()[0].code, 101);
}
TEST(AuditLog, ARefusedExecDidNotRun) {
  EXPECT_FALSE(
      Read(Event("ResponseComplete", "", R"(,"responseStatus":{"code":403})")).events()[0].ran());
  EXPECT_TRUE(Read(Event("ResponseStarted", "", "")).events()[0].ran());
}
TEST(AuditLog, TellsWhoIsImpersonated) {
  const AuditLog log =
      Read(Event("ResponseComplete", "", R"(,"impersonatedUser":{"username":"ops"})"));
  EXPECT_EQ(log.events()[0].user, "bob");
  EXPECT_EQ(log.events()[0].as, "ops");
}
TEST(AuditLog, KeepsAnchors) {
  const std::string agent = AnchorUserAgent(
      {Anchor::Kind::kSeal, *ParseUuid("01890000-0000-7000-8000-000000000001"), 0, Sha256::Of("x")},
      "1");
  std::string line = Event("ResponseComplete", "/api/v1/namespaces/dev/pods/shell");
  EXPECT_THAT(Read(line).events(), IsEmpty()) << "who reads a pod is of no interest";
  line.replace(line.find("kubectl/v1.36"), 13, agent);
  const AuditLog log = Read(line);
  ASSERT_THAT(log.events(), SizeIs(1));
  EXPECT_FALSE(log.events()[0].exec);
  EXPECT_EQ(log.events()[0].anchor->kind, Anchor::Kind::kSeal);
}
TEST(AuditLog, PassesOverWhatIsNoEvent) {
  const std::string other =
      Event("ResponseComplete", "/api/v1/namespaces/dev/pods/shell/log?exec=/exec");
  std::string v2 = Event();
  v2.replace(v2.find("audit.k8s.io/v1"), 15, "audit.k8s.io/v2");
  const AuditLog log = Read(other + "\nnot json /exec\n\n" + v2 + "\n[\"/exec\"]\n" +
                            Event().substr(0, 200) + "\n" + Event());
  EXPECT_THAT(log.events(), SizeIs(1));
  EXPECT_EQ(log.lines(), 6u);
  EXPECT_EQ(log.foreign_lines(), 4u);
}
TEST(AuditLog, LinesAreBounded) {
  const std::string long_line(3 * AuditLog::kMaxLine, '/');
  const AuditLog log =
      Read(Event() + "\n" + long_line + "/exec\n" + Event("x", "/api/v1/namespaces/a/pods/b/exec"));
  EXPECT_THAT(log.events(), SizeIs(2));
  EXPECT_EQ(log.foreign_lines(), 1u);
}
TEST(AuditLog, LinesMayLieAcrossPieces) {
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    text += Event("x", fmt::format("/api/v1/namespaces/a/pods/b{}/exec", i)) + "\n";
  }
  EXPECT_THAT(Read(text).events(), SizeIs(5000));
}

}  // namespace
}  // namespace secure_exec
