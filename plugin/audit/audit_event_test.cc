#include "plugin/audit/audit_event.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/json.h"
#include "plugin/audit/syslog_message.h"

namespace secure_exec {
namespace {

using Kind = AuditEvent::Kind;

class AuditEventTest : public ::testing::Test {
 protected:
  void SetUp() override {
    session_ = {
        .local_user = "alice",
        .local_uid = "1000",
        .host = "laptop",
        .kubeconfig_user = "alice@prod",
        .certificate = "CN=alice,O=dev",
        .effective_user = "bob",
        .effective_uid = "77",
        .effective_groups = {"ops", "dev"},
        .effective_extra = {"Acme.com/scope=all"},
        .context = "prod",
        .cluster = "prod-1",
        .server = "https://prod.example.com:6443",
        .name_space = "shop",
        .type = "pod",
        .name = "web-1",
        .uid = "6f1c",
        .node = "node1",
        .container = "app",
        .container_id = "containerd://4be1",
        .image = "registry/app:1",
        .command = {"sh", "-c", "echo hi"},
        .stdin_open = true,
        .tty = true,
        .reason = "INC-42",
        .rule = "prod-shells",
        .recording = AuditSession::Recording{.id = "018b", .path = "/r/018b", .b0 = "b0b0"}};
    event_.id = "e1";
    event_.wall_ns = 1'700'000'000'123'456'789;
  }
  nlohmann::json Encode(size_t limit = kMaxAuditLimit) {
    line_ = EncodeAuditEvent(session_, event_, limit);
    EXPECT_LE(line_.size(), limit);
    EXPECT_TRUE(
        std::all_of(line_.begin(), line_.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    auto json = ParseJson(line_, 10);
    EXPECT_TRUE(json.is_object()) << line_;
    return json;
  }
  // "process.args": the value, or null.
  nlohmann::json At(const nlohmann::json& json, std::string_view field) {
    const size_t dot = field.find('.');
    if (dot == std::string_view::npos) return JsonMember(json, std::string(field).c_str());
    return At(JsonMember(json, std::string(field.substr(0, dot)).c_str()), field.substr(dot + 1));
  }

  AuditSession session_;
  AuditEvent event_;
  std::string line_;
};

TEST_F(AuditEventTest, AStartSaysWhoWhereWhatAndWhy) {
  EXPECT_EQ(Encode(), nlohmann::json::parse(R"({
    "@timestamp": "2023-11-14T22:13:20.123Z",
    "ecs": {"version": "8.11.0"},
    "event": {"kind": "event", "category": ["session", "process"], "type": ["start"],
      "action": "session-started", "outcome": "unknown", "reason": "INC-42", "id": "e1", "sequence": 1,
      "dataset": "secure_exec.audit", "module": "secure_exec", "provider": "kubectl-secure_exec"},
    "user": {"name": "alice", "id": "1000",
      "effective": {"name": "bob", "id": "77", "group": {"name": ["ops", "dev"]}}},
    "related": {"user": ["alice", "bob"]},
    "host": {"name": "laptop"},
    "orchestrator": {"type": "kubernetes", "namespace": "shop",
      "cluster": {"name": "prod-1", "url": "https://prod.example.com:6443"},
      "resource": {"type": "pod", "name": "web-1", "id": "6f1c"}},
    "container": {"name": "app", "id": "4be1", "runtime": "containerd", "image": {"name": "registry/app:1"}},
    "process": {"command_line": "sh -c echo hi", "args": ["sh", "-c", "echo hi"], "args_count": 3,
      "interactive": true},
    "rule": {"name": "prod-shells"},
    "secure_exec": {"version": ")" SECURE_EXEC_VERSION
                                            R"(", "context": "prod", "node": "node1", "stdin": true,
      "user": {"kubeconfig": "alice@prod", "certificate": "CN=alice,O=dev", "extra": ["Acme.com/scope=all"]},
      "recording": {"id": "018b", "path": "/r/018b", "b0": "b0b0", "encrypted": false}}
  })"));
}

TEST_F(AuditEventTest, ADenialSaysWhyInOneLine) {
  event_.kind = Kind::kDenied;
  event_.exit = Exit{.code = 121, .remote = false, .kind = "policy"};
  event_.text = "error: not at night\nsecure-exec: try tomorrow";
  const auto json = Encode();
  EXPECT_EQ(At(json, "event.type"), nlohmann::json::array({"denied"}));
  EXPECT_EQ(At(json, "event.outcome"), "failure");
  EXPECT_EQ(At(json, "error.code"), "policy");
  EXPECT_EQ(At(json, "error.message"), "error: not at night");
  EXPECT_EQ(At(json, "secure_exec.exit.code"), 121);
  EXPECT_TRUE(At(json, "process.exit_code").is_null());
}

TEST_F(AuditEventTest, ANoticeHasAWordAndAText) {
  event_.kind = Kind::kNotice;
  event_.notice = "idle";
  event_.text = "ends in 60 s";
  const auto json = Encode();
  EXPECT_EQ(At(json, "event.type"), nlohmann::json::array({"info"}));
  EXPECT_EQ(At(json, "secure_exec.notice"), "idle");
  EXPECT_EQ(At(json, "message"), "ends in 60 s");
}

TEST_F(AuditEventTest, AnEndSaysHowAndHowMuch) {
  event_.kind = Kind::kEnd;
  event_.exit = Exit{.code = 7, .remote = true, .kind = "exit"};
  event_.text = "command terminated with exit code 7";
  event_.start_wall_ns = event_.wall_ns - 1'500'000'000;
  event_.duration_ns = 1'500'000'000;
  event_.bytes = {1, 22, 333};
  event_.seal = "5ea1";
  event_.protocol = "v5.channel.k8s.io";
  event_.leash =
      AuditLeash{.mode = "hangup", .result = "done", .signalled = 2, .left = {"7 nohup"}};
  const auto json = Encode();
  EXPECT_EQ(At(json, "event.outcome"), "success");
  EXPECT_EQ(At(json, "event.start"), "2023-11-14T22:13:18.623Z");
  EXPECT_EQ(At(json, "event.end"), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(At(json, "event.duration"), 1'500'000'000);
  EXPECT_EQ(At(json, "process.exit_code"), 7);
  EXPECT_TRUE(At(json, "error").is_null());
  EXPECT_EQ(At(json, "secure_exec.bytes"),
            nlohmann::json::parse(R"({"stdin": 1, "stdout": 22, "stderr": 333})"));
  EXPECT_EQ(At(json, "secure_exec.recording.seal"), "5ea1");
  EXPECT_EQ(At(json, "secure_exec.leash"),
            nlohmann::json::parse(
                R"({"mode": "hangup", "result": "done", "signalled": 2, "left": ["7 nohup"]})"));
}

TEST_F(AuditEventTest, AnEndThatIsNotTheCommandsIsAFailure) {
  event_.kind = Kind::kEnd;
  event_.exit = Exit{.code = 122, .remote = false, .kind = "connection-lost"};
  const auto json = Encode();
  EXPECT_EQ(At(json, "event.outcome"), "failure");
  EXPECT_EQ(At(json, "error.code"), "connection-lost");
  EXPECT_TRUE(At(json, "process.exit_code").is_null());
  EXPECT_TRUE(At(json, "secure_exec.bytes").is_null());
}

TEST_F(AuditEventTest, WhatIsNotKnownIsLeftOut) {
  session_ = {};
  const auto json = Encode();
  for (const char* field : {"user", "container", "related", "rule", "process.args",
                            "orchestrator.cluster", "secure_exec.recording", "event.reason"}) {
    EXPECT_TRUE(At(json, field).is_null()) << field;
  }
}

TEST_F(AuditEventTest, AServersPasswordIsNotTold) {
  for (const auto& [server, told] :
       std::vector<std::pair<std::string, std::string>>{{"https://u:p@h:1/x@y", "https://h:1/x@y"},
                                                        {"https://u:p@q@h", "https://h"},
                                                        {"https://h/a@b", "https://h/a@b"},
                                                        {"u:p@h", "h"}}) {
    session_.server = server;
    EXPECT_EQ(At(Encode(), "orchestrator.cluster.url"), told);
  }
}

TEST_F(AuditEventTest, TextsAreSafeToDecodeAndShow) {
  session_.reason = "a\nb\x1b[2J\xff\xe2\x80\xae\xc3\xa9\"\\";
  session_.command = {"printf", std::string("\0\x7f", 2)};
  const auto json = Encode();
  EXPECT_EQ(At(json, "event.reason"), "a\\nb\\x1b[2J\uFFFD\uFFFD\u00e9\"\\");
  EXPECT_EQ(At(json, "process.args")[1], "\\x00\\x7f");
}

TEST_F(AuditEventTest, AHugeCommandIsCutAndThatIsSaid) {
  for (const size_t limit : {kMinAuditLimit, kMaxSyslogMessage, kMaxAuditLimit}) {
    session_.command = {"sh", "-c", std::string(2 << 20, 'x')};
    auto json = Encode(limit);
    EXPECT_EQ(At(json, "secure_exec.truncated"),
              nlohmann::json::array({"process.args", "process.command_line"}));
    EXPECT_EQ(At(json, "process.args_count"), 3);
    const std::string command = At(json, "process.command_line");
    EXPECT_TRUE(command.starts_with("sh -c xxx") && command.ends_with("x...")) << command.size();
    EXPECT_GT(line_.size(), limit - 100);  // no more than needed
    // One that fits without its arguments keeps its line.
    session_.command = {std::string(limit / 2, 'x')};
    json = Encode(limit);
    EXPECT_EQ(At(json, "secure_exec.truncated")[0], "process.args");
  }
}

TEST_F(AuditEventTest, ACutNeverSplitsACharacter) {
  std::string command;
  for (int i = 0; i < 3000; ++i) command += "\U0001F600";
  session_.command = {command};
  const std::string told = At(Encode(2000), "process.command_line");
  EXPECT_EQ(told.find("\uFFFD"), std::string::npos);
  EXPECT_TRUE(told.ends_with("\U0001F600..."));
}

// Whoever chose all of the texts cannot make an event that is too long, or that says nothing of
// what was cut.
TEST_F(AuditEventTest, EveryEventFits) {
  for (const std::string& text : {std::string("x"), std::string("\""), std::string("\x01"),
                                  std::string("\U0001F600"), std::string("\xff")}) {
    SCOPED_TRACE(text);
    std::string huge;
    while (huge.size() < 5000) huge += text;
    std::vector<std::string> many(100, huge);
    for (std::string* field : {&session_.local_user,
                               &session_.local_uid,
                               &session_.host,
                               &session_.kubeconfig_user,
                               &session_.certificate,
                               &session_.effective_user,
                               &session_.effective_uid,
                               &session_.context,
                               &session_.cluster,
                               &session_.server,
                               &session_.name_space,
                               &session_.type,
                               &session_.name,
                               &session_.uid,
                               &session_.node,
                               &session_.container,
                               &session_.container_id,
                               &session_.image,
                               &session_.reason,
                               &session_.rule,
                               &session_.recording->id,
                               &session_.recording->path,
                               &session_.recording->b0,
                               &event_.text,
                               &event_.seal,
                               &event_.protocol}) {
      *field = huge;
    }
    session_.container_id = huge + "://" + huge;
    session_.command = session_.effective_groups = session_.effective_extra = many;
    event_.kind = Kind::kEnd;
    event_.exit = Exit{.code = 122, .remote = false, .kind = huge};
    event_.bytes = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    event_.duration_ns = event_.start_wall_ns = event_.wall_ns = INT64_MAX;
    event_.sequence = UINT64_MAX;
    event_.leash = AuditLeash{.mode = huge, .result = huge, .signalled = UINT64_MAX, .left = many};
    for (const size_t limit : {kMinAuditLimit, kMaxSyslogMessage, kMaxAuditLimit}) {
      const auto json = Encode(limit);
      EXPECT_EQ(At(json, "secure_exec.truncated").back(), "...");
      EXPECT_EQ(At(json, "event.id"), "e1");
    }
  }
}

}  // namespace
}  // namespace secure_exec
