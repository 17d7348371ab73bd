#include "plugin/completion/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using At = PartialLine::At;
using testing::ElementsAre;

TEST(ReadPartialLine, ReadsTheFlagsBeforeTheCursor) {
  const PartialLine line = ReadPartialLine(
      {"--context", "c", "-n=dev", "-it", "pod", "--as_uid=7", "--tty=maybe", "--unknown"}, "");
  EXPECT_EQ(line.options.access.context, "c");
  EXPECT_EQ(line.options.access.name_space, "dev");
  EXPECT_EQ(line.options.access.as_uid, "7");
  EXPECT_TRUE(line.options.stdin_open && line.options.tty == false);  // "maybe" is no
  EXPECT_THAT(line.objects, ElementsAre("pod"));
  EXPECT_EQ(line.at, At::kObject);
}

TEST(ReadPartialLine, KnowsWhoseValueTheWordIs) {
  const struct {
    std::vector<std::string> words;
    std::string word, flag, lead;
  } kCases[] = {
      {{"--context"}, "al", "context", ""},
      {{}, "--context=al", "context", "--context="},
      {{"-c"}, "", "container", ""},
      {{}, "-cma", "container", "-c"},
      {{}, "-itc=ma", "container", "-itc="},
      {{}, "-itcma", "container", "-itc"},
      {{"-itc"}, "ma", "container", ""},
      {{}, "--explain=", "explain", "--explain="},
      {{}, "--tty=t", "tty", "--tty="},
      {{"--as_group"}, "", "as-group", ""},
      {{"-n", "x", "-c"}, "--", "container", ""},
  };
  for (const auto& each : kCases) {
    const PartialLine line = ReadPartialLine(each.words, each.word);
    EXPECT_EQ(line.at, At::kValue) << each.word;
    EXPECT_EQ(line.flag, each.flag) << each.word;
    EXPECT_EQ(line.lead, each.lead) << each.word;
  }
}

TEST(ReadPartialLine, TellsFlagsAndTheCommandApart) {
  EXPECT_EQ(ReadPartialLine({"pod"}, "--co").at, At::kFlag);
  EXPECT_EQ(ReadPartialLine({"pod"}, "-").at, At::kFlag);
  EXPECT_EQ(ReadPartialLine({}, "-it").at, At::kFlag);
  EXPECT_EQ(ReadPartialLine({}, "--").at, At::kFlag);
  EXPECT_EQ(ReadPartialLine({"pod", "--"}, "--co").at, At::kCommand);
  EXPECT_EQ(ReadPartialLine({"--explain"}, "").at, At::kObject);  // its value stands behind '='
  EXPECT_EQ(ReadPartialLine({"pod", "--", "-n", "x"}, "").options.access.name_space, std::nullopt);
}

}  // namespace
}  // namespace secure_exec
