#include "replay/screen/screen.h"

#include <fmt/format.h>

#include "base/vt/utf8_char.h"
#include "replay/screen/screen_fixture.h"

namespace secure_exec {
namespace {

TEST_F(ScreenTest, TextAndLines) {
  Feed("one\r\ntwo");
  EXPECT_EQ(Text(), "one\ntwo\n");
  EXPECT_EQ(At(), "3,1");
}

TEST_F(ScreenTest, LongLinesWrap) {
  Feed("0123456789");
  EXPECT_EQ(At(), "10,0");  // wraps only when something follows
  Feed("ab");
  EXPECT_EQ(Text(), "0123456789\nab\n");
  EXPECT_TRUE(screen_.row(0).wrapped);
  EXPECT_FALSE(screen_.row(1).wrapped);
  EXPECT_EQ(LineAt(screen_, 1).text, "0123456789ab");
}

TEST_F(ScreenTest, WithoutAutowrapTheLastColumnIsOverwritten) {
  Feed("\x1B[?7l0123456789abc");
  EXPECT_EQ(Text(), "012345678c\n");
  EXPECT_EQ(At(), "9,0");
}

TEST_F(ScreenTest, ScrollsAtTheBottom) {
  FillRows();
  Feed("\r\nfive");
  EXPECT_EQ(Text(), "two\nthree\nfour\nfive\n");
}

TEST_F(ScreenTest, BackspaceStopsAtTheMarginButGoesUpAWrappedLine) {
  Feed("a\b\b");
  EXPECT_EQ(At(), "0,0");
  Feed("0123456789x\b\b");
  EXPECT_EQ(At(), "9,0");
}

TEST_F(ScreenTest, CursorMovesStayOnTheScreen) {
  Feed("\x1B[99;99H");
  EXPECT_EQ(At(), "9,3");
  Feed("\x1B[99A\x1B[99D");
  EXPECT_EQ(At(), "0,0");
  Feed("\x1B[2B\x1B[3C");
  EXPECT_EQ(At(), "3,2");
  Feed("\x1B[E");
  EXPECT_EQ(At(), "0,3");
  Feed("\x1B[5G\x1B[2d");
  EXPECT_EQ(At(), "4,1");
  Feed("\x1B[65535;65535H\x1B[65535C");
  EXPECT_EQ(At(), "9,3");
}

TEST_F(ScreenTest, SaveAndRestoreCursorAndPen) {
  Feed(
      "\x1B[2;3H\x1B[31m\x1B"
      "7\x1B[H\x1B[m\x1B"
      "8x");
  EXPECT_EQ(At(), "3,1");
  EXPECT_EQ(StyleAt(2, 1).foreground, Colour::Indexed(1));
}

TEST_F(ScreenTest, Erase) {
  FillRows();
  Feed("\x1B[2;2H\x1B[K");
  EXPECT_EQ(Text(), "one\nt\nthree\nfour\n");
  Feed("\x1B[3;3H\x1B[1K");
  EXPECT_EQ(Text(), "one\nt\n   ee\nfour\n");
  Feed("\x1B[4;1H\x1B[2X");
  EXPECT_EQ(Text(), "one\nt\n   ee\n  ur\n");
  Feed("\x1B[3;4H\x1B[J");
  EXPECT_EQ(Text(), "one\nt\n");
  Feed("\x1B[1;2H\x1B[1J");
  EXPECT_EQ(Text(), "  e\nt\n");
}

TEST_F(ScreenTest, ErasingPaintsTheBackground) {
  Feed("\x1B[44m\x1B[K");
  EXPECT_EQ(StyleAt(9, 0).background, Colour::Indexed(4));
  EXPECT_EQ(StyleAt(9, 0).attributes, 0);
  EXPECT_EQ(screen_.row(0).used, 0u);
}

TEST_F(ScreenTest, InsertAndDeleteCharacters) {
  Feed("abcdef\x1B[1;3H\x1B[2@");
  EXPECT_EQ(Text(), "ab  cdef\n");
  Feed("\x1B[4P");
  EXPECT_EQ(Text(), "abef\n");
}

TEST_F(ScreenTest, InsertMode) {
  Feed("abc\x1B[1;2H\x1B[4hXY\x1B[4lZ");
  EXPECT_EQ(Text(), "aXYZc\n");
}

TEST_F(ScreenTest, InsertAndDeleteLines) {
  FillRows();
  Feed("\x1B[2;1H\x1B[L");
  EXPECT_EQ(Text(), "one\n\ntwo\nthree\n");
  Feed("\x1B[2M");
  EXPECT_EQ(Text(), "one\nthree\n");
}

TEST_F(ScreenTest, ScrollRegion) {
  FillRows();
  Feed("\x1B[2;3r");
  EXPECT_EQ(At(), "0,0");
  Feed("\x1B[3;1H\nnew");
  EXPECT_EQ(Text(), "one\nthree\nnew\nfour\n");
  Feed("\x1B[2;1H\x1BMup");
  EXPECT_EQ(Text(), "one\nup\nthree\nfour\n");
  Feed("\x1B[S");
  EXPECT_EQ(Text(), "one\nthree\n\nfour\n");
  Feed("\x1B[T\x1B[r");
  EXPECT_EQ(Text(), "one\n\nthree\nfour\n");
}

TEST_F(ScreenTest, OriginModeCountsFromTheRegion) {
  Feed("\x1B[2;3r\x1B[?6h");
  EXPECT_EQ(At(), "0,1");
  Feed("\x1B[9;1Hx");
  EXPECT_EQ(Text(), "\n\nx\n");
  Feed("\x1B[?6l");
  EXPECT_EQ(At(), "0,0");
}

TEST_F(ScreenTest, Tabs) {
  Feed("\tx");
  EXPECT_EQ(At(), "9,0");
  Feed("\r\x1B[3C\x1BH\r\t");
  EXPECT_EQ(At(), "3,0");
  Feed("\x1B[g\r\t");
  EXPECT_EQ(At(), "8,0");
  Feed("\x1B[3g\r\t");
  EXPECT_EQ(At(), "9,0");
  Feed("\x1B[Z");
  EXPECT_EQ(At(), "0,0");
}

TEST_F(ScreenTest, AlternateScreenComesAndGoes) {
  Feed("shell\x1B[?1049h\x1B[HVIM");
  EXPECT_TRUE(screen_.alternate());
  EXPECT_EQ(Text(), "VIM\n");
  Feed("\x1B[?1049lx");
  EXPECT_FALSE(screen_.alternate());
  EXPECT_EQ(Text(), "shellx\n");
}

TEST_F(ScreenTest, OlderAlternateScreensLeaveTheCursor) {
  for (const char* mode : {"47", "1047"}) {
    Feed(
        "\x1B"
        "cshell\x1B[?" +
        std::string(mode) + "h\x1B[2;2HV\x1B[?" + mode + "lx");
    EXPECT_EQ(Text(), "shell\n  x\n") << mode;
  }
  Feed("\x1B[2;2H\x1B[?1048h\x1B[H\x1B[?1048l");
  EXPECT_EQ(At(), "1,1");
}

TEST_F(ScreenTest, DecGraphics) {
  Feed("\x1B(0lqk\x1B(Blqk");
  EXPECT_EQ(Text(), "\u250C\u2500\u2510lqk\n");
  Feed("\r\x1B)0q\x0Eq\x0Fq");
  EXPECT_EQ(Text(), "q\u2500qlqk\n");
}

TEST_F(ScreenTest, RepeatRepeatsTheLastCharacter) {
  Feed("ab\x1B[3b");
  EXPECT_EQ(Text(), "abbbb\n");
  Feed("\r\u4E2D\x1B[b");
  EXPECT_EQ(Text(), "\u4E2D\u4E2Db\n");
  Feed("\x1B[2J\x1B[H\x1B[5b");
  EXPECT_EQ(Text(), "");
}

TEST_F(ScreenTest, AlignmentTest) {
  Feed("\x1B#8");
  EXPECT_EQ(Text(), "EEEEEEEEEE\nEEEEEEEEEE\nEEEEEEEEEE\nEEEEEEEEEE\n");
  EXPECT_EQ(At(), "0,0");
}

TEST_F(ScreenTest, WideCharactersTakeTwoColumns) {
  Feed("\u4E2Dx");
  EXPECT_TRUE(screen_.row(0).At(0).is_wide());
  EXPECT_TRUE(screen_.row(0).At(1).is_padding());
  EXPECT_EQ(At(), "3,0");
  Feed("\r123456789\u4E2D");
  EXPECT_EQ(Text(), "123456789\n\u4E2D\n");
  EXPECT_TRUE(screen_.row(0).wrapped);
}

TEST_F(ScreenTest, OverwritingHalfAWideCharacterRemovesIt) {
  Feed("a\u4E2Db\x1B[1;3Hx");
  EXPECT_EQ(Text(), "a xb\n");
  Feed("\x1B[2;1H\u4E2Db\ry");
  EXPECT_EQ(Text(), "a xb\ny b\n");
}

TEST_F(ScreenTest, CombiningCharactersJoin) {
  Feed("e\u0301x");
  EXPECT_EQ(Text(), "e\u0301x\n");
  EXPECT_EQ(At(), "2,0");
  Feed("\r\n\U0001F468\u200D\U0001F469z");
  EXPECT_EQ(At(), "3,1");
  EXPECT_EQ(RowText(screen_, 1), "\U0001F468\u200D\U0001F469z");
}

TEST_F(ScreenTest, CombiningCharactersOfOneCellAreLimited) {
  Feed("e");
  for (int i = 0; i < 100; ++i) Feed("\u0301");
  EXPECT_LE(RowText(screen_, 0).size(), Palette::kMaxClusterBytes);
  EXPECT_EQ(At(), "1,0");
}

TEST_F(ScreenTest, AJoinerWithNothingBeforeItHidesNothing) {
  Feed("\u200Dx");
  EXPECT_EQ(Text(), "x\n");
}

TEST_F(ScreenTest, InvalidUtf8IsShown) {
  Feed("a\xFF\xE2\x82z\x9B");
  screen_.Finish();
  EXPECT_EQ(Text(), "a\uFFFD\uFFFDz\uFFFD\n");
}

TEST_F(ScreenTest, Attributes) {
  Feed("\x1B[1;2;3;5;7;8;9;53mx");
  EXPECT_EQ(StyleAt(0, 0).attributes, 0xFF);
  Feed("\x1B[22;23;25;27;28;29;55my");
  EXPECT_EQ(StyleAt(1, 0), Style{});
  Feed("\x1B[4mu\x1B[21mu\x1B[4:3mu\x1B[24mu");
  EXPECT_EQ(StyleAt(2, 0).underline(), Style::kSingle);
  EXPECT_EQ(StyleAt(3, 0).underline(), Style::kDouble);
  EXPECT_EQ(StyleAt(4, 0).underline(), Style::kCurly);
  EXPECT_EQ(StyleAt(5, 0).underline(), Style::kNone);
}

TEST_F(ScreenTest, Colours) {
  Feed(
      "\x1B[31;102ma\x1B[38;5;200;48:5:17mb\x1B[38;2;1;2;3;48:2::4:5:6;58:2:7:8:9mc\x1B[39;49;"
      "59md");
  EXPECT_EQ(StyleAt(0, 0).foreground, Colour::Indexed(1));
  EXPECT_EQ(StyleAt(0, 0).background, Colour::Indexed(10));
  EXPECT_EQ(StyleAt(1, 0).foreground, Colour::Indexed(200));
  EXPECT_EQ(StyleAt(1, 0).background, Colour::Indexed(17));
  EXPECT_EQ(StyleAt(2, 0).foreground, Colour::Rgb(1, 2, 3));
  EXPECT_EQ(StyleAt(2, 0).background, Colour::Rgb(4, 5, 6));
  EXPECT_EQ(StyleAt(2, 0).underline_colour, Colour::Rgb(7, 8, 9));
  EXPECT_EQ(StyleAt(3, 0), Style{});
}

// The pen's numbers are others then.
TEST_F(ScreenTest, ColoursStayRightWhenStylesAreCollected) {
  for (int i = 0; i < 100'000; ++i) {
    Feed("\x1B[H\x1B[31mr\x1B[1mb\x1B[m" +
         fmt::format("\x1B[38;2;0;{};{}mx", i / 256 % 256, i % 256) + "\x1B[32mg");
    ASSERT_EQ(StyleAt(0, 0), (Style{.foreground = Colour::Indexed(1)})) << i;
    ASSERT_EQ(StyleAt(1, 0), (Style{.foreground = Colour::Indexed(1), .attributes = Style::kBold}))
        << i;
    ASSERT_EQ(StyleAt(3, 0).foreground, Colour::Indexed(2)) << i;
  }
}

// Of which there is no end: they are not to take the room of those that something is written in.
TEST_F(ScreenTest, PensThatWriteNothingTakeNoColours) {
  Screen screen({.size = {.columns = 1000, .rows = 70}});
  for (int i = 0; i < 60'000; ++i) {
    screen.Feed(fmt::format("\x1B[38;2;1;{};{}mx", i / 256, i % 256));
  }
  for (int i = 0; i < 14'000; ++i) {
    screen.Feed(fmt::format("\x1B[38;5;{}m\x1B[48;5;{}m", i / 256, i % 256));
  }
  screen.Feed("\x1B[m\x1B[38;2;200;1;1mZ");
  EXPECT_EQ(screen.palette().style(screen.row(60).At(0).style).foreground, Colour::Rgb(200, 1, 1));
}

TEST_F(ScreenTest, TitlesAreSafeAndBounded) {
  Feed("\x1B]2;a\u202Etitle\x1B\\");
  EXPECT_EQ(screen_.title(), "a\uFFFDtitle");
  Feed("\x1B[22;0t\x1B]0;other\a");
  EXPECT_EQ(screen_.title(), "other");
  Feed("\x1B[23;0t");
  EXPECT_EQ(screen_.title(), "a\uFFFDtitle");
  for (int i = 0; i < 100; ++i) Feed("\x1B]2;" + std::string(4000, 'x') + "\a\x1B[22t");
  EXPECT_EQ(screen_.title().size(), Screen::kMaxTitle);
}

TEST_F(ScreenTest, LinksAreKeptAsText) {
  Feed("\x1B]8;id=1;https://example.com/\x1B\\a\x1B[1mb\x1B]8;;\x1B\\c");
  EXPECT_EQ(screen_.palette().link(StyleAt(0, 0).link), "https://example.com/");
  EXPECT_EQ(StyleAt(1, 0).link, StyleAt(0, 0).link);
  EXPECT_EQ(StyleAt(2, 0).link, 0);
}

TEST_F(ScreenTest, ManyLinksDoNotGrowWithoutLimit) {
  for (int i = 0; i < 20'000; ++i) {
    Feed("\x1B]8;;https://example.com/" + std::to_string(i) + std::string(3000, 'x') + "\a\rx");
  }
  EXPECT_EQ(Text(), "x\n");
  // Those that are gone from the screen make room.
  Feed("\x1B[H\x1B[2J");
  for (int i = 0; i < 300; ++i) Feed("\x1B]8;;https://example.org/" + std::to_string(i) + "\a");
  Feed("y");
  EXPECT_EQ(screen_.palette().link(StyleAt(0, 0).link), "https://example.org/299");
}

TEST_F(ScreenTest, ManyStylesDoNotGrowWithoutLimit) {
  for (int i = 0; i < 300'000; ++i) {
    Feed(fmt::format("\r\x1B[38;2;{};{};{}mx", i >> 16, i >> 8 & 255, i & 255));
  }
  EXPECT_LE(screen_.palette().styles(), Palette::kMaxStyles);
  EXPECT_EQ(StyleAt(0, 0).foreground,
            Colour::Rgb(299'999 >> 16, 299'999 >> 8 & 255, 299'999 & 255));
}

TEST_F(ScreenTest, ManyClustersDoNotGrowWithoutLimit) {
  const auto mark = [](int n) {
    std::string bytes;
    AppendUtf8(static_cast<char32_t>(0x300 + n % 64), bytes);
    return bytes;
  };
  for (int i = 0; i < 200'000; ++i) Feed("\re" + mark(i) + mark(i >> 6) + mark(i >> 12));
  EXPECT_LE(screen_.palette().clusters(), Palette::kMaxClusters);
  EXPECT_EQ(RowText(screen_, 0), "e" + mark(199'999) + mark(199'999 >> 6) + mark(199'999 >> 12));
}

TEST_F(ScreenTest, CursorLooks) {
  Feed("\x1B[?25l\x1B[6 q");
  EXPECT_FALSE(screen_.cursor().visible);
  EXPECT_EQ(screen_.cursor().shape, Cursor::kBar);
  EXPECT_FALSE(screen_.cursor().blinks);
  Feed("\x1B[?25h\x1B[3 q");
  EXPECT_TRUE(screen_.cursor().visible);
  EXPECT_EQ(screen_.cursor().shape, Cursor::kUnderline);
  EXPECT_TRUE(screen_.cursor().blinks);
}

TEST_F(ScreenTest, SoftResetKeepsWhatIsShown) {
  Feed("text\x1B[2;3r\x1B[?6h\x1B[4h\x1B[?7l\x1B[?25l\x1B[1m\x1B(0\x1B[!p\x1B[1;5Hq");
  EXPECT_EQ(Text(), "textq\n");
  EXPECT_TRUE(screen_.cursor().visible);
  EXPECT_EQ(StyleAt(4, 0), Style{});
}

TEST_F(ScreenTest, HardResetClears) {
  Feed(
      "text\x1B[1m\x1B[?1049hmore\x1B[2;3r\x1B(0\x1B"
      "cq");
  EXPECT_FALSE(screen_.alternate());
  EXPECT_EQ(Text(), "q\n");
  EXPECT_EQ(StyleAt(0, 0), Style{});
  EXPECT_TRUE(screen_.plain());
}

// Questions, bells, clipboard, mouse, pasting, strings: read and forgotten.
TEST_F(ScreenTest, WhatIsIgnoredShowsNothing) {
  Feed(
      "\x05\a\x1B[c\x1B[6n\x1B[?2004h\x1B[?1000h\x1B[?1006h\x1B]52;c;aGk=\a\x1BP$qm\x1B\\\x1B_"
      "x\x1B\\"
      "\x1B[21t\x1B[>q\x1B[?u\x7F\xC2\x9B");
  EXPECT_EQ(Text(), "");
  EXPECT_EQ(At(), "0,0");
}

TEST_F(ScreenTest, AnUnterminatedStringHidesNoLine) {
  Feed("\x1B]2;title\r\nshown");
  EXPECT_NE(Text().find("shown"), std::string::npos);
}

TEST_F(ScreenTest, SizesAreClamped) {
  Screen huge({.size = {.columns = 100'000, .rows = 100'000}});
  EXPECT_EQ(huge.columns(), Grid::kMaxColumns);
  EXPECT_EQ(huge.rows(), Grid::kMaxRows);
  huge.Resize({.columns = -5, .rows = 0});
  EXPECT_EQ(huge.columns(), 1);
  EXPECT_EQ(huge.rows(), 1);
  huge.Feed("ab\u4E2D\r\n\x1B[2J\x1B[L\x1B[M\x1B[@\x1B[P\tx");
  EXPECT_EQ(ScreenText(huge), "x\n");
}

TEST_F(ScreenTest, PlainMeansThatTextIsAllThereIs) {
  EXPECT_TRUE(screen_.plain());
  for (const char* bytes :
       {"\x1B[1m", "\x1B[2;3r", "\x1B[?7l", "\x1B[4h", "\x1B[?1049h", "\x1B(0", "\x1B[", "\xE2"}) {
    Screen screen({});
    screen.Feed(bytes);
    EXPECT_FALSE(screen.plain()) << testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace secure_exec
