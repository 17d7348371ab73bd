#include "replay/screen/screen_fixture.h"

namespace secure_exec {
namespace {

class ResizeTest : public ScreenTest {
 protected:
  void Resize(int columns, int rows) { screen_.Resize({.columns = columns, .rows = rows}); }
};

TEST_F(ResizeTest, NarrowerWrapsAndWiderJoins) {
  Feed("0123456789abc\r\nnext");
  Resize(5, 4);
  EXPECT_EQ(Text(), "56789\nabc\nnext\n");  // as in tmux the empty last row stays
  EXPECT_EQ(sink_.lines, std::vector<std::string>{"scrolled 01234\\"});
  EXPECT_EQ(At(), "4,2");
  Resize(20, 4);
  EXPECT_EQ(Text(), "0123456789abc\nnext\n");
}

TEST_F(ResizeTest, WideCharactersAreNotCut) {
  Feed("\r\n\n\na\u4E2D\u4E2D\u4E2D");
  Resize(4, 4);
  EXPECT_EQ(Text(), "\n\na\u4E2D\n\u4E2D\u4E2D\n");
}

TEST_F(ResizeTest, LowerEatsRowsBelowTheCursorFirst) {
  FillRows();
  Feed("\x1B[2;1H");
  Resize(10, 2);
  EXPECT_EQ(Text(), "one\ntwo\n");
}

TEST_F(ResizeTest, TheAlternateScreenIsNotReflowed) {
  Feed("shell text\x1B[?1049h\x1B[H0123456789");
  Resize(5, 4);
  EXPECT_EQ(Text(), "01234\n");
  Resize(10, 4);
  EXPECT_EQ(Text(), "0123456789\n");
}

TEST_F(ResizeTest, AnAlternateScreenThatScrolledKeepsItsLastRows) {
  Feed("\x1B[?1049h\x1B[H1\r\n2\r\n3\r\n4\r\n5");
  Resize(10, 3);
  EXPECT_EQ(Text(), "3\n4\n5\n");
}

TEST_F(ResizeTest, TheMainScreenIsReflowedWhenItComesBack) {
  Feed("\n\n\nshell text\x1B[?1049h\x1B[Hx");
  Resize(5, 4);
  Feed("\x1B[?1049l");
  EXPECT_EQ(Text(), "\n\nshell\n text\n");
}

TEST_F(ResizeTest, ClearedRowsDoNotComeBack) {
  Feed("one\r\ntwo\x1B[H\x1B[2J");
  Resize(10, 6);
  EXPECT_EQ(Text(), "");
}

TEST_F(ResizeTest, ErasedScrollbackDoesNotComeBack) {
  FillRows();
  Feed("\r\n\n\x1B[3J");
  Resize(10, 8);
  EXPECT_EQ(Text(), "three\nfour\n");
}

TEST_F(ResizeTest, HistoryIsBounded) {
  Screen screen({.size = {.columns = 10, .rows = 4}, .history = 3});
  for (int i = 0; i < 100; ++i) screen.Feed("x\r\n");
  EXPECT_EQ(screen.history(), 3);
  screen.Resize({.columns = 10, .rows = 50});
  EXPECT_EQ(screen.history(), 0);
}

}  // namespace
}  // namespace secure_exec
