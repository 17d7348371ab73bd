#include "replay/render/painter.h"

#include <gtest/gtest.h>

#include "base/vt/safe_output_check.h"
#include "replay/screen/screen_fixture.h"

namespace secure_exec {
namespace {

// What the painter writes, seen by a terminal of its own.
class PainterTest : public testing::Test {
 protected:
  PainterTest() { terminal_.Feed(Painter::Begin()); }
  std::string Paint(std::optional<Painter::At> cursor = std::nullopt) {
    Picture picture({10, 4});
    picture.DrawScreen(recorded_, left_, 0, 4);
    std::string out;
    painter_.Paint(std::move(picture), cursor, out);
    EXPECT_EQ(FindUnsafe(out), "");
    terminal_.Feed(out);
    return out;
  }
  int left_ = 0;
  Screen recorded_{{.size = {.columns = 10, .rows = 4}}};
  Screen terminal_{{.size = {.columns = 10, .rows = 4}}};
  Painter painter_;
};

TEST_F(PainterTest, TheTerminalShowsTheScreen) {
  recorded_.Feed("one\r\n\x1B[31mtwo\x1B[m\r\n\u6F22\u5B57 e\u0301");
  Paint();
  EXPECT_EQ(ScreenText(terminal_), ScreenText(recorded_));
}

TEST_F(PainterTest, OnlyWhatChanged) {
  recorded_.Feed("one\r\ntwo");
  Paint();
  recorded_.Feed("\x1B[1;2HX");
  EXPECT_EQ(Paint(), "\x1B[1;2HX");
  EXPECT_EQ(Paint(), "");
}

TEST_F(PainterTest, StylesEndWithThePicture) {
  recorded_.Feed("\x1B[7mx");
  EXPECT_TRUE(Paint().ends_with("\x1B[0;7mx\x1B[0m"));
}

TEST_F(PainterTest, TheCursorIsHiddenWhileDrawing) {
  recorded_.Feed("a");
  EXPECT_TRUE(Paint(Painter::At{1, 0}).ends_with("\x1B[1;1Ha\x1B[?25h"));
  EXPECT_TRUE(terminal_.cursor().visible);
  recorded_.Feed("b");
  EXPECT_EQ(Paint(Painter::At{2, 0}), "\x1B[?25l\x1B[1;2Hb\x1B[?25h");
  EXPECT_EQ(Paint(Painter::At{3, 0}), "\x1B[1;4H");
  EXPECT_EQ(Paint(), "\x1B[?25l");
  EXPECT_FALSE(terminal_.cursor().visible);
}

TEST_F(PainterTest, TheLastColumnDoesNotScroll) {
  recorded_.Feed("\x1B[4;1H0123456789");
  Paint();
  EXPECT_EQ(RowText(terminal_, 3), "0123456789");
  recorded_.Feed("\x1B[4;10H\u00E4");
  Paint();
  EXPECT_EQ(RowText(terminal_, 3), "012345678\u00E4");
}

TEST_F(PainterTest, CombiningCharactersInTheLastColumn) {
  recorded_.Feed("\x1B[1;9Hae\u0301");
  Paint();
  EXPECT_EQ(RowText(terminal_, 0), "        ae\u0301");
}

TEST_F(PainterTest, WideCharactersComeAndGo) {
  recorded_.Feed("\u6F22\u6F22\u6F22");
  Paint();
  recorded_.Feed("\rabcdef");
  Paint();
  EXPECT_EQ(RowText(terminal_, 0), "abcdef");
  recorded_.Feed("\r \u5B57");
  Paint();
  EXPECT_EQ(RowText(terminal_, 0), RowText(recorded_, 0));
}

TEST_F(PainterTest, APictureThatBeginsInAWideCharacter) {
  recorded_.Feed("\u6F22x");
  left_ = 1;
  Paint();
  EXPECT_EQ(RowText(terminal_, 0), " x");
}

TEST_F(PainterTest, WholeAgain) {
  recorded_.Feed("one");
  Paint();
  terminal_.Feed("\x1B[2J");
  painter_.Forget();
  Paint();
  EXPECT_EQ(ScreenText(terminal_), "one\n");
}

TEST_F(PainterTest, NothingIsLeftBehind) {
  recorded_.Feed("\x1B[31mx");
  Paint();
  terminal_.Feed(Painter::End());
  EXPECT_FALSE(terminal_.alternate());
  EXPECT_TRUE(terminal_.cursor().visible);
  EXPECT_EQ(ScreenText(terminal_), "");
}

TEST(PictureTest, TextOverWideCharacters) {
  Screen screen({.size = {.columns = 6, .rows = 1}});
  screen.Feed("\u6F22\u6F22\u6F22");
  Picture picture({6, 1});
  picture.DrawScreen(screen, 0, 0, 1);
  picture.DrawText(1, 0, "ab", {});
  std::string text;
  for (int x = 0; x < 6; ++x) text += picture.At(x, 0).text;
  EXPECT_EQ(text, " ab \u6F22");
}

TEST(PictureTest, TextIsMadeSafeAndCut) {
  Picture picture({5, 1});
  EXPECT_EQ(picture.DrawText(0, 0, "a\x1B[31m", {}), 5);
  std::string text;
  for (int x = 0; x < 5; ++x) text += picture.At(x, 0).text;
  EXPECT_EQ(text, "a\\x1b");
}

}  // namespace
}  // namespace secure_exec
