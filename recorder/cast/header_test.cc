#include "recorder/cast/header.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace secure_exec {
namespace {

CastHeader Full() {
  CastHeader header;
  header.width = 132;
  header.height = 43;
  header.timestamp = 1'700'000'000;
  header.title = "a \"title\"";
  header.command = "sh -c 'date'";
  header.term = "xterm-256color";
  SessionInfo& session = header.session.emplace();
  session.id = *ParseUuid("018bcfe5-6800-7abc-8def-0123456789ab");
  session.tool = "kubectl-secure_exec 0.1.0";
  session.start_wall_ns = 1'700'000'000'123'456'789;
  session.clock_offset_ns = -1'500'000'000;
  session.start_boot_ns = 77'000'000'001;
  session.boot_id = "94ce01fe-de33-4af0-9d18-78e2a94c7d85";
  session.user = {"alice", 1000, "laptop", "alice@modern", "CN=alice,O=dev"};
  session.user_key = "SHA256:k";
  session.context = "modern";
  session.cluster = "c";
  session.server = "https://127.0.0.1:6443";
  session.name_space = "default";
  session.pod = "web-0";
  session.pod_uid = "u";
  session.container = "app";
  session.container_id = "containerd://1";
  session.node = "n";
  session.image = "i";
  session.image_id = "d";
  session.command = {"sh", "-c", "date"};
  session.reason = "OPS-1 \"disk\" full";
  session.policy = SessionInfo::Policy{.file = "/etc/secure-exec/policy.yaml",
                                       .sha256 = "ab",
                                       .rule = "production",
                                       .line = 12,
                                       .settings = {{"idle_timeout", "10m"}, {"leash", "kill"}}};
  session.stdin_open = true;
  session.tty = true;
  session.record[0] = RecordMode::kDigest;
  session.record[2] = RecordMode::kOff;
  session.record_limit = UINT64_MAX;
  return header;
}

Result<CastHeader> Parse(std::string line) {
  if (!line.empty() && line.back() == '\n') line.pop_back();
  return ParseHeader(line);
}

TEST(Header, RoundTrips) {
  const std::string line = EncodeHeader(Full());
  const auto parsed = Parse(line);
  ASSERT_TRUE(parsed) << parsed.error().message;
  // Everything is in the encoding, so equal encodings are equal headers.
  EXPECT_EQ(EncodeHeader(*parsed), line);
  EXPECT_EQ(parsed->session->user.uid, 1000u);
  EXPECT_EQ(parsed->session->user_key, "SHA256:k");
  EXPECT_EQ(parsed->session->record_limit, UINT64_MAX);
  EXPECT_EQ(parsed->session->clock_offset_ns, -1'500'000'000);
  EXPECT_EQ(parsed->session->reason, "OPS-1 \"disk\" full");
  EXPECT_EQ(parsed->session->policy, Full().session->policy);
}

TEST(Header, IsOneLineThatPlayersKnow) {
  const std::string line = EncodeHeader(Full());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["version"], 2);
  EXPECT_EQ(json["width"], 132);
  EXPECT_EQ(json["env"]["TERM"], "xterm-256color");
  EXPECT_EQ(json["session"]["record"]["stdin"], "digest");
  EXPECT_EQ(json["session"]["command"], nlohmann::json({"sh", "-c", "date"}));
}

TEST(Header, LeavesOutWhatIsUnknown) {
  CastHeader header;
  header.session.emplace();
  const auto json = nlohmann::json::parse(EncodeHeader(header));
  EXPECT_FALSE(json.contains("env"));
  EXPECT_FALSE(json.contains("timestamp"));
  EXPECT_FALSE(json["session"].contains("clock_offset"));
  EXPECT_FALSE(json["session"].contains("node"));
}

TEST(Header, APolicyMayHaveNoRuleAboutTheSession) {
  CastHeader header = Full();
  header.session->policy = SessionInfo::Policy{};
  header.session->policy->file = "p";
  header.session->policy->sha256 = "ab";
  const auto json = nlohmann::json::parse(EncodeHeader(header));
  EXPECT_EQ(json["session"]["policy"], (nlohmann::json{{"file", "p"}, {"sha256", "ab"}}));
  header.session->policy.reset();
  EXPECT_FALSE(nlohmann::json::parse(EncodeHeader(header))["session"].contains("policy"));
}

TEST(Header, ReplacesWhatIsNotUtf8) {
  CastHeader header = Full();
  header.session->command = {"a\xff"};
  EXPECT_EQ(Parse(EncodeHeader(header))->session->command[0], "a\uFFFD");
}

TEST(Header, IsRefusedWhenCutAnywhere) {
  const std::string line = EncodeHeader(Full());
  for (size_t n = 0; n + 1 < line.size(); ++n) EXPECT_FALSE(ParseHeader(line.substr(0, n))) << n;
}

TEST(Header, OfVersion3IsUnderstood) {
  const auto header = Parse(
      R"({"version":3,"term":{"cols":100,"rows":30,"type":"xterm"},"timestamp":5,"title":"t"})");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, 3);
  EXPECT_EQ(header->width, 100);
  EXPECT_EQ(header->height, 30);
  EXPECT_EQ(header->term, "xterm");
  EXPECT_FALSE(header->session);
}

TEST(Header, OfOthersMayHoldSurprises) {
  const auto header = Parse(
      R"({"version":2,"width":0,"height":24,"timestamp":1.9,"title":7,"env":[],"session":"mine"})");
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->width, 80);
  EXPECT_EQ(header->timestamp, 1);
  EXPECT_EQ(header->title, "");
  EXPECT_FALSE(header->session);
}

TEST(Header, IsRefusedWithoutVersionOrSize) {
  for (const char* line :
       {"", "[]", "7", "null", "{}", R"({"version":1,"width":1,"height":1})",
        R"({"version":2,"width":1})", R"({"version":2,"width":-1,"height":1})",
        R"({"version":2,"width":1e300,"height":1})", R"({"version":2,"width":1,"height":100001})",
        R"({"version":2,"width":"80","height":24})", R"({"version":3,"width":80,"height":24})",
        R"({"version":2,"width":18446744073709551615,"height":24})",
        R"({"version":2,"width":80,"height":24} x)"}) {
    const auto header = Parse(line);
    ASSERT_FALSE(header) << line;
    EXPECT_EQ(header.error().kind, ErrorKind::kFormat);
  }
}

TEST(Header, IsRefusedWhenItIsDeep) {
  const std::string deep = R"({"version":2,"width":1,"height":1,"a":)" + std::string(500'000, '[') +
                           std::string(500'000, ']') + "}";
  EXPECT_FALSE(ParseHeader(deep));
}

TEST(Header, OfALaterFormatIsRefusedByName) {
  CastHeader header = Full();
  header.session->format = "2.0";
  const auto parsed = Parse(EncodeHeader(header));
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("format 2;"), std::string::npos);
  header.session->format = "1.7";
  EXPECT_TRUE(Parse(EncodeHeader(header)));
  for (const char* format : {"", "1", "x.1", "-1.0", "99999999999999.0"}) {
    header.session->format = format;
    EXPECT_FALSE(Parse(EncodeHeader(header))) << format;
  }
}

TEST(Header, IgnoresUnknownKeysAndNeedsAnId) {
  EXPECT_TRUE(Parse(R"({"version":2,"width":1,"height":1,"new":{},"session":{"format":"1.1",)"
                    R"("id":"018bcfe5-6800-7abc-8def-0123456789ab","later":[1]}})"));
  EXPECT_FALSE(Parse(R"({"version":2,"width":1,"height":1,"session":{"format":"1.0"}})"));
  EXPECT_FALSE(Parse(R"({"version":2,"width":1,"height":1,"session":{"format":"1.0","id":"x"}})"));
}

TEST(Exit, IsThreeWords) {
  EXPECT_EQ(FormatExit({7, true, "exit"}), "7 remote exit");
  EXPECT_EQ(FormatExit({122, false, "connection-lost"}), "122 client connection-lost");
}

TEST(HeaderTest, TheLongestPauseOfForeignCasts) {
  const auto limit = [](const std::string& value) {
    return ParseHeader(R"({"version":2,"width":80,"height":24,"idle_time_limit":)" + value + "}")
        ->idle_time_limit;
  };
  EXPECT_EQ(limit("1.5"), 1.5);
  EXPECT_EQ(limit("2"), 2);
  for (const char* none : {"-1", "\"2\"", "null", "[]"}) EXPECT_EQ(limit(none), 0) << none;
}

}  // namespace
}  // namespace secure_exec
