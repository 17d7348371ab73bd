#include <gmock/gmock.h>
#include <sys/stat.h>

#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::Not;

class ShowTest : public ReplayTest {
 protected:
  ShowTest() {
    WriteCast("a.cast", {R"([1.0, "o", "one\r\n"])", R"([2.0, "i", "x"])",
                         R"([11.0, "o", "\u001b]0;t\u0007\u001b[31mtwo\r\n"])",
                         R"([12.0, "o", "\u001b[2Jend"])"});
  }
  Outcome Show(std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"show", directory / "a.cast"});
    return Run(options);
  }
};

TEST_F(ShowTest, TheEnd) { EXPECT_EQ(Show().out, "\n\nend\n"); }

TEST_F(ShowTest, AtAMoment) {
  EXPECT_EQ(Show({"--at", "0.5"}).out, "");
  EXPECT_EQ(Show({"--at", "1"}).out, "one\n");
  EXPECT_EQ(Show({"--at", "10.9"}).out, "one\n");
  EXPECT_EQ(Show({"--at", "14:03:11.5Z"}).out, "one\ntwo\n");
}

TEST_F(ShowTest, AfterTheEndItSaysSo) {
  const Outcome show = Show({"--at", "1h"});
  EXPECT_EQ(show.out, "\n\nend\n");
  EXPECT_THAT(show.err, HasSubstr("note: nothing was recorded after 0:00:12.000"));
}

TEST_F(ShowTest, InColourOnATerminal) {
  terminal = true;
  EXPECT_EQ(Show({"--at", "11"}).out, "one\n\x1B[0;31mtwo\x1B[0m\n");
  EXPECT_EQ(Show({"--at", "11", "--format", "text"}).out, "one\ntwo\n");
}

TEST_F(ShowTest, AsAnImage) { EXPECT_THAT(Show({"--format", "svg"}).out, HasSubstr("<svg ")); }

TEST_F(ShowTest, IntoAFile) {
  const std::string path = directory / "out.svg";
  EXPECT_EQ(Show({"--format", "svg", "-o", path}).out, "");
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_THAT(Show({"-o", path}).err, HasSubstr("is there already"));
  EXPECT_EQ(Show({"-o", path, "--force"}).code, 0);
}

TEST_F(ShowTest, StderrAndLinesWithoutATerminal) {
  WriteCast("a.cast", {R"([1.0, "o", "a\nb\n"])", R"([2.0, "e", "c\n"])"}, /*tty=*/false);
  EXPECT_EQ(Show().out, "a\nb\nc\n");
}

TEST_F(ShowTest, AResizedTerminal) {
  WriteCast("a.cast", {R"([1.0, "r", "5x3"])", R"([2.0, "o", "1234567"])"});
  EXPECT_EQ(Show().out, "12345\n67\n");
}

TEST_F(ShowTest, TellsOfDigests) {
  WriteCast("a.cast", {R"([1.0, "o", "\u001b]0;title"])", R"([2.0, "d", "stdout 42 00"])"});
  EXPECT_EQ(Show().out, "[42 bytes of stdout: only their digest was recorded]\n");
}

TEST_F(ShowTest, ACharacterWhoseEndNeverCame) {
  WriteCast("a.cast", {R"([1.0, "O", "YeI="])", R"([2.0, "m", "b"])"});
  EXPECT_EQ(Show().out, "a\uFFFD\n");
  EXPECT_EQ(Show({"--at", "1"}).out, "a\n");
}

TEST_F(ShowTest, WhatStandsBeforeABadPlace) {
  WriteCast("a.cast", {R"([1.0, "o", "one"])", R"([2.0, "O", "!!"])", R"([3.0, "o", "x"])"});
  const Outcome show = Show();
  EXPECT_EQ(show.code, 1);
  EXPECT_EQ(show.out, "one\n");
  EXPECT_THAT(show.err, HasSubstr("error: "));
}

TEST_F(ShowTest, BadOptions) {
  EXPECT_THAT(Show({"--at", "noon"}).err, HasSubstr("--at \"noon\" is no time"));
  EXPECT_THAT(Show({"--format", "png"}).err, HasSubstr("text, ansi or svg"));
}

}  // namespace
}  // namespace secure_exec
