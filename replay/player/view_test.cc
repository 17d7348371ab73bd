#include "replay/player/view.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

class ViewTest : public testing::Test {
 protected:
  ViewTest() : screen_({.size = {.columns = 200, .rows = 50}}) { Fit(); }
  void Fit(int columns = 80, int rows = 20) { view_.Fit(screen_, columns, rows); }
  // Of a move, what is left and above the window.
  std::pair<int, int> Moved(View::Direction direction, std::optional<int> cells = {}) {
    view_.Move(direction, cells);
    Fit();
    return {view_.left(), view_.top()};
  }
  using At = std::pair<int, int>;
  Screen screen_;
  View view_;
};

TEST_F(ViewTest, FollowsTheCursor) {
  screen_.Feed("\x1B[40;150H");
  Fit();
  EXPECT_EQ(At(view_.left(), view_.top()), At(70, 20));
  screen_.Feed("\x1B[H");
  Fit();
  EXPECT_EQ(At(view_.left(), view_.top()), At(0, 0));
}

TEST_F(ViewTest, MovesByAQuarterOfTheWindow) {
  EXPECT_EQ(Moved(View::kRight), At(20, 0));
  EXPECT_EQ(Moved(View::kDown), At(20, 5));
  EXPECT_EQ(Moved(View::kLeft), At(0, 5));
  EXPECT_EQ(Moved(View::kUp), At(0, 0));
}

TEST_F(ViewTest, MovesByCellsAndNotBeyondTheEdges) {
  EXPECT_EQ(Moved(View::kRight, 3), At(3, 0));
  EXPECT_EQ(Moved(View::kRight, 10'000), At(120, 0));
  EXPECT_EQ(Moved(View::kUp, 10'000), At(120, 0));
  view_.MoveToEdge(View::kDown);
  EXPECT_EQ(view_.top(), 30);
}

TEST_F(ViewTest, StaysWhereItWasMovedUntilItFollowsAgain) {
  Moved(View::kDown);
  screen_.Feed("\x1B[50;200H");
  view_.Forget();
  Fit();
  EXPECT_EQ(view_.top(), 5);
  view_.FollowCursor();
  Fit();
  EXPECT_EQ(At(view_.left(), view_.top()), At(120, 30));
}

TEST_F(ViewTest, SaysWhatItShows) {
  Moved(View::kRight, 12);
  Moved(View::kDown, 2);
  EXPECT_EQ(view_.Text(), "view 13,3 of 200x50");
  EXPECT_TRUE(view_.partial());
  Fit(200, 50);
  EXPECT_FALSE(view_.partial());
  EXPECT_EQ(At(view_.left(), view_.top()), At(0, 0));
}

}  // namespace
}  // namespace secure_exec
