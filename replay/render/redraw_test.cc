#include "replay/render/redraw.h"

#include <gtest/gtest.h>

#include <random>

#include "replay/screen/text.h"

namespace secure_exec {
namespace {

constexpr WindowSize kSize{.columns = 12, .rows = 4};

std::string StyleText(const Palette& palette, const Style& style) {
  return fmt::format("{:x},{:x},{:x},{:x},{}", style.attributes, style.foreground.packed(),
                     style.background.packed(), style.underline_colour.packed(),
                     palette.link(style.link));
}

// All that can be seen: the cells with their styles, the cursor, the title.
std::string Shown(const Screen& screen) {
  std::string shown;
  for (int y = 0; y < screen.rows(); ++y) {
    for (size_t x = 0; x < static_cast<size_t>(screen.columns()); ++x) {
      Cell cell = screen.row(y).At(x);
      // Halves of wide characters are drawn as blanks.
      const bool whole = cell.is_wide() ? screen.row(y).At(x + 1).is_padding()
                                        : x > 0 && screen.row(y).At(x - 1).is_wide();
      if ((cell.is_wide() || cell.is_padding()) && !whole) cell.text = 0;
      shown += "[";
      AppendCellText(screen.palette(), cell, shown);
      if (!cell.is_padding()) {
        Style style = screen.palette().style(cell.style);
        if (cell.is_blank()) style.link = 0;  // nobody sees whether it was written
        shown += " " + StyleText(screen.palette(), style);
      }
      shown += "]";
    }
    shown += "\n";
  }
  const Cursor& cursor = screen.cursor();
  return shown + fmt::format("{},{} visible {} shape {} {} alternate {} title {}\n", cursor.x,
                             cursor.y, cursor.visible, static_cast<int>(cursor.shape),
                             cursor.blinks, screen.alternate(), screen.title());
}

// Half of a wide character is a blank when it is drawn again; written over, it takes more with it.
bool HasHalves(const Screen& screen) {
  for (int y = 0; y < screen.rows(); ++y) {
    const Row& row = screen.row(y);
    for (size_t x = 0; x < static_cast<size_t>(screen.columns()); ++x) {
      const bool behind_wide = x > 0 && row.At(x - 1).is_wide();
      if (row.At(x).is_padding() != behind_wide) return true;
    }
  }
  return false;
}

// Without rows that scrolled off, which no sequence brings back.
std::unique_ptr<Screen> NewScreen() {
  return std::make_unique<Screen>(Screen::Options{.size = kSize, .history = 0});
}

std::unique_ptr<Screen> Redrawn(const Screen& screen) {
  auto other = NewScreen();
  other->Feed(Redraw(screen));
  return other;
}

class RedrawTest : public testing::Test {
 protected:
  // That a terminal which begins behind `before` shows the same, and goes on in the same way.
  void Same(std::string_view before, std::string_view after) {
    auto screen = NewScreen();
    screen->Feed(before);
    const auto other = Redrawn(*screen);
    EXPECT_EQ(Shown(*other), Shown(*screen));
    if (HasHalves(*screen)) return;
    for (Screen* one : {screen.get(), other.get()}) one->Feed(after);
    EXPECT_EQ(Shown(*other), Shown(*screen));
  }
};

TEST_F(RedrawTest, AtEachByteOfASession) {
  constexpr std::string_view kSession =
      "$ ls\r\n\x1B[1;34mdir\x1B[0m  file  \x1B]8;;https://example.com\x1B\\link\x1B]8;;\x1B\\\r\n"
      "e\u0301\u4E2D\U0001F468\u200D\U0001F469 0123456789\r\n\x1B[3;5H\x1B[4:3;58:5:9mw\x1B"
      "7\x1B[?1049h\x1B[2;3r\x1B[?6h\x1B[4h\x1B(0lqk\x1B[3g\x1B[1;4H\x1BH\x1B]2;title\a\x1B["
      "22t\x1B["
      "38;2;1;2;3;44m\x1B[2J\x1B[Hx\x1B[1X\t.\x1B[?1049l\r\nafter\x1B[5 q\x1B[?25l\x1B]0;open";
  for (size_t cut = 0; cut <= kSession.size(); ++cut) {
    SCOPED_TRACE(cut);
    Same(kSession.substr(0, cut), std::string(kSession.substr(cut)) +
                                      "\a\x1B[23t.\x1B"
                                      "8end");
  }
}

TEST_F(RedrawTest, ALineGoesOnBehindTheMargin) {
  Same("123456789012", "3");
  Same("1234567890\u4E2D", "3");
  Same("1234567\x1B[12G\x1B[44m\x1B[K ", "3");
  Same("\x1B[4;1H123456789012", "3");
}

TEST_F(RedrawTest, WrappedLinesAreWrappedAnew) {
  auto screen = NewScreen();
  screen->Feed("one line of two rows\r\n\x1B[31manother one, too");
  const auto other = Redrawn(*screen);
  for (Screen* one : {screen.get(), other.get()}) one->Resize({.columns = 30, .rows = 4});
  EXPECT_EQ(Shown(*other), Shown(*screen));
  EXPECT_EQ(RowText(*other, 0), "one line of two rows");
}

TEST_F(RedrawTest, TheScreenBehindIsThereAgain) {
  Same("$ vi\r\n\x1B[32m$ \x1B[?1049h\x1B[m~\r\n~", "\x1B[?1049lls");
  Same("$ vi\r\n\x1B[32m$ \x1B[?47h\x1B[m~\r\n~", "\x1B[?47lls");
}

TEST_F(RedrawTest, BehindAnAlternateScreenOfAnotherSize) {
  Screen screen({.size = {.columns = 30, .rows = 4}, .history = 0});
  screen.Feed("a line of thirty columns or so\r\n$ vi\x1B[?1049h~");
  screen.Resize(kSize);
  const auto other = Redrawn(screen);
  other->Feed("\x1B[?1049l");
  screen.Feed("\x1B[?1049l");
  EXPECT_EQ(Shown(*other), Shown(screen));
}

TEST_F(RedrawTest, RowsThatScrolledOffStayAway) {
  Screen screen({.size = {.columns = 12, .rows = 3}});
  screen.Feed("secret\r\none\r\ntwo\r\n$ vi\x1B[?1049h~\r\n~\r\n~");
  screen.Resize(kSize);
  const std::string redraw = Redraw(screen);
  EXPECT_EQ(redraw.find("secret"), redraw.npos);
  Screen other({.size = kSize});
  other.Feed(redraw);
  other.Feed("\x1B[?1049l");
  EXPECT_EQ(ScreenText(other), "\none\ntwo\n$ vi\n");
}

TEST_F(RedrawTest, WhatAProgramDrewIsNotBehindIt) {
  Screen screen({.size = {.columns = 8, .rows = 3}});
  screen.Feed("$ vi\r\n\x1B[?1049h12345678abcdefghABCDEFGH");
  screen.Resize(kSize);
  screen.Feed("\x1B[H123456789012abcdefghijklABCDEFGHIJKL");
  const auto other = Redrawn(screen);
  for (Screen* one : {&screen, other.get()}) one->Feed("\x1B[H\x1B[2J\x1B[?1049l$ ");
  EXPECT_EQ(Shown(*other), Shown(screen));
}

TEST_F(RedrawTest, AProgramThatLeavesTwice) {
  Same("$ vi\r\n\x1B[32m\x1B[?1049h~\x1B[?1049l$ ls\r\nfile", "\x1B[?1049ldone");
}

TEST_F(RedrawTest, AWideCharacterWrapsEarlier) {
  Same("12345678901\u4E2D", "\b\b\bX");
  Same("\u4E2D\u4E2D\u4E2D\u4E2D\u4E2Da\u4E2D", "\b\b\bX");
}

TEST_F(RedrawTest, AboveTheRegionOfOriginMode) {
  Same("\x1B[?6h\x1B[2;3rx", "y\r\nz");
  Same("\x1B[?6h\x1B[3;4r\x1B[Bx", "y\r\nz");
  Same("\x1B[?6h\x1B[2;3r123456789012", "y");
}

TEST_F(RedrawTest, OpenStringsThatNoScreenShows) {
  for (const char* open : {"\x1B]52;c;c2VjcmV0", "\x1BPsecret", "\x1B_secret", "\x1B]secret"}) {
    auto screen = NewScreen();
    screen->Feed(open);
    EXPECT_EQ(Redraw(*screen).find("c2VjcmV0"), std::string::npos) << open;
    EXPECT_EQ(Redraw(*screen).find("secret"), std::string::npos) << open;
    Same(open, "\x1B\\shown");
    Same(open, "more\x1B\\shown");
  }
}

TEST_F(RedrawTest, WhatIsOpenGoesOn) {
  Same("\x1B[3", "1mred");
  Same("\x1B]2;ti", "tle\a");
  Same("\xE4\xB8", "\xAD");
  Same("a\u200D", "b");
}

TEST_F(RedrawTest, HasNoLineFeeds) {
  Screen screen({.size = kSize});
  screen.Feed("a\r\n\nb\r\nc");
  EXPECT_EQ(Redraw(screen).find('\n'), std::string::npos);
}

TEST_F(RedrawTest, LinksAreBounded) {
  Screen screen({.size = {.columns = 100, .rows = 50}});
  for (int i = 0; i < 5000; ++i) {
    screen.Feed(fmt::format("\x1B]8;;{}{}\x1B\\x", std::string(4000, 'a'), i % 2));
  }
  const std::string redraw = Redraw(screen);
  EXPECT_LT(redraw.size(), kMaxRedrawnLinks + 5000 * 150);
  Screen again({.size = {.columns = 100, .rows = 50}});
  again.Feed(redraw);
  EXPECT_EQ(ScreenText(again), ScreenText(screen));
}

// What programs send, cut anywhere.
TEST_F(RedrawTest, GeneratedSessions) {
  constexpr std::string_view kPieces[] = {"word",
                                          "a longer text that wraps",
                                          " ",
                                          "  ",
                                          "\r\n",
                                          "\r\n",
                                          "\n",
                                          "x\b",
                                          "\t",
                                          "\r",
                                          "\u4E2D",
                                          "\U0001F600",
                                          "e\u0301",
                                          "\u0301",
                                          "a\u200Db",
                                          "\u00E9",
                                          "\x1B[31m",
                                          "\x1B[m",
                                          "\x1B[1;4;44m",
                                          "\x1B[4:3;58:2::1:2:3m",
                                          "\x1B[7;8m",
                                          "\x1B[38;5;200;48;2;1;2;3m",
                                          "\x1B[K",
                                          "\x1B[1K",
                                          "\x1B[J",
                                          "\x1B[1J",
                                          "\x1B[2J",
                                          "\x1B[H",
                                          "\x1B[2;5H",
                                          "\x1B[4;12H",
                                          "\x1B[3X",
                                          "\x1B[2P",
                                          "\x1B[2@",
                                          "\x1B[L",
                                          "\x1B[M",
                                          "\x1B[S",
                                          "\x1B[T",
                                          "\x1BM",
                                          "\x1B[A",
                                          "\x1B[B",
                                          "\x1B[3D",
                                          "\x1B[2C",
                                          "\x1B[2;3r",
                                          "\x1B[r",
                                          "\x1B[?6h",
                                          "\x1B[?6l",
                                          "\x1B[?7l",
                                          "\x1B[?7h",
                                          "\x1B[4h",
                                          "\x1B[4l",
                                          "\x1B[?25l",
                                          "\x1B[?25h",
                                          "\x1B[4 q",
                                          "\x1B[?12h",
                                          "\x1B"
                                          "7",
                                          "\x1B"
                                          "8",
                                          "\x1B(0",
                                          "\x1B(B",
                                          "\x1B)0",
                                          "\x0E",
                                          "\x0F",
                                          "qx",
                                          "\x1B[3g",
                                          "\x1BH",
                                          "\x1B[g",
                                          "\x1B]0;one\a",
                                          "\x1B]2;two\x1B\\",
                                          "\x1B[22;0t",
                                          "\x1B[23;0t",
                                          "\x1B]8;;http://a\x1B\\",
                                          "\x1B]8;;\x1B\\",
                                          "\x1B#8",
                                          "\x1B[?1049h",
                                          "\x1B[?6l\x1B[?1049l",
                                          "\x1B[?47h",
                                          "\x1B[?1047l",
                                          "\x1B[!p"};
  std::mt19937 random(1);
  const auto pieces = [&](size_t most) {
    std::string text;
    for (size_t n = random() % most; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
    return text;
  };
  for (int session = 0; session < 5'000; ++session) {
    std::string before = pieces(30);
    std::string after = pieces(12);
    if (random() % 4 == 0) {
      const size_t cut = random() % (before.size() + 1);
      after.insert(0, before.substr(cut));
      before.resize(cut);
    }
    Same(before, after);
    if (HasFailure()) {
      FAIL() << "session " << session << ":\n"
             << testing::PrintToString(before) << "\n"
             << testing::PrintToString(after);
    }
  }
}

}  // namespace
}  // namespace secure_exec
