#include "plugin/audit/audit_event.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "base/clock.h"
#include "base/json.h"
#include "plugin/audit/syslog_message.h"

namespace secure_exec {
namespace {

using Kind = AuditEvent::Kind;

class AuditEventTest : public ::testing::Test {
 protected:
  void SetUp() override {
    session_ = {.local_user = "alice",
                .local_uid = "1000",
                .host = "laptop-7",
                .kubeconfig_user = "alice@prod",
                .certificate = "CN=alice,O=dev",
                .effective_user = "oncall",
                .effective_uid = "77",
                .effective_groups = {"sre", "oncall"},
                .effective_extra = {"Scope=shop"},
                .context = "prod",
                .cluster = "prod-eu",
                .server = "https://prod.example.com:6443",
                .name_space = "shop",
                .type = "pod",
                .name = "web-5d9c7",
                .uid = "e3acf1fe-486c-4405-8fdf-71475e6721d1",
                .node = "node1",
                .container = "app",
                .container_id =
                    "containerd://129d0215de250357b909ddafdc328d35e9fc829daf7dc597dde9c1b52bf47ed4",
                .image = "registry.example.com/shop/web:1.4",
                .command = {"sh", "-c", "ls /tmp"},
                .stdin_open = true,
                .tty = true,
                .reason = "INC-4711 orders stuck",
                .rule = "prod-shells",
                .recording = AuditSession::Recording{
                    .id = "018bcfe5-687b-7c96-89e5-5fbf361e6468",
                    .path = "/home/alice/.local/share/secure-exec/recordings/prod/shop/web-5d9c7/"
                            "018bcfe5-687b-7c96-89e5-5fbf361e6468.cast.zst",
                    .b0 = "0b51d91b90cd5d5d88e5f69c06f5547a184f507d91358f419f28198fdd5d1505"}};
    event_ = {};
    event_.id = "018bcfe5-687b-7ba9-a0e1-a9af0c8701e1";
    event_.wall_ns = 1'700'000'000'123'456'789;
  }
  void MakeDenied() {
    event_.kind = Kind::kDenied;
    event_.exit = Exit{.code = 121, .remote = false, .kind = "policy"};
    event_.text = "error: policy: no shells here at night\nsecure-exec: try tomorrow";
    session_.recording.reset();
  }
  void MakeNotice() {
    event_.kind = Kind::kNotice;
    event_.sequence = 2;
    event_.notice = "idle";
    event_.text = "nothing happened for 29m0s: the session ends in 60 s";
  }
  void MakeEnd() {
    event_.kind = Kind::kEnd;
    event_.sequence = 3;
    event_.exit = Exit{.code = 119, .remote = false, .kind = "idle"};
    event_.text = "error: nothing happened for 30m0s: the session was ended";
    event_.start_wall_ns = event_.wall_ns - 1'900 * kSecond;
    event_.duration_ns = 1'900 * kSecond;
    event_.bytes = {12, 3456, 0};
    event_.seal = "5a4672ee852a25269aa3fa6e7d02efe8ea04a96739f5e245b1cd64c684557fec";
    event_.protocol = "v5.channel.k8s.io";
    event_.leash = AuditLeash{
        .mode = "hangup", .result = "some are left", .signalled = 3, .left = {"412 reindex"}};
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
  static std::string Documentation() {
    std::ifstream file(SECURE_EXEC_DOCS "/audit-events.md");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // The JSON examples in it.
  static std::vector<nlohmann::json> Documented() {
    const std::string text = Documentation();
    std::vector<nlohmann::json> examples;
    constexpr std::string_view kBegin = "\n```json\n", kEnd = "\n```\n";
    for (size_t at = 0; (at = text.find(kBegin, at)) != std::string::npos;) {
      at += kBegin.size();
      examples.push_back(ParseJson(text.substr(at, text.find(kEnd, at) - at), 10));
      if (examples.back().is_object()) {
        examples.back()["secure_exec"]["version"] = SECURE_EXEC_VERSION;
      }
    }
    return examples;
  }
  // "process.args" and so on: what leads to something that is no object.
  static void AddFields(const nlohmann::json& json, const std::string& name,
                        std::set<std::string>& fields) {
    if (!json.is_object()) {
      fields.insert(name);
      return;
    }
    for (const auto& [key, value] : json.items()) {
      AddFields(value, name.empty() ? key : name + "." + key, fields);
    }
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

// docs/audit-events.md has one of each, in this order.
TEST_F(AuditEventTest, EachIsAsItIsDocumented) {
  const auto documented = Documented();
  ASSERT_EQ(documented.size(), 4u);
  EXPECT_EQ(Encode(), documented[0]);
  MakeNotice();
  EXPECT_EQ(Encode(), documented[1]);
  MakeEnd();
  EXPECT_EQ(Encode(), documented[2]);
  SetUp();
  MakeDenied();
  EXPECT_EQ(Encode(), documented[3]);
}

TEST_F(AuditEventTest, EveryFieldIsDocumented) {
  std::set<std::string> fields;
  AddFields(Encode(), "", fields);
  MakeNotice();
  AddFields(Encode(), "", fields);
  MakeEnd();
  AddFields(Encode(), "", fields);
  event_.exit = Exit{.code = 7, .remote = true, .kind = "exit"};
  session_.command = {std::string(100'000, 'x')};
  AddFields(Encode(), "", fields);
  session_.recording->unrecorded = true;
  AddFields(Encode(), "", fields);
  std::set<std::string> documented;
  static const std::regex kRow("^\\| ((?:`[a-z@_.0-9]+`(?:, )?)+) \\|.*");
  static const std::regex kName("`([^`]+)`");
  std::istringstream text(Documentation());
  for (std::string line; std::getline(text, line);) {
    std::smatch row;
    if (!std::regex_match(line, row, kRow)) continue;
    const std::string names = row[1];
    for (std::sregex_iterator name(names.begin(), names.end(), kName), end; name != end; ++name) {
      documented.insert((*name)[1]);
    }
  }
  EXPECT_EQ(fields, documented);
}

TEST_F(AuditEventTest, HowMuchWasTypedIsLeftOutWhereItWouldTellALength) {
  MakeEnd();
  event_.tells_stdin = false;
  const auto bytes = At(Encode(), "secure_exec.bytes");
  EXPECT_FALSE(bytes.contains("stdin"));
  EXPECT_EQ(bytes["stdout"], 3456);
}

TEST_F(AuditEventTest, ADenialSaysWhyInOneLine) {
  MakeDenied();
  const auto json = Encode();
  EXPECT_EQ(At(json, "event.type"), nlohmann::json::array({"denied"}));
  EXPECT_EQ(At(json, "event.outcome"), "failure");
  EXPECT_EQ(At(json, "error.code"), "policy");
  EXPECT_EQ(At(json, "error.message"), "error: policy: no shells here at night");
  EXPECT_EQ(At(json, "secure_exec.exit.code"), 121);
  EXPECT_TRUE(At(json, "process.exit_code").is_null());
}

TEST_F(AuditEventTest, AnExitOfTheCommandIsASuccess) {
  MakeEnd();
  event_.exit = Exit{.code = 7, .remote = true, .kind = "exit"};
  event_.text = "command terminated with exit code 7";
  const auto json = Encode();
  EXPECT_EQ(At(json, "event.outcome"), "success");
  EXPECT_EQ(At(json, "process.exit_code"), 7);
  EXPECT_TRUE(At(json, "error").is_null());
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

TEST_F(AuditEventTest, APasswordInAUrlIsNotTold) {
  MakeDenied();
  for (const auto& [text, told] : std::vector<std::pair<std::string, std::string>>{
           {"https://u:p@h:1/x@y", "https://h:1/x@y"},
           {"https://u:p@q@h", "https://h"},
           {"https://h/a@b", "https://h/a@b"},
           {"bad \"http://u:p@h\", s5://u@h? a@b", "bad \"http://h\", s5://h? a@b"},
           {"://", "://"}}) {
    session_.server = event_.text = text;
    EXPECT_EQ(At(Encode(), "orchestrator.cluster.url"), told);
    EXPECT_EQ(At(Encode(), "error.message"), told);
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
      EXPECT_EQ(At(json, "event.id"), event_.id);
    }
  }
}

}  // namespace
}  // namespace secure_exec
