#include "base/completion/completion.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(IsSafeCandidate, TakesTheNamesOfClustersAndFlags) {
  for (const char* name : {"web-0", "alice@modern", "arn:aws:eks:eu-west-1:1:cluster/x", "deploy/",
                           "gke_p_europe-west1-b_c", "0a", "unix:/dev/log"}) {
    EXPECT_TRUE(IsSafeCandidate(name)) << name;
  }
}

TEST(IsSafeCandidate, LeavesOutWhatAShellActsOn) {
  for (const char* name : {"",
                           "a b",
                           "$(touch x)",
                           "`touch x`",
                           "a;b",
                           "a|b",
                           "a&b",
                           "a>b",
                           "a<b",
                           "a\nb",
                           "a\tb",
                           "a\x1b[2J",
                           "a\x9b",
                           "a'b",
                           "a\"b",
                           "a\\b",
                           "~x",
                           "a*",
                           "a?",
                           "a[b",
                           "{a,b}",
                           "a#b",
                           "!x",
                           "a!b",
                           "=ls",
                           "%1",
                           ":3",
                           "---x",
                           "-",
                           "--",
                           ".x",
                           "_activeHelp_ x",
                           "caf\xc3\xa9",
                           "(a)"}) {
    EXPECT_FALSE(IsSafeCandidate(name)) << name;
  }
  EXPECT_FALSE(IsSafeCandidate(std::string(513, 'a')));
}

TEST(Completion, KeepsWhatBeginsWithTheWordOnce) {
  Completion completion("--context=al");
  completion.Add("alice", "x", "--context=");
  completion.Add("alice", "y", "--context=");
  completion.Add("bob", "", "--context=");
  completion.Add("--al", "", "--context=");
  ASSERT_EQ(completion.candidates().size(), 1u);
  EXPECT_EQ(completion.candidates()[0], (Candidate{"--context=alice", "x"}));
}

TEST(Completion, HasFlagsOfOurOwnAlone) {
  Completion completion("--");
  completion.AddFlag("--context", "which");
  completion.AddFlag("-c");
  completion.Add("--evil");
  ASSERT_EQ(completion.candidates().size(), 1u);
  EXPECT_EQ(completion.candidates()[0], (Candidate{"--context", "which"}));
}

TEST(Completion, MakesDescriptionsFitForATerminal) {
  Completion completion("");
  completion.Add("a", "no\x1b]0;owned\x07\n\tmore");
  completion.Add("b", std::string(79, 'x') + "\xc3\xa9\xc3\xa9");
  EXPECT_EQ(completion.candidates()[0].description, "no\\x1b]0;owned\\x07\\n\\tmore");
  EXPECT_EQ(completion.candidates()[1].description, std::string(77, 'x') + "…");
}

TEST(Completion, HasABoundAndSaysSo) {
  Completion completion("");
  for (size_t i = 0; i < Completion::kMaxCandidates; ++i)
    EXPECT_TRUE(completion.Add("n" + std::to_string(i)));
  EXPECT_FALSE(completion.Add("more"));
  EXPECT_EQ(completion.candidates().size(), Completion::kMaxCandidates);
}

TEST(Completion, WantsMoreBehindASlash) {
  Completion types("");
  EXPECT_FALSE(types.no_space());
  types.Add("deployments/");
  EXPECT_TRUE(types.no_space());
  types.Add("shell");
  EXPECT_FALSE(types.no_space());
}

}  // namespace
}  // namespace secure_exec
