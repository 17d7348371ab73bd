#include "base/completion/reply.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

Completion Pods(const std::string& word) {
  Completion completion(word);
  completion.Add("shell", "1/1 Running");
  completion.Add("multi");
  return completion;
}

TEST(CobraReply, EndsInTheDirective) {
  EXPECT_EQ(CobraReply(Pods("")), "shell\t1/1 Running\nmulti\n:4\n");
  Completion files("");
  files.names = Completion::Names::kFiles;
  EXPECT_EQ(CobraReply(files), ":0\n");
  files.names = Completion::Names::kDirectories;
  EXPECT_EQ(CobraReply(files), ":16\n");
  Completion type("dep");
  type.Add("deployments/");
  type.keep_order = true;
  EXPECT_EQ(CobraReply(type), "deployments/\n:38\n");
}

TEST(CobraReply, GivesAFlagsValuesAlone) {
  Completion completion("--context=al");
  completion.Add("alice@modern", "", "--context=");
  EXPECT_EQ(CobraReply(completion), "alice@modern\n:4\n");
}

TEST(ShellReply, BeginsWithWhatTheShellIsToDo) {
  EXPECT_EQ(ShellReply(Pods("")), "none\nshell\t1/1 Running\nmulti\n");
  Completion completion("dep");
  completion.Add("deployments/");
  completion.names = Completion::Names::kFiles;
  completion.keep_order = true;
  EXPECT_EQ(ShellReply(completion), "nospace files order\ndeployments/\n");
}

TEST(BashReply, GivesWhatBashReplaces) {
  Completion completion("--context=alice@mo");
  completion.Add("alice@modern", "", "--context=");
  EXPECT_EQ(BashReply(completion, "mo", std::nullopt), "none\nmodern\n");
  EXPECT_EQ(BashReply(completion, "", std::nullopt), "none\ndern\n");
  EXPECT_EQ(BashReply(completion, "what else", std::nullopt), "none\n");
}

TEST(BashReply, DescribesInAListAlone) {
  EXPECT_EQ(BashReply(Pods(""), "", std::nullopt), "none\nshell\nmulti\n");
  EXPECT_EQ(BashReply(Pods(""), "", 80), "none\nshell  (1/1 Running)\nmulti\n");
  EXPECT_EQ(BashReply(Pods(""), "", 20), "none\nshell\nmulti\n");
  // A single one is inserted.
  EXPECT_EQ(BashReply(Pods("sh"), "sh", 80), "none\nshell\n");
}

}  // namespace
}  // namespace secure_exec
