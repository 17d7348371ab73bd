#include <gmock/gmock.h>

#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class PlayTest : public ReplayTest {
 protected:
  PlayTest() {
    terminal = true;
    WriteCast("a.cast",
              {R"([1.0, "o", "one\r\n"])", R"([2.0, "i", "x"])",
               R"([11.0, "o", "\u001b]0;t\u0007two\r\n"])", R"([12.0, "x", "0 remote exit"])"});
  }
  Outcome Play(std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"play", directory / "a.cast"});
    return Run(options);
  }
};

TEST_F(PlayTest, InItsTime) {
  const Outcome play = Play();
  EXPECT_EQ(play.code, 0) << play.err;
  EXPECT_EQ(play.out, "one\r\ntwo\r\n");
  EXPECT_THAT(pacer.waits_ms, ElementsAre(1000, 10000));
  EXPECT_EQ(pacer.begun, 1);
  EXPECT_EQ(pacer.ended, 1);
}

TEST_F(PlayTest, FasterAndWithoutPauses) {
  Play({"--speed", "2"});
  EXPECT_THAT(pacer.waits_ms, ElementsAre(500, 5000));
  pacer.waits_ms.clear();
  Play({"--max-idle=1.5", "-s2"});
  EXPECT_THAT(pacer.waits_ms, ElementsAre(500, 750));
}

TEST_F(PlayTest, BadNumbers) {
  EXPECT_EQ(Play({"--speed", "0"}).code, 1);
  EXPECT_EQ(Play({"--max-idle", "-1"}).code, 1);
  EXPECT_EQ(pacer.begun, 0);
}

TEST_F(PlayTest, InterruptedInTheMiddle) {
  WriteCast("a.cast", {R"([1.0, "o", "\u001b[?1049h\u001b[31mone"])", R"([2.0, "o", "two"])"});
  pacer.interrupt_after = 1;
  const Outcome play = Play();
  EXPECT_EQ(play.code, 130);
  EXPECT_EQ(play.out, "\x1B[?1049h\x1B[31mone\x1B[?1049l\x1B[0m\r\n");
  EXPECT_EQ(pacer.ended, 1);
}

TEST_F(PlayTest, NoStaircaseWithoutATerminal) {
  WriteCast("a.cast", {R"([1.0, "o", "a\nb\n"])", R"([2.0, "e", "c\n"])"}, /*tty=*/false);
  EXPECT_EQ(Play().out, "a\r\nb\r\nc\r\n");
}

TEST_F(PlayTest, TextAtOnceElsewhere) {
  terminal = false;
  EXPECT_EQ(Play().out, "one\ntwo\n");
  EXPECT_EQ(pacer.begun, 0);
}

TEST_F(PlayTest, NotesASmallerTerminal) {
  pacer.terminal = WindowSize{79, 24};
  EXPECT_THAT(Play().err, HasSubstr("note: recorded at 80x24, this terminal has 79x24"));
  pacer.terminal = WindowSize{80, 24};
  EXPECT_EQ(Play().err, "");
}

TEST_F(PlayTest, NotesAGrownTerminal) {
  WriteCast("a.cast", {R"([1.0, "r", "100x20"])", R"([2.0, "o", "x\r\n"])"});
  EXPECT_THAT(Play().err, HasSubstr("grew to 100x24, this one has 80x24"));
}

TEST_F(PlayTest, TellsOfDigests) {
  WriteCast("a.cast", {R"([1.0, "d", "stdout 42 00"])", R"([2.0, "d", "stdin 7 00"])"});
  EXPECT_EQ(Play().out, "[42 bytes of stdout: only their digest was recorded]\r\n");
}

TEST_F(PlayTest, AnOpenSequenceDoesNotSwallowTheDigestNote) {
  WriteCast("a.cast", {R"([1.0, "o", "\u001b]0;title"])", R"([2.0, "d", "stdout 42 00"])"});
  EXPECT_EQ(Play().out, "[42 bytes of stdout: only their digest was recorded]\r\n");
}

TEST_F(PlayTest, ErrorsComeAfterTheTerminalIsBack) {
  WriteCast("a.cast", {R"([1.0, "o", "one"])", R"([2.0, "O", "!!"])"});
  const Outcome play = Play();
  EXPECT_EQ(play.code, 1);
  EXPECT_EQ(play.out, "one\r\n");
  EXPECT_THAT(play.err, HasSubstr("error: "));
  EXPECT_EQ(pacer.ended, 1);
}

}  // namespace
}  // namespace secure_exec
