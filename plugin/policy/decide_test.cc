#include "plugin/policy/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class DecideTest : public testing::Test {
 protected:
  DecideTest() {
    facts_.context = "dev";
    facts_.name_space = "default";
    facts_.pod = "shell";
    facts_.local_user = "alice";
    facts_.home = "/home/alice";
  }
  void Config(std::string_view text) {
    YamlProblems problems;
    rules_.config = ParseConfig(text, "config.yaml", problems);
    for (const YamlProblem& each : problems) ADD_FAILURE() << ProblemText("config.yaml", each);
  }
  // A policy of one rule, for every session.
  void Policy(const std::string& set) {
    YamlProblems problems;
    rules_.policy =
        ParsePolicy("version: 1\nrules:\n- name: all\n  " + set + "\n", "policy.yaml", problems);
    for (const YamlProblem& each : problems) ADD_FAILURE() << ProblemText("policy.yaml", each);
  }
  Decision With(std::vector<std::string> flags) {
    flags.insert(flags.end(), {"shell", "--", "true"});
    const auto options = ParseOptions(flags);
    EXPECT_TRUE(options.has_value());
    return Decide(*options, rules_, facts_);
  }
  static std::string SourceOf(const Decision& decision, std::string_view key) {
    for (const SettingSource& each : decision.sources) {
      if (each.key == key) return each.value + " by " + each.source;
    }
    return "";
  }

  Rules rules_;
  Facts facts_;
};

TEST_F(DecideTest, WithoutFilesNothingIsSetAndNothingIsKeptOut) {
  const Decision decision = With({});
  EXPECT_FALSE(decision.refusal);
  EXPECT_FALSE(decision.policy);
  EXPECT_THAT(decision.sources, IsEmpty());
}

TEST_F(DecideTest, WithoutAPolicyNothingGoesUnrecorded) {
  const Decision decision = With({"--no-record"});
  ASSERT_TRUE(decision.refusal);
  EXPECT_EQ(decision.refusal->kind, ErrorKind::kPolicy);
  EXPECT_THAT(decision.refusal->message, HasSubstr("only a policy can allow it"));
}

TEST_F(DecideTest, TheUsersFileGivesDefaultsAndFlagsWin) {
  Config("idle_timeout: 15m\nleash: kill\n");
  const Decision decision = With({"--leash=off"});
  EXPECT_EQ(decision.options.idle_timeout_ns, 15 * 60 * kSecond);
  EXPECT_EQ(decision.options.leash, Options::Leash::kOff);
  EXPECT_EQ(SourceOf(decision, "idle_timeout"), "15m by config.yaml:1");
  EXPECT_EQ(SourceOf(decision, "leash"), "off by --leash");
}

TEST_F(DecideTest, AFlagsListReplacesTheUsersFile) {
  Config("recipients: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n");
  const Decision decision =
      With({"--recipient=age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"});
  EXPECT_EQ(decision.options.recipients.size(), 1u);
}

TEST_F(DecideTest, ThePolicysRecipientsAreAddedToTheUsersFile) {
  Config("recipients: age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg\n");
  Policy("set: {recipients: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p}");
  EXPECT_EQ(With({}).options.recipients.size(), 2u);
}

TEST_F(DecideTest, AStricterDefaultOfTheUsersStays) {
  Config("idle_timeout: 5m\n");
  Policy("set: {idle_timeout: 10m}");
  EXPECT_EQ(SourceOf(With({}), "idle_timeout"),
            "5m by config.yaml:1, stricter than policy.yaml:4, rule \"all\"");
}

TEST_F(DecideTest, ALooserDefaultOfTheUsersGivesWay) {
  Config("idle_timeout: 1h\nrecord_stdin: off\n");
  Policy("set: {idle_timeout: 10m, record_stdin: all}");
  const Decision decision = With({});
  EXPECT_FALSE(decision.refusal);
  EXPECT_EQ(SourceOf(decision, "idle_timeout"), "10m by policy.yaml:4, rule \"all\"");
  EXPECT_EQ(decision.options.record[0], RecordMode::kAll);
}

TEST_F(DecideTest, TheFirstFlagThatLoosensIsTold) {
  Policy("set: {leash: kill, idle_timeout: 10m}");
  const Decision decision = With({"--idle-timeout=1h", "--leash=off"});
  ASSERT_TRUE(decision.refusal);
  EXPECT_THAT(decision.refusal->message, HasSubstr("sets leash to kill, and --leash off"));
}

TEST_F(DecideTest, WhatBoundIsKeptForTheRecording) {
  Policy("set: {idle_timeout: 10m, leash: kill, banner: \"a\\nb\"}");
  const Decision decision = With({"--idle-timeout=5m"});
  ASSERT_TRUE(decision.policy);
  EXPECT_EQ(decision.policy->rule, "all");
  EXPECT_EQ(decision.policy->line, 3);
  EXPECT_EQ(decision.policy->sha256.size(), 64u);
  EXPECT_THAT(
      decision.policy->settings,
      ElementsAre(Pair("idle_timeout", "5m"), Pair("leash", "kill"), Pair("banner", "a\\nb")));
}

TEST_F(DecideTest, APolicyThatIsNotAboutTheSessionIsKeptForTheRecordingToo) {
  Policy("match: {pod: other}\n  set: {leash: kill}");
  const Decision decision = With({});
  ASSERT_TRUE(decision.policy);
  EXPECT_EQ(decision.policy->file, "policy.yaml");
  EXPECT_EQ(decision.policy->rule, "");
}

TEST_F(DecideTest, AServerThatFailsToAnswerFailsTheSession) {
  Policy("match: {group: dev}\n  set: {leash: kill}");
  facts_.ask = []() -> Result<ClusterIdentity> {
    return Fail(ErrorKind::kServer, "no route to host");
  };
  const Decision decision = With({});
  ASSERT_TRUE(decision.refusal);
  EXPECT_EQ(decision.refusal->message, "no route to host");
}

TEST_F(DecideTest, TheSinksOfEverySessionHearOfOneThatIsRefused) {
  const auto sinks = [&](std::string_view rules) {
    YamlProblems problems;
    rules_.policy = ParsePolicy(
        "version: 1\naudit: {audit_file: /log, audit_required: true}\n" + std::string(rules),
        "policy.yaml", problems);
    EXPECT_TRUE(problems.empty());
    return With({});
  };
  Decision decision = sinks("rules:\n- name: none\n  deny: no");
  EXPECT_TRUE(decision.refusal);
  EXPECT_EQ(decision.options.audit_file, "/log");
  // Nobody says which groups the user is in.
  decision = sinks("rules:\n- name: devs\n  match: {group: dev}\n  set: {leash: kill}");
  EXPECT_TRUE(decision.refusal);
  EXPECT_EQ(decision.options.audit_file, "/log");
  EXPECT_TRUE(decision.options.audit_required);
  // A rule's own are its own.
  decision = sinks("rules:\n- name: all\n  set: {audit_file: /other}");
  EXPECT_FALSE(decision.refusal);
  EXPECT_EQ(decision.options.audit_file, "/other");
  EXPECT_THAT(SourceOf(sinks("rules: []"), "audit_file"), HasSubstr("policy.yaml:2, audit"));
}

TEST_F(DecideTest, ARequiredRecordingHasNoHoles) {
  Policy("set: {record: required}");
  EXPECT_FALSE(With({}).refusal);
  EXPECT_FALSE(With({"--record-limit", "2Gi"}).refusal);
  EXPECT_THAT(With({"--record-limit", "1"}).refusal->message, HasSubstr("record_limit: 1 bytes"));
  EXPECT_THAT(With({"--record-stdout", "off"}).refusal->message, HasSubstr("record_stdout: off"));
  EXPECT_TRUE(With({"--record-stderr", "digest"}).refusal);
  Config("record_stdout: digest");
  EXPECT_TRUE(With({}).refusal);
  Config("");
  Policy("set: {record: required, record_stdout: digest}");
  EXPECT_FALSE(With({}).refusal) << "as the rule has it";
}

TEST_F(DecideTest, AServerIsTheSameHoweverItIsWritten) {
  Policy("match: {server: \"https://*.PROD.example.com\"}\n  deny: no");
  for (const char* server :
       {"https://api.prod.example.com", "https://API.Prod.example.com:443/",
        "HTTPS://api.prod.example.com", "https://api.%70rod.example.com:443"}) {
    facts_.server = server;
    EXPECT_TRUE(With({}).refusal) << server;
  }
  for (const char* server : {"https://api.prod.example.com:6443", "https://api.dev.example.com",
                             "https://[::1]:443", "https://api.prod.example.com:443/x"}) {
    facts_.server = server;
    EXPECT_FALSE(With({}).refusal) << server;
  }
}

TEST_F(DecideTest, WhomTheRuleWasChosenForIsKept) {
  Policy("match: {group: dev}\n  set: {leash: kill}");
  facts_.ask = [] { return ClusterIdentity{"bob", std::vector<std::string>{"dev"}}; };
  EXPECT_EQ(With({}).identity->name, "bob");
  Policy("set: {leash: kill}");
  EXPECT_FALSE(With({}).identity) << "nobody was asked";
}

TEST_F(DecideTest, AUsersNameCannotLeadOutOfTheStore) {
  Policy("set: {store: \"/recordings/{user}\"}");
  facts_.local_user = "../../etc";
  EXPECT_EQ(With({}).options.store, "/recordings/%2E.%2F..%2Fetc");
}

TEST_F(DecideTest, AnAccountWithoutAHomeIsTold) {
  Policy("set: {store: \"{home}/recordings\"}");
  facts_.home = "";
  const Decision decision = With({});
  ASSERT_TRUE(decision.refusal);
  EXPECT_THAT(decision.refusal->message, HasSubstr("policy.yaml:4: store: this account has no"));
}

TEST_F(DecideTest, WithoutARecordingNothingIsAnchoredOrHandedOn) {
  Policy("set: {record: optional, anchor_every: 1m, on_end: [/bin/x]}");
  const Decision decision = With({"--no-record"});
  EXPECT_FALSE(decision.refusal);
  EXPECT_FALSE(decision.options.anchor);
  EXPECT_THAT(decision.options.on_end, IsEmpty());
}

TEST_F(DecideTest, APatternIsUnanchoredAndItsHintIsShown) {
  Policy("set: {reason_pattern: \"OPS-[0-9]+\", reason_hint: a ticket}");
  EXPECT_FALSE(With({"--reason=see OPS-1"}).refusal);
  EXPECT_FALSE(With({}).refusal) << "it is wanted where there is one";
  EXPECT_THAT(With({"--reason=see you"}).refusal->message, HasSubstr("wanted: a ticket"));
}

TEST(LimitText, IsReadBackAsItWas) {
  EXPECT_EQ(LimitText(0), "off");
  EXPECT_EQ(LimitText(90 * kSecond), "1m30s");
  EXPECT_EQ(LimitText(3600 * kSecond), "1h");
  EXPECT_EQ(LimitText(1500 * kMillisecond), "1s500ms");
}

}  // namespace
}  // namespace secure_exec
