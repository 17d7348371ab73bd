#include "plugin/policy/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> ProblemsOf(std::string_view text) {
  YamlProblems problems;
  (void)ParsePolicy(text, "p.yaml", problems);
  std::vector<std::string> texts;
  for (const YamlProblem& each : problems) texts.push_back(ProblemText("p.yaml", each));
  return texts;
}

std::vector<std::string> ConfigProblems(std::string_view text) {
  YamlProblems problems;
  (void)ParseConfig(text, "c.yaml", problems);
  std::vector<std::string> texts;
  for (const YamlProblem& each : problems) texts.push_back(ProblemText("c.yaml", each));
  return texts;
}

// A policy of one rule with this in it.
std::string WithRule(const std::string& body) {
  return "version: 1\nrules:\n- name: r\n  " + body + "\n";
}

TEST(PolicyFile, ReadsRulesInTheirOrder) {
  YamlProblems problems;
  const Policy policy = ParsePolicy(
      "version: 1\n"
      "rules:\n"
      "- name: first\n"
      "  match: {context: prod-*, group: [dev, ops]}\n"
      "  set: {idle_timeout: 10m, end_foreground_jobs: true}\n"
      "- name: second\n"
      "  deny: not here\n",
      "p.yaml", problems);
  ASSERT_TRUE(problems.empty());
  ASSERT_EQ(policy.rules.size(), 2u);
  const Rule& first = policy.rules[0];
  EXPECT_EQ(first.line, 3);
  ASSERT_EQ(first.conditions.size(), 2u);
  EXPECT_EQ(first.conditions[1].key, MatchKey::kGroup);
  EXPECT_THAT(first.conditions[1].globs, ElementsAre("dev", "ops"));
  ASSERT_EQ(first.settings.size(), 2u);
  EXPECT_EQ(first.settings[0].line, 5);
  EXPECT_THAT(first.settings[1].values, ElementsAre("true"));
  EXPECT_EQ(policy.rules[1].deny, "not here");
  // printf 'version: 1\n…' | sha256sum, from another program.
  EXPECT_EQ(policy.sha256.size(), 64u);
}

TEST(PolicyFile, UnknownKeysHaveLineAndColumn) {
  EXPECT_THAT(ProblemsOf(WithRule("set: {idle_timeout: 1m, nonsense: 1}")),
              ElementsAre("p.yaml:4:27: set: unknown key \"nonsense\""));
  EXPECT_THAT(ProblemsOf(WithRule("match: {pods: x}\n  set: {leash: kill}")),
              ElementsAre("p.yaml:4:11: match: unknown key \"pods\""));
  EXPECT_THAT(ProblemsOf(WithRule("set: {leash: kill}\n  more: 1")),
              ElementsAre("p.yaml:5:3: a rule: unknown key \"more\""));
  EXPECT_THAT(ProblemsOf("version: 1\nrules: []\nextra: 1\n"),
              ElementsAre("p.yaml:3:1: the policy: unknown key \"extra\""));
}

TEST(PolicyFile, AFlagsNameGetsAHint) {
  EXPECT_THAT(ProblemsOf(WithRule("set: {idle-timeout: 1m}")),
              ElementsAre(HasSubstr("did you mean idle_timeout?")));
}

TEST(PolicyFile, AllProblemsAreTold) {
  const auto problems = ProblemsOf(
      "version: 2\nrules:\n- name: a\n  set: {leash: kil, idle_timeout: 5}\n- {}\n- name: a\n"
      "  deny: x\n");
  EXPECT_THAT(
      problems,
      ElementsAre("p.yaml:1:10: version: must be 1, which is all that this program knows",
                  "p.yaml:4:16: leash: must be hangup, kill or off",
                  "p.yaml:4:35: idle_timeout: time: missing unit in duration \"5\"",
                  "p.yaml:5:3: a rule: has no name", "p.yaml:5:3: a rule: has either set or deny",
                  HasSubstr("never reached"), "p.yaml:6:3: a rule: the name \"a\" is given twice",
                  HasSubstr("never reached")));
}

TEST(PolicyFile, AKeyGivenTwiceIsAProblem) {
  EXPECT_THAT(ProblemsOf(WithRule("set: {leash: kill, leash: off}")),
              ElementsAre("p.yaml:4:22: set: \"leash\" is given twice, first in line 4"));
}

TEST(PolicyFile, AKeyWithoutAValueIsAProblem) {
  EXPECT_THAT(ProblemsOf(WithRule("match:\n  set: {leash: kill}")),
              ElementsAre("p.yaml:4:3: a rule: \"match\" has no value"));
  EXPECT_THAT(ProblemsOf(WithRule("match: {}\n  set: {leash: kill}")),
              ElementsAre(HasSubstr("leave it out to match every session")));
}

TEST(PolicyFile, WhatLostItsContentsIsNoPolicy) {
  EXPECT_THAT(ProblemsOf(""), ElementsAre("p.yaml: empty"));
  EXPECT_THAT(ProblemsOf("# nothing\n"), ElementsAre("p.yaml: empty"));
  EXPECT_THAT(ProblemsOf("version: 1\n"), ElementsAre(HasSubstr("has no rules")));
  EXPECT_THAT(ProblemsOf("rules: []\n"), ElementsAre(HasSubstr("has no version")));
  EXPECT_THAT(ProblemsOf("version: 1\nrules: []\n"), ElementsAre());
}

TEST(PolicyFile, NothingHidesBehindASecondDocumentOrAnEndOfFile) {
  EXPECT_THAT(ProblemsOf("version: 1\nrules: []\n---\nrules: []\n"),
              ElementsAre(HasSubstr("a second document")));
  EXPECT_THAT(ProblemsOf("version: 1\nrules: []\n\x04\nmore"),
              ElementsAre("p.yaml:3:1: a control character"));
  EXPECT_THAT(ProblemsOf("version: 1\nrules: [\xff]\n"), ElementsAre("p.yaml:2:9: not UTF-8"));
}

TEST(PolicyFile, MergeKeysAndAnchorsAreNoWayAround) {
  EXPECT_THAT(ProblemsOf("version: 1\nrules:\n- &a\n  name: a\n  match: {pod: x}\n"
                         "  set: {leash: kill}\n- <<: *a\n  name: b\n"),
              ElementsAre(HasSubstr("unknown key \"<<\"")));
  // A rule that holds itself.
  EXPECT_FALSE(ProblemsOf("version: 1\nrules: &a [*a]\n").empty());
}

TEST(PolicyFile, ListsAndFilesHaveLimits) {
  std::string many = "match: {pod: [";
  for (int i = 0; i < 257; ++i) many += "p,";
  EXPECT_THAT(ProblemsOf(WithRule(many + "]}\n  set: {leash: kill}")),
              ElementsAre(HasSubstr("a list of 1 to 256 is wanted")));
  EXPECT_THAT(ProblemsOf("version: 1\nrules: []\n#" + std::string(300'000, 'x')),
              ElementsAre(HasSubstr("larger than 262144 bytes")));
  EXPECT_THAT(ProblemsOf(WithRule("deny: " + std::string(5000, 'x'))),
              ElementsAre(HasSubstr("longer than 4096 bytes")));
}

TEST(PolicyFile, WhatNoParserGetsPastIsRefused) {
  // yaml-cpp's own way to read all documents makes empty ones of this until memory is used up.
  EXPECT_FALSE(ProblemsOf("version: 1\n] [a\n").empty());
  EXPECT_FALSE(ProblemsOf("' a\n? [a]\nb: c\n?d\n] [e\n").empty());
}

TEST(PolicyFile, DeepNestingIsRefused) {
  EXPECT_FALSE(ProblemsOf("version: " + std::string(100'000, '[')).empty());
}

TEST(PolicyFile, ValuesAreReadAsTheFlagsAre) {
  EXPECT_THAT(ProblemsOf(WithRule("set: {anchor_every: 1s}")),
              ElementsAre(HasSubstr("anchor_every: must be 10s at least")));
  EXPECT_THAT(ProblemsOf(WithRule("set: {recipients: [nobody]}")),
              ElementsAre(HasSubstr("recipients: ")));
  EXPECT_THAT(ProblemsOf(WithRule("set: {record_stdin: some}")),
              ElementsAre(HasSubstr("record_stdin: must be all")));
  EXPECT_THAT(ProblemsOf(WithRule("set: {leash: off, record_stdin: off, idle_timeout: off}")),
              ElementsAre());
}

TEST(PolicyFile, ValuesWithoutAFlagAreChecked) {
  EXPECT_THAT(ProblemsOf(WithRule("set: {reason_pattern: \"(\"}")),
              ElementsAre(HasSubstr("is no RE2 expression: missing ): (")));
  EXPECT_THAT(ProblemsOf(WithRule("set: {on_end: /bin/x}")),
              ElementsAre(HasSubstr("on_end: a list is wanted")));
  EXPECT_THAT(ProblemsOf(WithRule("set: {on_end: [cp, x]}")),
              ElementsAre(HasSubstr("a program's absolute path")));
  EXPECT_THAT(ProblemsOf(WithRule("set: {store: recordings}")),
              ElementsAre(HasSubstr("an absolute path")));
  EXPECT_THAT(ProblemsOf(WithRule("set: {store: \"/a/{pod}\"}")),
              ElementsAre(HasSubstr("neither {user} nor {home}")));
  EXPECT_THAT(ProblemsOf(WithRule("set: {confirm: yes}")),
              ElementsAre(HasSubstr("none, namespace, pod or context")));
  EXPECT_THAT(ProblemsOf(WithRule("set: {end_foreground_jobs: sometimes}")),
              ElementsAre(HasSubstr("must be true or false")));
}

TEST(PolicyFile, AnchorsOnTheWayImplyAnchors) {
  YamlProblems problems;
  const Policy policy = ParsePolicy(WithRule("set: {anchor_every: 1m}"), "p.yaml", problems);
  ASSERT_EQ(policy.rules[0].settings.size(), 2u);
  EXPECT_STREQ(policy.rules[0].settings[1].entry->key, "anchor");
  EXPECT_THAT(ProblemsOf(WithRule("set: {anchor_every: 1m, anchor: false}")),
              ElementsAre(HasSubstr("no effect where anchor is false")));
}

TEST(PolicyFile, WhatItQuotesIsSafeToShow) {
  for (const std::string& problem : ProblemsOf(WithRule("set: {\"a\\e[2Jb\\u202e\": 1}"))) {
    EXPECT_EQ(problem.find('\x1b'), std::string::npos);
    EXPECT_EQ(problem.find("\u202e"), std::string::npos);
  }
}

TEST(ConfigFile, HasSettingsAtItsTop) {
  YamlProblems problems;
  const Config config = ParseConfig("idle_timeout: 15m\nleash: kill\n", "c.yaml", problems);
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(config.settings.size(), 2u);
  EXPECT_EQ(config.settings[1].line, 2);
}

TEST(ConfigFile, EmptyIsAllRight) {
  EXPECT_THAT(ConfigProblems(""), ElementsAre());
  EXPECT_THAT(ConfigProblems("version: 1\n"), ElementsAre());
}

TEST(ConfigFile, SaysNothingThatOnlyAPolicyMay) {
  EXPECT_THAT(ConfigProblems("record: optional\n"),
              ElementsAre("c.yaml:1:1: record: is for a policy alone, not for a user's own "
                          "settings"));
  EXPECT_THAT(ConfigProblems("leash: kill\nrules: []\n"),
              ElementsAre("c.yaml:2:1: the file: unknown key \"rules\""));
}

}  // namespace
}  // namespace secure_exec
