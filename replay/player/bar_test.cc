#include "replay/player/bar.h"

#include <gmock/gmock.h>

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class BarTest : public testing::Test {
 protected:
  BarTest() {
    header_.session.emplace();
    header_.session->start_wall_ns = 1763906580'000'000'000;
    header_.session->user.local = "alice";
    header_.session->context = "prod";
    header_.session->name_space = "shop";
    header_.session->pod = "web-0";
  }
  std::string Bar(int columns) const { return BarText(header_, state_, columns); }
  CastHeader header_;
  BarState state_{.now_us = 61'500'000, .end_us = 123'000'000, .max_idle_us = {}};
};

TEST_F(BarTest, Whole) {
  state_.speed = 2;
  state_.max_idle_us = 1'500'000;
  EXPECT_EQ(Bar(150),
            " > 2025-11-23 14:04:01Z 0:01:01/0:02:03 [==============>             ] 2x idle<1.5s "
            "prod/shop/web-0 alice ?:help");
}

TEST_F(BarTest, FitsIntoAnyWidth) {
  state_.speed = 0.25;
  for (int columns = 1; columns < 200; ++columns) {
    EXPECT_LE(TextColumns(Bar(columns)), std::max(columns, 2));
    EXPECT_THAT(Bar(columns), StartsWith(" >"));
  }
  EXPECT_THAT(Bar(20), HasSubstr("0:01:01/0:02:03"));
}

TEST_F(BarTest, States) {
  state_.state = BarState::kPaused;
  EXPECT_THAT(Bar(80), StartsWith(" ||"));
  state_.state = BarState::kEnd;
  EXPECT_THAT(Bar(80), StartsWith(" END"));
}

TEST_F(BarTest, WithoutAnEnd) {
  state_.end_us.reset();
  EXPECT_THAT(Bar(80), HasSubstr(" 0:01:01 "));
  EXPECT_THAT(Bar(80), Not(HasSubstr("[")));
}

TEST_F(BarTest, TheViewWhereItIsNotTheWholeScreen) {
  state_.view = "view 13,1 of 200x50";
  EXPECT_THAT(Bar(150), HasSubstr(" view 13,1 of 200x50 prod"));
  state_.view_held = true;
  EXPECT_THAT(Bar(80), HasSubstr("view 13,1 of 200x50 f:follow"));
}

TEST_F(BarTest, HelpFitsIntoAnyWidth) {
  for (const int columns : {18, 30, 40, 76, 300}) {
    std::string all;
    for (const std::string& line : HelpLines(columns)) {
      EXPECT_LE(TextColumns(line), columns) << line;
      all += line + " ";
    }
    // No word is lost.
    for (const char* word : {"space", "pause,", "shift-arrows,", "14:03:07Z,", "screen;", "quit"}) {
      EXPECT_THAT(all, HasSubstr(word)) << columns;
    }
  }
  EXPECT_LE(HelpLines(78).size(), 23u);
}

TEST_F(BarTest, NamesAreMadeSafeAndCut) {
  header_.session->pod = "\x1B]52;c;x\a\u202E" + std::string(1000, 'p');
  const std::string bar = Bar(200);
  EXPECT_THAT(bar, Not(HasSubstr("\x1B")));
  EXPECT_THAT(bar, Not(HasSubstr("\u202E")));
  EXPECT_THAT(bar, HasSubstr("\u2026 alice"));
}

}  // namespace
}  // namespace secure_exec
