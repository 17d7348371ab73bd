#include "plugin/screen_watch.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

ScreenWatch After(std::string_view bytes) {
  ScreenWatch watch;
  watch.Feed(bytes);
  return watch;
}
bool Takes(std::string_view bytes) { return After(bytes).takes_lines(); }

TEST(ScreenWatchTest, TextAndPromptsTakeLines) {
  EXPECT_TRUE(Takes(""));
  EXPECT_TRUE(Takes("hello\r\n$ "));
  EXPECT_TRUE(Takes("\x1b[1;32muser\x1b[0m:~$ \x1b[K"));
  EXPECT_TRUE(Takes("\x1b[?2004h$ "));
}

TEST(ScreenWatchTest, NothingGoesIntoASequenceOrACharacter) {
  for (const char* bytes : {"\x1b", "\x1b[", "\x1b[1;3", "\x1b]0;tit", "\x1bP+q", "\xe2\x82"}) {
    EXPECT_FALSE(After(bytes).between()) << bytes;
    EXPECT_FALSE(Takes(bytes)) << bytes;
  }
  EXPECT_TRUE(Takes("\x1b[1;3H\x1b[H\x1b[J"));
  EXPECT_TRUE(Takes("\xe2\x82\xac"));
}

TEST(ScreenWatchTest, WhatALineWouldDamageTakesNone) {
  struct {
    const char *on, *off;
  } const cases[] = {
      {"\x1b[?1049h", "\x1b[?1049l"},
      {"\x1b[?47h", "\x1b[?47l"},
      {"\x1b[?25l", "\x1b[?25h"},
      {"\x1b[?1h", "\x1b[?1l"},
      {"\x1b=", "\x1b>"},
      {"\x1b[?6h", "\x1b[?6l"},
      {"\x1b[?69h", "\x1b[?69l"},
      {"\x1b[?2026h", "\x1b[?2026l"},
      {"\x1b[4h", "\x1b[4l"},
      {"\x1b(0", "\x1b(B"},
      {"\x0e", "\x0f"},
      {"\x1b[2;20r", "\x1b[r\x1b[H\x1b[2J"},
      {"\0337", "\0338\x1b[H\x1b[J"},
      {"\x1b[?7l", "\x1b[!p"},
      {"\x1b[?25l\x1b[?1049h\x1b[3;4r", "\033c"},
  };
  for (const auto& [on, off] : cases) {
    ScreenWatch watch = After(on);
    EXPECT_TRUE(watch.between()) << on;
    EXPECT_FALSE(watch.takes_lines()) << on;
    watch.Feed(off);
    EXPECT_TRUE(watch.takes_lines()) << off;
  }
}

TEST(ScreenWatchTest, ARegionOfTheWholeScreenIsNone) {
  ScreenWatch watch;
  watch.SetRows(30);
  watch.Feed("\x1b[1;30r\x1b[H\x1b[2J");
  EXPECT_TRUE(watch.takes_lines());
  watch.Feed("\x1b[1;24r\x1b[H\x1b[2J");
  EXPECT_FALSE(watch.takes_lines());
}

TEST(ScreenWatchTest, AProgramThatAddressesRowsHasTheScreenUntilItIsScrolledOut) {
  ScreenWatch watch;
  watch.SetRows(5);
  watch.Feed("\x1b[3;1Hin the middle");
  EXPECT_FALSE(watch.takes_lines());
  watch.Feed("\r\n\r\n\r\n\r\n");
  EXPECT_FALSE(watch.takes_lines());
  watch.Feed("\r\n");
  EXPECT_TRUE(watch.takes_lines());
}

TEST(ScreenWatchTest, HomeAndTextIsAProgramsScreen) {
  EXPECT_FALSE(Takes("\x1b[Htop - 12:00\x1b[K\r\n\x1b[J"));
}

TEST(ScreenWatchTest, AClearedScreenTakesLines) {
  for (const char* clear : {"\x1b[H\x1b[J", "\x1b[H\x1b[2J", "\x1b[1;1H\x1b[2J",
                            "\x1b[H\x1b[2J\x1b[3J", "\x1b[2J\x1b[H"}) {
    EXPECT_TRUE(Takes(std::string("\x1b[3;1Hx") + clear + "$ ")) << clear;
  }
}

TEST(ScreenWatchTest, RowsAboveTheCursorAreAProgramsUntilTheyArePassed) {
  ScreenWatch watch = After("one\r\ntwo\r\n\x1b[2Aone!");
  EXPECT_FALSE(watch.takes_lines());
  watch.Feed("\r\n\r\n\r\n$ ");
  EXPECT_TRUE(watch.takes_lines());
}

TEST(ScreenWatchTest, KnowsALinesStart) {
  EXPECT_TRUE(After("").line_start());
  EXPECT_TRUE(After("x\r\n").line_start());
  EXPECT_TRUE(After("x\r\n\x1b[0m").line_start());
  EXPECT_FALSE(After("x\r\n$ ").line_start());
  EXPECT_FALSE(After("\x1b[5G").line_start());
}

TEST(ScreenWatchTest, KeepsTheLastTitle) {
  EXPECT_EQ("", After("x").title());
  EXPECT_EQ("\x1b]2;two\a", After("\x1b]0;one\a\x1b]2;two\x1b\\").title());
  EXPECT_EQ("\x1b]0;one\a", After("\x1b]0;one\a\x1b]52;c;eA==\a").title());
  const std::string longer(ScreenWatch::kMaxTitle, 'x');
  EXPECT_EQ("", After("\x1b]0;one\a\x1b]0;" + longer + "\a").title());
}

TEST(ScreenWatchTest, UndoesWhatIsLeft) {
  EXPECT_EQ("", After("\x1b[1mbold\x1b[0m \x1b[?1049h\x1b[?1049l").Undo());
  EXPECT_EQ("\x1b[m", After("\x1b[1mbold").Undo());
  EXPECT_EQ("\x18", After("\x1b]0;unfinished").Undo());
  EXPECT_EQ("\x1b>\x1b[?1l\x1b[?25h\x1b[?1000l\x1b[?1006l\x1b[?2004l\x1b[?1049l",
            After("\x1b[?1049h\x1b[?1h\x1b=\x1b[?25l\x1b[?1000;1006h\x1b[?2004h").Undo());
  EXPECT_EQ("\x1b[4l\x1b(B\x0f\x1b[>4m\x1b[<2u",
            After("\x1b[4h\x1b(0\x0e\x1b[>4;2m\x1b[>1u\x1b[>1u").Undo());
  EXPECT_EQ("\0337\x1b[r\0338", After("\x1b[2;5r").Undo());
}

// What Undo() says leaves nothing to undo, whatever went before.
TEST(ScreenWatchTest, UndoneIsUndone) {
  constexpr std::string_view kPieces[] = {"\x1b[?1049h", "\x1b[?47h",   "\x1b[?25l",  "\x1b[?7l",
                                          "\x1b[4h",     "\x1b(0",      "\x0e",       "\x1b[2;5r",
                                          "\x1b[>4;1m",  "\x1b[>1u",    "\x1b=",      "\x1b[31m",
                                          "\x1b[?1h",    "\x1b[?2004h", "\x1b[?1003h"};
  for (const auto a : kPieces) {
    for (const auto b : kPieces) {
      ScreenWatch watch = After(std::string(a) + std::string(b));
      const std::string undo = watch.Undo();
      EXPECT_NE("", undo);
      watch.Feed(undo);
      EXPECT_EQ("", watch.Undo()) << a << b;
    }
  }
}

}  // namespace
}  // namespace secure_exec
