#include "replay/program.h"

#include <gmock/gmock.h>

#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(ReplayTest, HelpListsTheCommands) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"help"}, {"-h"}, {"--help"}}) {
    const Outcome help = Run(words);
    EXPECT_EQ(help.code, 0);
    for (const char* command : {"ls", "info", "cat", "play", "grep", "verify"}) {
      EXPECT_THAT(help.out, HasSubstr(fmt::format("\n  {}", command)));
    }
  }
}

TEST_F(ReplayTest, HelpOfACommand) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"help", "grep"}, {"grep", "--help"}, {"grep", "-h"}}) {
    const Outcome help = Run(words);
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, HasSubstr("usage: kubectl secure-replay grep PATTERN [REC...]"));
    EXPECT_THAT(help.out, HasSubstr("  -i, --ignore-case"));
    EXPECT_THAT(help.out, HasSubstr("--store DIR"));
  }
}

TEST_F(ReplayTest, Version) {
  EXPECT_THAT(Run({"--version"}).out, StartsWith("kubectl-secure_replay "));
}

TEST_F(ReplayTest, UnknownCommand) {
  const Outcome outcome = Run({"lst\x1B[2J"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, StartsWith("error: unknown command \"lst\\x1b[2J\""));
}

TEST_F(ReplayTest, UsageErrorsHaveTheCommandsCode) {
  EXPECT_EQ(Run({"cat"}).code, 1);
  EXPECT_EQ(Run({"cat", "--nonsense", "x"}).code, 1);
  EXPECT_EQ(Run({"cat", "a", "b"}).code, 1);
  EXPECT_EQ(Run({"grep"}).code, 2);
  EXPECT_EQ(Run({"verify"}).code, 4);
  EXPECT_THAT(Run({"cat"}).err, StartsWith("error: cat needs REC; see "));
}

TEST_F(ReplayTest, StoreBeforeAndAfterTheCommand) {
  const std::string store = directory / "other";
  directory.Write(fmt::format("other/prod/shop/web-0/{}.cast.zst", kId),
                  Cast({R"([1.0, "o", "x\r\n"])"}));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--store", store, "cat", "last"},
        {"--store=" + store, "cat", "last"},
        {"cat", "--store", store, "last"},
        {"cat", "last", "--store=" + store}}) {
    EXPECT_EQ(Run(words).out, "x\n") << words[0];
  }
  EXPECT_THAT(Run({"--store", "/nonexistent", "ls"}).err, HasSubstr("no such directory"));
}

TEST_F(ReplayTest, RecordingsAreFiles) {
  for (const char* name : {"https://example.org/a.cast", "-"}) {
    EXPECT_THAT(Run({"play", name}).err, HasSubstr("is no file"));
  }
}

TEST_F(ReplayTest, ClosedOutputIsQuiet) {
  WriteCast("a.cast", {R"([1.0, "o", "x\r\n"])"});
  output_error = Error{ErrorKind::kOutputClosed, "writing: Broken pipe"};
  const Outcome outcome = Run({"cat", directory / "a.cast"});
  EXPECT_EQ(outcome.code, 141);
  EXPECT_EQ(outcome.err, "");
}

TEST_F(ReplayTest, FailedOutputIsAnError) {
  WriteCast("a.cast", {R"([1.0, "o", "x\r\n"])"});
  output_error = Error{ErrorKind::kIo, "writing to standard output: No space left on device"};
  for (const char* command : {"cat", "info"}) {
    const Outcome outcome = Run({command, directory / "a.cast"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.err, "error: writing to standard output: No space left on device\n");
  }
}

}  // namespace
}  // namespace secure_exec
