#include "replay/screen/snapshot.h"

#include <random>

#include "replay/screen/screen_fixture.h"

namespace secure_exec {
namespace {

constexpr std::string_view kSession =
    "$ ls\r\n\x1B[1;34mdir\x1B[0m  file  \x1B]8;;https://example.com\x1B\\link\x1B]8;;\x1B\\\r\n"
    "e\u0301\u4E2D\U0001F468\u200D\U0001F469 0123456789\r\n\x1B"
    "7\x1B[?1049h\x1B[2;3r\x1B[?6h\x1B[4h\x1B(0lqk\x1B[3g\x1B[1;4H\x1BH\x1B]2;title\a\x1B[22t\x1B["
    "38;2;1;2;3;44m"
    "\x1B[2J\x1B[Hx\x1B[3b\x1B[?1049l\r\nafter\x1B[5 q\x1B[?25l\x1B]0;open";

class SnapshotTest : public ScreenTest {
 protected:
  std::unique_ptr<Screen> Copy(const Screen& screen) {
    auto copy = Screen::Restore(screen.Snapshot());
    EXPECT_TRUE(copy.has_value());
    return copy ? std::move(*copy) : nullptr;
  }
};

// At each byte of a session: the copy is the same, and stays so when both go on.
TEST_F(SnapshotTest, ACopyGoesOnAsTheOriginal) {
  for (size_t cut = 0; cut <= kSession.size(); ++cut) {
    Screen screen({.size = {.columns = 12, .rows = 4}});
    screen.Feed(kSession.substr(0, cut));
    const auto copy = Copy(screen);
    ASSERT_NE(copy, nullptr) << cut;
    ASSERT_EQ(copy->Snapshot(), screen.Snapshot()) << cut;
    for (Screen* one : {&screen, copy.get()}) {
      one->Feed(kSession.substr(cut));
      one->Feed("\x1B\\more");
      one->Resize({.columns = 7, .rows = 9});
      one->Feed(
          "\x1B[?1049h\x1B[?1049l\x1B"
          "8end");
    }
    ASSERT_EQ(copy->Snapshot(), screen.Snapshot()) << cut;
  }
}

TEST_F(SnapshotTest, KeepsWhatCanBeSeen) {
  Feed("\x1B]2;title\a\x1B[1;31mred\x1B]8;;https://example.com\ae\u0301");
  const auto copy = Copy(screen_);
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(ScreenText(*copy), Text());
  EXPECT_EQ(copy->title(), "title");
  const Style& style = copy->palette().style(copy->row(0).At(3).style);
  EXPECT_EQ(style.foreground, Colour::Indexed(1));
  EXPECT_TRUE(style.Has(Style::kBold));
  EXPECT_EQ(copy->palette().link(style.link), "https://example.com");
}

TEST_F(SnapshotTest, EveryCutIsRefused) {
  Feed(kSession);
  const std::string snapshot = screen_.Snapshot();
  for (size_t size = 0; size < snapshot.size(); ++size) {
    const auto restored = Screen::Restore(snapshot.substr(0, size));
    ASSERT_FALSE(restored.has_value()) << size;
    ASSERT_EQ(restored.error().kind, ErrorKind::kFormat);
  }
  EXPECT_FALSE(Screen::Restore(snapshot + "x").has_value());
}

// What is accepted after all works, and is stable.
TEST_F(SnapshotTest, AlteredBytesAreRefusedOrHarmless) {
  Feed(kSession);
  const std::string snapshot = screen_.Snapshot();
  std::mt19937 random(1);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string altered = snapshot;
    for (int n = 0; n < 2; ++n) altered[random() % altered.size()] = static_cast<char>(random());
    const auto restored = Screen::Restore(altered);
    if (!restored) continue;
    ++accepted;
    Screen& screen = **restored;
    const auto again = Screen::Restore(screen.Snapshot());
    ASSERT_TRUE(again.has_value());
    screen.Feed("\x1B\\text\u0301\x1B[2;2H\x1B[L\x1B[@\r\n\n\n\n\n\x1B[?1049l");
    screen.Resize({.columns = 3, .rows = 3});
    ScreenText(screen);
  }
  EXPECT_GT(accepted, 0);
}

TEST_F(SnapshotTest, IsSmall) {
  Screen screen({});
  for (int i = 0; i < 1000; ++i) screen.Feed("a line of a log, as there are many\r\n");
  EXPECT_LT(screen.Snapshot().size(), 20'000u);
}

}  // namespace
}  // namespace secure_exec
