#include "plugin/notices.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace secure_exec {
namespace {

using Form = Notices::Form;
using Kind = Notices::Kind;

constexpr std::string_view kPush = "\x1b[22;0t", kPop = "\x1b[23;0t";
std::string Titled(std::string_view title) { return "\x1b]2;" + std::string(title) + "\a"; }
// As it is put in above the cursor's row.
std::string Row(std::string_view text) {
  return "\033D\x1b[1A\0337\r\x1b[m\x1b[1L" + std::string(text) + "\0338\x1b[1B";
}

struct NoticesTest : testing::Test {
  std::string Take() { return notices.Take(screen, size, now); }
  void Raise(Kind kind, std::string title, std::string line = "", bool bell = false) {
    notices.Raise(kind, {.title = std::move(title),
                         .line = std::move(line),
                         .ends_at = now + 60 * kSecond,
                         .bell = bell});
  }
  Notices notices{Form::kScreen};
  ScreenWatch screen;
  std::optional<WindowSize> size{{.columns = 80, .rows = 24}};
  int64_t now = 1000 * kSecond;
};

TEST_F(NoticesTest, ShowsTitleBellAndLineOnce) {
  Raise(Kind::kIdle, "title", "ends in {} s", true);
  EXPECT_EQ(std::string(kPush) + Titled("title") + "\a" + Row("ends in 60 s"), Take());
  EXPECT_EQ("", Take());
}

TEST_F(NoticesTest, GivesTheTitleBack) {
  Raise(Kind::kIdle, "title");
  Take();
  notices.Lower(Kind::kIdle);
  EXPECT_EQ(kPop, Take());
  EXPECT_EQ("", Take());
}

TEST_F(NoticesTest, SetsTheRemotesTitleAgain) {
  screen.Feed("\x1b]0;vi file\a");
  Raise(Kind::kIdle, "title");
  Take();
  screen.Feed("\x1b]0;vi other\a");
  notices.Lower(Kind::kIdle);
  EXPECT_EQ(std::string(kPop) + "\x1b]0;vi other\a", Take());
}

TEST_F(NoticesTest, TheHeaviestNoticeHasTheTitle) {
  Raise(Kind::kTimeLimit, "limit");
  Take();
  Raise(Kind::kIdle, "idle");
  EXPECT_EQ("", Take());
  Raise(Kind::kSilent, "silent");
  EXPECT_EQ(Titled("silent"), Take());
  notices.Lower(Kind::kSilent);
  EXPECT_EQ(Titled("limit"), Take());
  notices.Lower(Kind::kTimeLimit);
  EXPECT_EQ(Titled("idle"), Take());
  notices.Lower(Kind::kIdle);
  EXPECT_EQ(kPop, Take());
}

TEST_F(NoticesTest, CutsNoSequenceInTwo) {
  screen.Feed("\x1b[3");
  Raise(Kind::kIdle, "title", "line", true);
  EXPECT_EQ("", Take());
  screen.Feed("1m");
  EXPECT_EQ(std::string(kPush) + Titled("title") + "\a" + Row("line"), Take());
}

TEST_F(NoticesTest, InAFullScreenProgramTheLineWaits) {
  screen.Feed("\x1b[?1049h");
  Raise(Kind::kIdle, "title", "ends in {} s", true);
  EXPECT_EQ(std::string(kPush) + Titled("title") + "\a", Take());
  now += 20 * kSecond;
  screen.Feed("\x1b[?1049l");
  EXPECT_EQ(Row("ends in 40 s"), Take());
}

TEST_F(NoticesTest, ALineThatWaitsGoesWithItsNotice) {
  screen.Feed("\x1b[?1049h");
  Raise(Kind::kIdle, "title", "line");
  Take();
  notices.Lower(Kind::kIdle);
  screen.Feed("\x1b[?1049l");
  EXPECT_EQ(kPop, Take());
}

TEST_F(NoticesTest, WhatIsToldIsDroppedWhereItCannotBeWritten) {
  notices.Tell("told");
  EXPECT_EQ(Row("told"), Take());
  for (const char* busy : {"\x1b[?1049h", "\x1b["}) {
    ScreenWatch other;
    other.Feed(busy);
    notices.Tell("told");
    EXPECT_EQ("", notices.Take(other, size, now));
    EXPECT_EQ("", Take());
  }
}

TEST_F(NoticesTest, ALongLineHasSeveralRows) {
  size->columns = 21;
  Raise(Kind::kIdle, "", "one two three four five six seven");
  EXPECT_EQ("\033D\033D\x1b[2A\0337\r\x1b[m\x1b[2Lone two three four\r\nfive six seven\0338\x1b[2B",
            Take());
}

TEST_F(NoticesTest, ATinyWindowGetsNoLine) {
  for (const WindowSize tiny :
       {WindowSize{.columns = 19, .rows = 24}, WindowSize{.columns = 80, .rows = 3}}) {
    size = tiny;
    Raise(Kind::kIdle, "", "line");
    EXPECT_EQ("", Take());
  }
}

TEST_F(NoticesTest, PlainLinesHaveNoTitles) {
  notices = Notices(Form::kLines);
  screen.Feed("half a line");
  Raise(Kind::kIdle, "title", "one", true);
  Raise(Kind::kTimeLimit, "title", "two");
  EXPECT_EQ("\a\r\none\r\ntwo\r\n", Take());
  EXPECT_EQ("", notices.Close(screen));
}

TEST_F(NoticesTest, NoneAreNone) {
  notices = Notices(Form::kNone);
  Raise(Kind::kIdle, "title", "line", true);
  notices.Tell("told");
  EXPECT_EQ("", Take());
}

TEST_F(NoticesTest, TheEndGivesTheTitleBack) {
  Raise(Kind::kTimeLimit, "title");
  EXPECT_EQ("", notices.Close(screen));
  Raise(Kind::kTimeLimit, "title");
  Take();
  EXPECT_EQ(kPop, notices.Close(screen));
  EXPECT_EQ("", Take());
}

}  // namespace
}  // namespace secure_exec
