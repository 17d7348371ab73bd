// What a searcher hears, and the rows that changed.
#include <gmock/gmock.h>

#include "replay/screen/screen_fixture.h"

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SinkTest : public ScreenTest {
 protected:
  std::vector<std::string> Unseen() {
    std::vector<std::string> rows;
    screen_.ForEachUnseen([&](int y) { rows.push_back(RowText(screen_, y)); });
    return rows;
  }
};

TEST_F(SinkTest, RowsThatChangedAreUnseenOnce) {
  Feed("one\r\ntwo");
  EXPECT_THAT(Unseen(), ElementsAre("one", "two"));
  EXPECT_THAT(Unseen(), IsEmpty());
  Feed("!");
  EXPECT_THAT(Unseen(), ElementsAre("two!"));
}

TEST_F(SinkTest, RowsThatScrollOffAreToldInOrder) {
  Feed("0123456789wrapped\r\ntwo\r\nthree\r\nfour\r\nfive");
  EXPECT_THAT(sink_.lines, ElementsAre("scrolled 0123456789\\", "scrolled wrapped"));
}

// The whole screen may be read while it hears of a row.
TEST(SinkScreenTest, TheScreenIsWholeDuringACall) {
  class Reader : public ScreenSink {
   public:
    size_t read = 0;

   private:
    void RowScrolledOff(const Screen& screen, const Row&) override { RowLosesText(screen, 0); }
    void RowLosesText(const Screen& screen, int) override {
      for (int y = 0; y < screen.rows(); ++y) read += LineAt(screen, y).text.size();
    }
  };
  Reader reader;
  Screen screen({.size = {.columns = 10, .rows = 4}}, &reader);
  for (int round = 0; round < 20; ++round) {
    screen.Feed(
        "a long line that wraps\r\nshort\r\n\x1B[2;4r\n\n\n\x1B[r\x1B[5;1Hx\ry\x1B[H\x1B[2J");
    screen.Resize({.columns = 5 + round % 7, .rows = 2 + round % 5});
    screen.Feed("\x1B[?1049hfull\x1B[T\x1B[?1049l");
  }
  EXPECT_GT(reader.read, 0u);
}

TEST_F(SinkTest, ClearingTheMainScreenTellsItsRows) {
  Feed("one\r\ntwo\x1B[H\x1B[2J");
  EXPECT_THAT(sink_.lines, ElementsAre("scrolled one", "scrolled two"));
}

TEST_F(SinkTest, UnseenTextIsToldBeforeItIsOverwritten) {
  Feed("10%\r20%\r30%");
  EXPECT_THAT(sink_.lines, ElementsAre("lost 10%", "lost 20%"));
}

TEST_F(SinkTest, SeenTextMayGoSilently) {
  Feed("10%");
  Unseen();
  Feed("\r20%");
  EXPECT_THAT(sink_.lines, IsEmpty());
}

TEST_F(SinkTest, EachWayOfLosingTextTells) {
  for (const char* way :
       {"\x1B[1K", "\x1B[2K", "\x1B[3D\x1B[K", "\x1B[3D\x1B[P", "\x1B[3D\x1B[X", "\x1B[M",
        "\x1B[1J", "\x1B[H\x1B[2J", "\x1B[H\x1B[L\x1B[4L", "\x1B[H\x1B[9@", "\x1B[5Gx", "\b ",
        "\x1B#8", "\x1B[H\x1B[4T", "\x1B[4S", "\x1B[?1049l", "\x1B[5G\u4E2D", "\x1B[?7l\b\u00E9"}) {
    SinkLog sink;
    Screen screen({.size = {.columns = 10, .rows = 4}}, &sink);
    screen.Feed("\x1B[?1049h\x1B[H   needle");
    screen.Feed(way);
    ASSERT_FALSE(sink.lines.empty()) << testing::PrintToString(way);
    EXPECT_EQ(sink.lines[0], "lost    needle") << testing::PrintToString(way);
  }
}

TEST_F(SinkTest, OverwritingElsewhereInTheRowTellsNothing) {
  Feed("aaa bbb");
  Unseen();
  Feed("\rAAA \x1B[4GBBB");
  EXPECT_THAT(sink_.lines, IsEmpty());
}

TEST_F(SinkTest, AlternateScreenRowsAreToldWhenTheyScroll) {
  Feed("\x1B[?1049h\x1B[Hone\r\ntwo\r\nthree\r\nfour\r\nfive");
  EXPECT_THAT(sink_.lines, ElementsAre("lost one"));
}

TEST_F(SinkTest, ShrinkingTellsOnceAndGrowingBringsBack) {
  FillRows();
  screen_.Resize({.columns = 10, .rows = 2});
  EXPECT_THAT(sink_.lines, ElementsAre("scrolled one", "scrolled two"));
  screen_.Resize({.columns = 10, .rows = 4});
  EXPECT_EQ(Text(), "one\ntwo\nthree\nfour\n");
  Feed("\r\n\n\n\n");
  EXPECT_THAT(sink_.lines,
              ElementsAre("scrolled one", "scrolled two", "scrolled three", "scrolled four"));
}

TEST_F(SinkTest, RowsKeepTheirIdWhereverTheyMove) {
  FillRows();
  const uint64_t two = screen_.row(1).id;
  Feed("\r\n");
  EXPECT_EQ(screen_.row(0).id, two);
  Feed("\x1B[H\x1B[L");
  EXPECT_EQ(screen_.row(1).id, two);
  Feed("\x1B[2;1H\x1B[2K");
  EXPECT_NE(screen_.row(1).id, two);
}

}  // namespace
}  // namespace secure_exec
