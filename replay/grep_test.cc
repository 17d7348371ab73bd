#include <gmock/gmock.h>

#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::Not;

class GrepTest : public ReplayTest {
 protected:
  GrepTest() {
    Store({R"([1.0, "o", "$ del"])", R"([2.0, "i", "secret\r"])",
           R"([3.0, "o", "ete\u001b[1m ns\r\nDELETE\r\n"])", R"([4.0, "e", "delete failed\n"])"});
    Store({R"([1.5, "o", "nothing\r\n"])"}, kOtherId);
  }
  Outcome Grep(std::vector<std::string> words) {
    words.insert(words.begin(), "grep");
    return Run(words);
  }
  const std::string id{kId};
};

TEST_F(GrepTest, JoinsEventsAndRemovesEscapes) {
  const Outcome grep = Grep({"delete ns", id});
  EXPECT_EQ(grep.code, 0) << grep.err;
  EXPECT_EQ(grep.out, "2025-11-23 14:03:01.000Z  0:00:01.000  stdout  $ delete ns\n");
}

TEST_F(GrepTest, TimeIsThatOfTheMatch) {
  EXPECT_THAT(Grep({"ns", id}).out, HasSubstr("0:00:03.000"));
}

TEST_F(GrepTest, WholeStoreNamesTheRecordings) {
  EXPECT_EQ(Grep({"nothing"}).out,
            "019ab124-0000-7000-8000-000000000001  2025-11-23 14:03:01.500Z  0:00:01.500  stdout  "
            "nothing\n");
}

TEST_F(GrepTest, ExitCodes) {
  EXPECT_EQ(Grep({"delete"}).code, 0);
  EXPECT_EQ(Grep({"absent"}).code, 1);
  EXPECT_EQ(Grep({"("}).code, 2);
  EXPECT_EQ(Grep({"delete", "019ab999"}).code, 2);
  EXPECT_EQ(Grep({"delete", id, "/nonexistent"}).code, 2);
}

TEST_F(GrepTest, BadPatternIsOneLine) {
  const Outcome grep = Grep({"a(b"});
  EXPECT_THAT(grep.err, HasSubstr("error: pattern \"a(b\": missing )"));
}

TEST_F(GrepTest, Options) {
  EXPECT_EQ(Grep({"-c", "delete", id}).out, "2\n");
  EXPECT_EQ(Grep({"-ci", "delete", id}).out, "3\n");
  EXPECT_EQ(Grep({"-c", "-v", "delete", id}).out, "1\n");
  EXPECT_EQ(Grep({"-c", "."}).out, id + ":3\n" + std::string(kOtherId) + ":1\n");
  EXPECT_EQ(Grep({"-l", "DELETE"}).out, id + "\n");
  EXPECT_EQ(Grep({"-cF", ".", id}).out, "0\n");
  EXPECT_EQ(Grep({"-q", "delete"}).out, "");
  EXPECT_EQ(Grep({"-q", "delete"}).code, 0);
  EXPECT_THAT(Grep({"-n", "DELETE", id}).out, HasSubstr("  stdout  2  DELETE\n"));
}

TEST_F(GrepTest, StderrIsAChannelOfItsOwn) {
  EXPECT_THAT(Grep({"failed", id}).out, HasSubstr("  stderr  delete failed\n"));
}

TEST_F(GrepTest, InputOnlyWhenAsked) {
  EXPECT_EQ(Grep({"secret"}).code, 1);
  EXPECT_THAT(Grep({"--input", "secret"}).out, HasSubstr("  stdin  secret\n"));
  EXPECT_EQ(Grep({"--input", "DELETE"}).code, 1);
}

TEST_F(GrepTest, PatternsThatBeginWithADash) { EXPECT_EQ(Grep({"--", "-rf", id}).code, 1); }

TEST_F(GrepTest, ColourOnATerminal) {
  terminal = true;
  const std::string coloured = "\x1B[1;31mdelete\x1B[0m";
  EXPECT_THAT(Grep({"delete", id}).out, HasSubstr(coloured + " ns\n"));
  EXPECT_THAT(Grep({"--color=never", "delete", id}).out, Not(HasSubstr("\x1B")));
  no_color = "1";
  EXPECT_THAT(Grep({"delete", id}).out, Not(HasSubstr("\x1B")));
  terminal = false;
  EXPECT_THAT(Grep({"--color=always", "delete", id}).out, HasSubstr(coloured));
}

TEST_F(GrepTest, EmptyMatchesAreNotColoured) {
  EXPECT_THAT(Grep({"--color=always", "x*", id}).out, HasSubstr("DELETE\n"));
}

TEST_F(GrepTest, HitsCannotAttackTheTerminal) {
  Store({"[1.0, \"o\", \"hit \\u202e\\u001b]52;c;QQ==\\u0007\\u009b31m\\r\\n\"]"},
        "019ab125-0000-7000-8000-000000000001");
  EXPECT_THAT(Grep({"hit", "last"}).out, HasSubstr("  hit \uFFFD"
                                                   "31m\n"));
}

}  // namespace
}  // namespace secure_exec
