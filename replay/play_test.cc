#include <gmock/gmock.h>

#include "base/clock.h"
#include "base/vt/safe_output_check.h"
#include "replay/notes.h"
#include "replay/render/painter.h"
#include "replay/screen/text.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

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
    began_ns_ = pacer.now_ns;
    Outcome outcome = Run(options);
    // Taking the terminal and giving it back is the player's own.
    std::string rest = outcome.out;
    for (const std::string_view own : {Painter::Begin(), Painter::End()}) {
      for (size_t at = 0; (at = rest.find(own, at)) != rest.npos;) rest.erase(at, own.size());
    }
    EXPECT_EQ(FindUnsafe(rest), "");
    return outcome;
  }
  int64_t TookMs() const { return (pacer.now_ns - began_ns_) / kMillisecond; }
  // `bytes` pressed when `ms` have passed.
  void Press(int64_t ms, std::string bytes) {
    pacer.keys.emplace_back(pacer.now_ns + ms * kMillisecond, std::move(bytes));
  }
  // What a terminal shows in the end, and of that the last row.
  static std::string Shown(const Outcome& outcome) {
    Screen screen({.size = {.columns = 80, .rows = 24}});
    screen.Feed(outcome.out.substr(0, outcome.out.rfind(Painter::End())));
    return ScreenText(screen);
  }
  int64_t began_ns_ = 0;
};

TEST_F(PlayTest, InItsTime) {
  const Outcome play = Play();
  EXPECT_EQ(play.code, 0) << play.err;
  EXPECT_EQ(TookMs(), 12000);
  EXPECT_EQ(pacer.begun, 1);
  EXPECT_EQ(pacer.ended, 1);
}

TEST_F(PlayTest, FasterAndWithoutPauses) {
  Play({"--speed", "2"});
  EXPECT_EQ(TookMs(), 6000);
  Play({"--max-idle=1.5", "-s2"});
  EXPECT_EQ(TookMs(), 500 + 750 + 500);
}

TEST_F(PlayTest, TheLastScreenStays) { EXPECT_TRUE(Play().out.ends_with("\x1B[?1049lone\ntwo\n")); }

TEST_F(PlayTest, BadOptions) {
  EXPECT_EQ(Play({"--speed", "0"}).code, 1);
  EXPECT_EQ(Play({"--max-idle", "-1"}).code, 1);
  EXPECT_THAT(Play({"--at", "noon"}).err, HasSubstr("--at \"noon\" is no time"));
  EXPECT_EQ(pacer.begun, 0);
}

TEST_F(PlayTest, InterruptedInTheMiddle) {
  WriteCast("a.cast", {R"([0.01, "o", "\u001b[?1049h\u001b[31mone"])", R"([2.0, "o", "two"])"});
  pacer.interrupt_after = 3;
  const Outcome play = Play();
  EXPECT_EQ(play.code, 130);
  EXPECT_THAT(play.out, HasSubstr("\x1B[0;31mone"));
  EXPECT_TRUE(play.out.ends_with(Painter::End()));
  EXPECT_EQ(pacer.ended, 1);
}

TEST_F(PlayTest, CtrlCLeavesAPromptFirst) {
  Press(100, ":");
  Press(200, "\x03");
  Press(300, "\x03");
  EXPECT_EQ(Play().code, 130);
  EXPECT_EQ(TookMs(), 300);
}

TEST_F(PlayTest, NoStaircaseWithoutATerminal) {
  WriteCast("a.cast", {R"([1.0, "o", "a\nb\n"])", R"([2.0, "e", "c\n"])"}, /*tty=*/false);
  EXPECT_THAT(Play().out, HasSubstr("\x1B[?1049la\nb\nc\n"));
}

TEST_F(PlayTest, TextAtOnceElsewhere) {
  terminal = false;
  EXPECT_EQ(Play().out, "one\ntwo\n");
  EXPECT_EQ(pacer.begun, 0);
  EXPECT_THAT(Play({"--at", "1"}).err, HasSubstr("show --at"));
}

TEST_F(PlayTest, TheBarTellsWhoWhereAndWhen) {
  Press(5000, "q");
  const std::string shown = Shown(Play());
  EXPECT_THAT(shown, HasSubstr("> 2025-11-23 14:03:0"));
  EXPECT_THAT(shown, HasSubstr("/0:00:12 ["));
  EXPECT_THAT(shown, HasSubstr("prod/shop/web-0"));
}

TEST_F(PlayTest, WhoPressesAKeyQuitsToo) {
  Press(100, " ");
  Press(60'000, " ");
  Press(100'000, "q");
  const Outcome play = Play();
  EXPECT_EQ(play.code, 0);
  EXPECT_EQ(TookMs(), 100'000);
  EXPECT_THAT(Shown(play), HasSubstr("END 2025-11-23 14:03:12Z"));
}

TEST_F(PlayTest, BeginsAtATime) {
  Press(0, "q");
  const std::string shown = Shown(Play({"--at", "0:05"}));
  EXPECT_THAT(shown, HasSubstr("one"));
  EXPECT_THAT(shown, HasSubstr("0:00:05/0:00:12"));
}

TEST_F(PlayTest, GoesBetweenNotes) {
  ASSERT_TRUE(
      AppendNote(directory / "a.cast", {.author = "bob", .at_us = 4'000'000, .text = "why?"}));
  Press(0, "m");
  Press(100, "q");
  const std::string shown = Shown(Play());
  EXPECT_THAT(shown, HasSubstr("1/1+ note by bob: why?"));
}

TEST_F(PlayTest, StandsStillWhileItIsStopped) {
  Press(5000, "\x1A");
  pacer.stops_for_ns = 3600 * kSecond;
  const Outcome play = Play();
  EXPECT_EQ(TookMs(), 12'000 + 3'600'000);
  const std::string again = std::string(Painter::End()) + std::string(Painter::Begin());
  EXPECT_THAT(play.out, HasSubstr(again));
}

TEST_F(PlayTest, NoPlayerOnADumbTerminal) {
  term = "dumb";
  const Outcome play = Play();
  EXPECT_EQ(play.out, "one\ntwo\n");
  EXPECT_THAT(play.err, HasSubstr("TERM=dumb"));
  EXPECT_EQ(pacer.begun, 0);
}

TEST_F(PlayTest, TellsOfDigests) {
  WriteCast("a.cast", {R"([1.0, "o", "\u001b]0;title"])", R"([2.0, "d", "stdout 42 00"])",
                       R"([2.0, "d", "stdin 7 00"])"});
  const std::string out = Play().out;
  EXPECT_THAT(out, HasSubstr("[42 bytes of stdout: only their digest was recorded]\n"));
  EXPECT_THAT(out, Not(HasSubstr("7 bytes")));
}

TEST_F(PlayTest, ErrorsComeAfterTheTerminalIsBack) {
  WriteCast("a.cast", {R"([1.0, "o", "one"])", R"([2.0, "O", "!!"])"});
  const Outcome play = Play();
  EXPECT_EQ(play.code, 1);
  EXPECT_TRUE(play.out.ends_with("\x1B[?1049lone\n"));
  EXPECT_THAT(play.err, HasSubstr("error: "));
  EXPECT_EQ(pacer.ended, 1);
}

}  // namespace
}  // namespace secure_exec
