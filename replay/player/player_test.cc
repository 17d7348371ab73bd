#include "replay/player/player.h"

#include <gmock/gmock.h>

#include "base/clock.h"
#include "base/vt/safe_output_check.h"
#include "recorder/testing/recording_builder.h"
#include "replay/screen/text.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::Not;

// Ten events, 10 s apart: "zero" to "nine", each on a row of its own; markers behind the third and
// the sixth.
class PlayerTest : public testing::Test {
 protected:
  static constexpr const char* kWords[] = {"zero", "one", "two",   "three", "four",
                                           "five", "six", "seven", "eight", "nine"};
  PlayerTest() {
    std::string cast = "{\"version\":2,\"width\":20,\"height\":12,\"timestamp\":1763906580}\n";
    for (int i = 0; i < 10; ++i) {
      cast += EventLine(i * 10'000'000, 'o', std::string(kWords[i]) + "\\r\\n");
      if (i == 3 || i == 6)
        cast += EventLine(i * 10'000'000 + 5'000'000, 'm', "mark" + std::to_string(i));
    }
    Start(cast);
  }
  void Start(std::string cast, Player::Options options = {}) {
    cast_ = std::move(cast);
    player_.reset();
    timeline_.reset();
    auto recording = Recording::Open(std::make_unique<MemoryRecording>(cast_), "x");
    ASSERT_TRUE(recording);
    recording_ = std::move(*recording);
    timeline_.emplace(*recording_);
    player_.emplace(*timeline_, recording_->header(), std::move(options),
                    [this] { return clock_.BootNs(); });
    Settle();
  }
  void Restart(Player::Options options) { Start(cast_, std::move(options)); }
  void Settle() {
    do {
      player_->Advance();
    } while (player_->WakeNs() <= clock_.BootNs());
  }
  void Press(std::string_view keys) {
    for (const Key& key : KeyReader().Feed(keys)) {
      player_->Press(key);
      Settle();
    }
  }
  void Pass(double seconds) {
    const int64_t end = clock_.BootNs() + static_cast<int64_t>(seconds * 1e9);
    while (clock_.BootNs() < end) {
      const int64_t wake = std::min(player_->WakeNs(), end);
      clock_.Advance(std::max<int64_t>(wake - clock_.BootNs(), 1));
      player_->Advance();
    }
  }
  // What the window shows, and its bar.
  std::string Window(int columns = 60, int rows = 13) {
    std::string out;
    player_->Draw({columns, rows}, out);
    EXPECT_EQ(FindUnsafe(out), "");
    if (!window_ || window_->columns() != columns || window_->rows() != rows) {
      window_.emplace(Screen::Options{.size = {.columns = columns, .rows = rows}});
    }
    window_->Feed(out);
    return ScreenText(*window_);
  }
  std::string Bar() {
    Window();
    return RowText(*window_, window_->rows() - 1);
  }
  // The last word on the screen.
  std::string Last() {
    const std::string text = ScreenText(timeline_->screen());
    const size_t begin = text.rfind('\n', text.size() - 2);
    return text.substr(begin + 1, text.size() - begin - 2);
  }

  FakeClock clock_;
  std::string cast_;
  std::unique_ptr<Recording> recording_;
  std::optional<Timeline> timeline_;
  std::optional<Player> player_;
  std::optional<Screen> window_;
};

TEST_F(PlayerTest, Time) {
  EXPECT_EQ(Last(), "zero");
  Pass(9.9);
  EXPECT_EQ(Last(), "zero");
  Pass(0.2);
  EXPECT_EQ(Last(), "one");
}

TEST_F(PlayerTest, Pause) {
  Press(" ");
  Pass(100);
  EXPECT_EQ(Last(), "zero");
  EXPECT_THAT(Bar(), HasSubstr("||"));
  Press(" ");
  Pass(10.1);
  EXPECT_EQ(Last(), "one");
}

TEST_F(PlayerTest, PauseKeepsThePlaceBetweenEvents) {
  Pass(7);
  Press(" ");
  Pass(100);
  EXPECT_THAT(Bar(), HasSubstr("0:00:07"));
  Press(" ");
  Pass(3.1);
  EXPECT_EQ(Last(), "one");
}

TEST_F(PlayerTest, Speed) {
  Press("+");
  Pass(5.1);
  EXPECT_EQ(Last(), "one");
  EXPECT_THAT(Bar(), HasSubstr("2x"));
  Press("]]]]]]");
  EXPECT_THAT(Bar(), HasSubstr("16x"));
  Press("---------");
  EXPECT_THAT(Bar(), HasSubstr("0.25x"));
  Pass(20);
  EXPECT_EQ(Last(), "one");
}

TEST_F(PlayerTest, Step) {
  Press("..");
  EXPECT_EQ(Last(), "two");
  Pass(100);
  EXPECT_EQ(Last(), "two");
}

TEST_F(PlayerTest, StepBack) {
  Press("...,");
  EXPECT_EQ(Last(), "two");
  EXPECT_THAT(Bar(), HasSubstr("0:00:20"));
  Press(",,,,,,");
  EXPECT_THAT(Window(), testing::StartsWith("\n"));
  EXPECT_THAT(Bar(), HasSubstr("|| "));
  Press("...");
  EXPECT_EQ(Last(), "two");
}

TEST_F(PlayerTest, StepsPassOverWhatWasTyped) {
  Start("{\"version\":2,\"width\":20,\"height\":12}\n" + EventLine(1, 'o', "a") +
        EventLine(2, 'i', "x") + EventLine(3, 'i', "y") + EventLine(4, 'o', "b") +
        EventLine(50'000'000, 'o', "c"));
  Press(" ...");
  EXPECT_EQ(Last(), "abc");
  Press(",");
  EXPECT_EQ(Last(), "ab");
  Press(",");
  EXPECT_EQ(Last(), "a");
  Press(".");
  EXPECT_EQ(Last(), "ab");
}

TEST_F(PlayerTest, ANumberBeforeAKey) {
  Press("3.");
  EXPECT_EQ(Last(), "three");
  Press("2,");
  EXPECT_EQ(Last(), "one");
  Press("10\x1B[C");
  EXPECT_EQ(Last(), "six");
  Press("10");
  EXPECT_THAT(Bar(), HasSubstr("10: then a key"));
  player_->Press({Key::kEscape});
  EXPECT_THAT(Bar(), HasSubstr("0:01:00"));
  Press("\x1B[D");
  EXPECT_EQ(Last(), "five");
  Press("99999999999999999999>");
  EXPECT_THAT(Bar(), HasSubstr("END"));
  Press("50%");
  EXPECT_THAT(Bar(), HasSubstr("0:00:45/0:01:30"));
  Press("%");
  EXPECT_THAT(Bar(), HasSubstr("50%"));
}

TEST_F(PlayerTest, GoesToATime) {
  Press(" :0:25");
  EXPECT_THAT(Bar(), HasSubstr("go to: 0:25"));
  Press("\r");
  EXPECT_EQ(Last(), "two");
  Press("t14:04:05Z\r");
  EXPECT_EQ(Last(), "six");
  Press("G:14:03:41\r");
  EXPECT_EQ(Last(), "four");
  Press(":-0:30\r");
  EXPECT_EQ(Last(), "one");
  Press(":noon\r");
  EXPECT_THAT(Bar(), HasSubstr("\"noon\" is no time"));
  EXPECT_EQ(Last(), "one");
  Press(":\r:\x7F:q\r");
  EXPECT_TRUE(player_->quit());
}

TEST_F(PlayerTest, CancellingLeavesAPrompt) {
  Press(" :0:2");
  EXPECT_TRUE(player_->Cancel());
  EXPECT_THAT(Bar(), Not(HasSubstr("go to")));
  EXPECT_FALSE(player_->Cancel());
}

TEST_F(PlayerTest, CancellingLeavesASearchThatGoesOn) {
  Press(" ");
  for (const Key& key : KeyReader().Feed("/six\r")) player_->Press(key);
  EXPECT_TRUE(player_->Cancel());
  Settle();
  EXPECT_EQ(Last(), "zero");
  EXPECT_THAT(Bar(), HasSubstr("stopped"));
}

TEST_F(PlayerTest, SeekByArrows) {
  Press("\x1B[C");
  EXPECT_EQ(Last(), "zero");
  EXPECT_THAT(Bar(), HasSubstr("0:00:05"));
  Press("\x1B[C");
  EXPECT_EQ(Last(), "one");
  Press("\x1B[D");
  EXPECT_EQ(Last(), "zero");
  Press(">");
  EXPECT_EQ(Last(), "six");
  Press("\x1B[1;2D");
  EXPECT_EQ(Last(), "zero");
  Press("\x1B[1;2C<");
  EXPECT_EQ(Last(), "zero");
}

TEST_F(PlayerTest, PlayingGoesOnFromThere) {
  Press("\x1B[C\x1B[C\x1B[C");
  Pass(5.1);
  EXPECT_EQ(Last(), "two");
}

TEST_F(PlayerTest, BeginningAndEnd) {
  Press("G");
  EXPECT_EQ(Last(), "nine");
  EXPECT_THAT(Bar(), HasSubstr("END"));
  Press("g");
  EXPECT_EQ(Last(), "zero");
  Pass(10.1);
  EXPECT_EQ(Last(), "one");
}

TEST_F(PlayerTest, MoreMarkersThanThereAre) {
  Press("9m");
  EXPECT_EQ(Last(), "six");
  EXPECT_THAT(Bar(), HasSubstr("marker: mark6"));
  Press("9M");
  EXPECT_EQ(Last(), "three");
}

TEST_F(PlayerTest, BegunAtTheEndItStaysThere) {
  Restart({.at_us = 90'000'000});
  EXPECT_FALSE(player_->over());
  EXPECT_EQ(Last(), "nine");
  Restart({.at_us = 80'000'000});
  Pass(11);
  EXPECT_TRUE(player_->over());
}

TEST_F(PlayerTest, Markers) {
  Press("m");
  EXPECT_EQ(Last(), "three");
  EXPECT_THAT(Bar(), HasSubstr("marker: mark3"));
  Press(" m");
  EXPECT_EQ(Last(), "six");
  Press("m");
  EXPECT_EQ(Last(), "six");
  EXPECT_THAT(Bar(), HasSubstr("no marker or note after"));
  Press("M");
  EXPECT_EQ(Last(), "three");
  EXPECT_THAT(Bar(), HasSubstr("1/2 marker: mark3"));
  Press("M");
  EXPECT_THAT(Bar(), HasSubstr("no marker or note before"));
}

TEST_F(PlayerTest, MarkersBeforeWhereItBegan) {
  Restart({.at_us = 80'000'000});
  EXPECT_EQ(Last(), "eight");
  Press(" M");
  EXPECT_EQ(Last(), "six");
  EXPECT_THAT(Bar(), HasSubstr("2/2+ marker: mark6"));
  Press("G2M");
  EXPECT_EQ(Last(), "three");
}

TEST_F(PlayerTest, NotesAmongMarkers) {
  Restart({.notes = {{.author = "bob", .at_us = 41'000'000, .text = "why?\x1B]0;evil\a"},
                     {.author = "bob", .text = "of the whole"},
                     {.author = "ann", .at_us = 65'000'000, .text = "mark6, too"},
                     {.author = "ann", .at_us = 500'000'000, .text = "beyond the end"}}});
  Press(" m");
  EXPECT_THAT(Bar(), HasSubstr("1/4+ marker: mark3"));
  Press("m");
  EXPECT_EQ(Last(), "four");
  EXPECT_THAT(Bar(), HasSubstr("note by bob: why?\\x1b]0;evil\\x07"));
  Press("m");
  EXPECT_EQ(Last(), "six");
  EXPECT_THAT(Bar(), HasSubstr("note by ann: mark6, too | marker: mark6"));
  Press("m");
  EXPECT_EQ(Last(), "nine");
  EXPECT_THAT(Bar(), HasSubstr("beyond the end"));
  Press("m");
  EXPECT_THAT(Bar(), HasSubstr("no marker or note after"));
  Press("g3m");
  EXPECT_EQ(Last(), "six");
  Press("2M");
  EXPECT_EQ(Last(), "three");
}

TEST_F(PlayerTest, ANoteThatIsComeByIsToldOfForAWhile) {
  Restart({.notes = {{.at_us = 2'000'000, .text = "look"}}});
  EXPECT_THAT(Bar(), Not(HasSubstr("look")));
  Pass(2.1);
  EXPECT_THAT(Bar(), HasSubstr("note: look"));
  Pass(5.5);
  EXPECT_THAT(Bar(), Not(HasSubstr("look")));
}

TEST_F(PlayerTest, SkipsIdle) {
  Press("i");
  Pass(2.1);
  EXPECT_EQ(Last(), "one");
  EXPECT_THAT(Bar(), HasSubstr("idle<2s"));
  Press("i");
  Pass(2.1);
  EXPECT_EQ(Last(), "one");
}

TEST_F(PlayerTest, Search) {
  Press("/FOUR");
  EXPECT_THAT(Bar(), HasSubstr("/FOUR"));
  Press("\r");
  EXPECT_THAT(Bar(), HasSubstr("not found after this"));
  EXPECT_EQ(Last(), "zero");
  Press("/four\r");
  EXPECT_EQ(Last(), "four");
  Pass(100);
  EXPECT_EQ(Last(), "four");
}

TEST_F(PlayerTest, NextAndPrevious) {
  Press("/e\r");
  EXPECT_EQ(Last(), "one");
  Press("n");
  EXPECT_EQ(Last(), "three");
  Press("nn");
  EXPECT_EQ(Last(), "seven");
  Press("N");
  EXPECT_EQ(Last(), "five");
  Press("NN");
  EXPECT_EQ(Last(), "one");
  Press("2n3n");
  EXPECT_EQ(Last(), "nine");
  Press("5N");
  EXPECT_EQ(Last(), "one");
  // The screen of the very beginning had one, too.
  Press("N");
  EXPECT_EQ(Last(), "zero");
  Press("N");
  EXPECT_EQ(Last(), "zero");
  EXPECT_THAT(Bar(), HasSubstr("not found before this"));
}

TEST_F(PlayerTest, WhatIsFoundIsShownReversed) {
  Press("/our\r");
  Window();
  const auto reversed = [&](int x, int y) {
    const Cell cell = window_->row(y).At(static_cast<size_t>(x));
    return window_->palette().style(cell.style).Has(Style::kReverse);
  };
  EXPECT_FALSE(reversed(0, 4));
  EXPECT_TRUE(reversed(1, 4));
  EXPECT_TRUE(reversed(3, 4));
  EXPECT_FALSE(reversed(4, 4));
}

TEST_F(PlayerTest, SearchWithinABurst) {
  std::string burst;
  for (int i = 0; i < 1000; ++i) burst += "line " + std::to_string(i) + "\\r\\n";
  Start("{\"version\":2,\"width\":20,\"height\":12}\n" + EventLine(1000, 'o', burst) +
        EventLine(2'000'000, 'o', "end"));
  Press("/line 500\r");
  EXPECT_THAT(Window(), HasSubstr("line 500\n"));
  Press("/line 700\r");
  EXPECT_THAT(Window(), HasSubstr("line 700\n"));
  Press("/line 500\rN");
  EXPECT_THAT(Window(), HasSubstr("line 500\n"));
  Press(" ");
  Pass(5);
  EXPECT_THAT(Window(), HasSubstr("end"));
}

TEST_F(PlayerTest, ThePromptIsEdited) {
  Press("/foux\x7Fr\x15six");
  EXPECT_THAT(Bar(), HasSubstr("/six"));
  Press("\r");
  EXPECT_EQ(Last(), "six");
  Press("/q");
  player_->Press({Key::kEscape});
  EXPECT_FALSE(player_->quit());
  EXPECT_THAT(Bar(), Not(HasSubstr("/q")));
}

TEST_F(PlayerTest, HelpAndAway) {
  Press("?");
  EXPECT_THAT(Window(), HasSubstr("next, previous marker"));
  Press("x");
  EXPECT_THAT(Window(), Not(HasSubstr("next, previous marker")));
  EXPECT_THAT(Bar(), Not(HasSubstr("||")));
}

TEST_F(PlayerTest, HelpIsScrolledInASmallWindow) {
  Press("?");
  EXPECT_THAT(Window(20, 5), HasSubstr("space"));
  EXPECT_THAT(Window(20, 5), HasSubstr("1-4 of "));
  Press("j ");
  EXPECT_THAT(Window(20, 5), Not(HasSubstr("space")));
  EXPECT_THAT(Window(20, 5), HasSubstr("6-9 of "));
  Press("G");
  EXPECT_THAT(Window(20, 5), HasSubstr("quit"));
  Press("g");
  EXPECT_THAT(Window(20, 5), HasSubstr("space"));
  Press("x");
  EXPECT_THAT(Window(20, 5), HasSubstr("zero"));
}

TEST_F(PlayerTest, WhatIsNoKeyIsSaid) {
  Press("x");
  EXPECT_THAT(Bar(), HasSubstr("x does nothing"));
  Press("\u202E");
  EXPECT_THAT(Bar(), HasSubstr("does nothing"));
}

TEST_F(PlayerTest, WhatIsPastedIsNoKeyButTextOfAPrompt) {
  Press(" \x1B[200~G+q\x1B[201~");
  EXPECT_EQ(Last(), "zero");
  EXPECT_FALSE(player_->quit());
  Press("/\x1B[200~four\nq\x1B[201~\r");
  EXPECT_EQ(Last(), "four");
}

TEST_F(PlayerTest, Quit) {
  EXPECT_FALSE(player_->over());
  Press("q");
  EXPECT_TRUE(player_->over());
}

TEST_F(PlayerTest, MuchThatIsTypedChangesNothing) {
  std::string cast = "{\"version\":2,\"width\":20,\"height\":12}\n";
  cast += EventLine(0, 'o', "zero\\r\\n");
  for (int i = 0; i < 3000; ++i) cast += EventLine(1'000'000 + i * 1000, 'i', "x");
  cast += EventLine(10'000'000, 'o', "one\\r\\n") + EventLine(20'000'000, 'o', "two\\r\\n");
  Start(cast, {.max_idle_us = 2e6});
  Pass(1.9);
  EXPECT_EQ(Last(), "zero");
  Pass(0.2);
  EXPECT_EQ(Last(), "one") << "what was typed splits no idle time";
  Press(",,");
  EXPECT_EQ(timeline_->position().event, 0u);
  Press(":2\r");
  EXPECT_EQ(Last(), "zero");
  EXPECT_THAT(Bar(), HasSubstr("0:00:02"));
  Press(".");
  EXPECT_EQ(Last(), "one");
  Press("/two\r");
  EXPECT_EQ(Last(), "two");
  Press(",");
  EXPECT_EQ(Last(), "one");
}

TEST_F(PlayerTest, QuittingTheHelpGoesBack) {
  Press("?");
  EXPECT_THAT(Bar(), HasSubstr("back"));
  Press("q");
  EXPECT_FALSE(player_->quit());
  EXPECT_THAT(Window(), HasSubstr("zero"));
  Press("q");
  EXPECT_TRUE(player_->quit());
}

TEST_F(PlayerTest, OverByItselfAtTheEnd) {
  Pass(89);
  EXPECT_FALSE(player_->over());
  Pass(2);
  EXPECT_TRUE(player_->over());
  EXPECT_FALSE(player_->quit());
}

TEST_F(PlayerTest, NotOverWhenAKeyWasPressed) {
  Press("+");
  Pass(100);
  EXPECT_FALSE(player_->over());
}

TEST_F(PlayerTest, AnyWindow) {
  Press("G");
  for (int columns = 1; columns < 40; ++columns) {
    for (int rows = 1; rows < 20; ++rows) Window(columns, rows);
  }
}

TEST_F(PlayerTest, ASmallWindowShowsWhereTheCursorIs) {
  Press("G");
  EXPECT_THAT(Window(20, 5), HasSubstr("seven\neight\nnine\n"));
  Press("g");
  EXPECT_THAT(Window(20, 5), testing::StartsWith("zero\n"));
}

TEST_F(PlayerTest, TheViewIsMovedByHand) {
  Press("G");
  Window(60, 5);
  Press("K");
  EXPECT_THAT(Window(60, 5), testing::StartsWith("zero\none\ntwo\nthree\n"));
  EXPECT_THAT(Window(60, 5), HasSubstr("view 1,1 of 20x12 f:follow"));
  Press("j2j\x1B[B\x1B[Ax");
  EXPECT_THAT(Window(60, 5), testing::StartsWith("three\nfour\nfive\nsix\n"));
  Press("lh");
  EXPECT_THAT(Window(10, 5), testing::StartsWith("three\nfour\nfive\nsix\n"));
  Press("4l");
  EXPECT_THAT(Window(10, 5), testing::StartsWith("e\n\n\n\n"));
  Press("g");
  EXPECT_THAT(Window(10, 5), testing::StartsWith("\n"));
  Press("fG");
  EXPECT_THAT(Window(60, 5), HasSubstr("eight\nnine\n"));
}

TEST_F(PlayerTest, NothingToMoveInAWindowThatIsLargeEnough) {
  Window(60, 13);
  Press("l");
  EXPECT_THAT(Bar(), HasSubstr("shows the whole screen"));
}

TEST_F(PlayerTest, ALargeWindow) { EXPECT_THAT(Window(300, 100), testing::StartsWith("zero\n")); }

TEST_F(PlayerTest, AnotherSizeIsDrawnWhole) {
  Window();
  EXPECT_THAT(Window(80, 20), testing::StartsWith("zero\n"));
}

TEST_F(PlayerTest, RecordedSequencesDoNotGetThrough) {
  Start("{\"version\":2,\"width\":20,\"height\":12,\"title\":\"\\u001b]0;evil\\u0007\"}\n" +
        EventLine(0, 'o', "\\u001b]52;c;ZXZpbA==\\u0007\\u001b[c\\u0005\\u009bx\\u202eok") +
        EventLine(1000, 'm', "\\u001b]0;evil\\u0007"));
  EXPECT_THAT(Window(), HasSubstr("ok"));
  Press("gm");
  Window();
}

TEST_F(PlayerTest, Follow) {
  auto source = std::make_unique<MemoryRecording>("{\"version\":2,\"width\":20,\"height\":12}\n" +
                                                  EventLine(60'000'000, 'o', "one"));
  MemoryRecording* const file = source.get();
  player_.reset();
  auto recording = Recording::Open(std::move(source), "x");
  ASSERT_TRUE(recording);
  recording_ = std::move(*recording);
  timeline_.emplace(*recording_);
  player_.emplace(*timeline_, recording_->header(), Player::Options{.follow = true},
                  [this] { return clock_.BootNs(); });
  Settle();
  EXPECT_EQ(Last(), "one");
  Pass(10);
  EXPECT_FALSE(player_->over());
  EXPECT_THAT(Bar(), HasSubstr("LIVE"));
  file->SetMain("{\"version\":2,\"width\":20,\"height\":12}\n" + EventLine(60'000'000, 'o', "one") +
                EventLine(600'000'000, 'o', "two"));
  Pass(0.5);
  EXPECT_EQ(Last(), "onetwo");
}

TEST_F(PlayerTest, FollowingEndsWhenNobodyWritesAnyMore) {
  RecordingBuilder builder;
  builder.Header();
  builder.Frame({EventLine(1000, 'o', "one")});
  bool is_written = true;
  Start(builder.Bytes(), {.follow = true, .is_written = [&] { return is_written; }});
  Pass(10);
  EXPECT_FALSE(player_->over());
  EXPECT_THAT(Bar(), HasSubstr("LIVE"));
  is_written = false;
  Pass(1);
  EXPECT_TRUE(player_->over());
  EXPECT_THAT(Bar(), HasSubstr("the session was cut off"));
}

}  // namespace
}  // namespace secure_exec
