#include "base/completion/shell_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using testing::ElementsAre;

ShellLine Split(std::string_view line) {
  return SplitShellLine(line, [](const std::string& name) -> std::optional<std::string> {
    if (name == "HOME") return "/home/alice";
    if (name == "NS") return "shop";
    return std::nullopt;
  });
}

TEST(SplitShellLine, CutsAtBlanks) {
  const ShellLine line = Split("prog  -n dev\tsh");
  EXPECT_THAT(line.words, ElementsAre("prog", "-n", "dev"));
  EXPECT_EQ(line.word, "sh");
}

TEST(SplitShellLine, TheWordIsEmptyBehindABlank) {
  const ShellLine line = Split("prog pod ");
  EXPECT_THAT(line.words, ElementsAre("prog", "pod"));
  EXPECT_EQ(line.word, "");
}

TEST(SplitShellLine, ReadsQuotes) {
  EXPECT_THAT(Split(R"(p 'a b' "c \"d" e\ f '' )").words,
              ElementsAre("p", "a b", "c \"d", "e f", ""));
  EXPECT_EQ(Split("p --context='al").word, "--context=al");
  EXPECT_EQ(Split("p \"al").word, "al");
  EXPECT_EQ(Split("p al\\").word, "al");
}

TEST(SplitShellLine, KnowsTheHomeAndTheEnvironment) {
  EXPECT_EQ(Split("p ~/.kube/x").word, "/home/alice/.kube/x");
  EXPECT_EQ(Split("p ~bob/x").word, "~bob/x");
  EXPECT_EQ(Split("p a~/x").word, "a~/x");
  EXPECT_EQ(Split("p $NS-a").word, "shop-a");
  EXPECT_EQ(Split("p \"${NS}a").word, "shopa");
  EXPECT_EQ(Split("p '$NS'").word, "$NS");
}

TEST(SplitShellLine, RunsNothingAndReplacesNothingElse) {
  for (const char* word :
       {"$(touch", "`touch", "$UNKNOWN", "${NS", "${NS:-x}", "$", "$1", "<(x", "*"})
    EXPECT_EQ(Split(std::string("p ") + word).word, word);
}

}  // namespace
}  // namespace secure_exec
