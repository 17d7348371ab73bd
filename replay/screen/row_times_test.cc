#include "replay/screen/row_times.h"

#include <gtest/gtest.h>

#include <random>

namespace secure_exec {
namespace {

std::vector<int64_t> Cells(const RowTimes& times, size_t columns) {
  std::vector<int64_t> cells;
  const auto& marks = times.marks();
  size_t at = 0;
  for (uint32_t x = 0; x < columns; ++x) {
    while (at + 1 < marks.size() && marks[at + 1].column <= x) ++at;
    cells.push_back(marks.empty() ? -1 : marks[at].t_us);
  }
  return cells;
}

TEST(RowTimesTest, ARowThatGrows) {
  RowTimes times;
  times.Note(0, 2, 10);
  times.Note(2, 3, 20);
  times.Note(3, 4, 20);
  EXPECT_EQ(Cells(times, 4), (std::vector<int64_t>{10, 10, 20, 20}));
  EXPECT_EQ(times.marks().size(), 2u);
}

// Against an array of cells.
TEST(RowTimesTest, AnyOrder) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    RowTimes times;
    std::vector<int64_t> want(20, -1);
    uint32_t end = 0;
    for (int64_t t = 0; t < 8; ++t) {
      const uint32_t begin = random() % 19;
      const uint32_t stop = begin + 1 + random() % (20 - begin);
      times.Note(begin, stop, t);
      for (uint32_t x = begin; x < stop; ++x) want[x] = t;
      end = std::max(end, stop);
    }
    const auto got = Cells(times, 20);
    for (uint32_t x = 0; x < end; ++x) {
      if (want[x] >= 0) {
        ASSERT_EQ(got[x], want[x]) << round << " at " << x;
      }
    }
    ASSERT_LE(times.marks().size(), 20u);
  }
}

TEST(RowTimesTest, NoTwoInARowAreTheSame) {
  RowTimes times;
  times.Note(0, 10, 1);
  times.Note(4, 6, 2);
  EXPECT_EQ(times.marks(), (std::vector<RowTimes::Mark>{{0, 1}, {4, 2}, {6, 1}}));
  times.Note(3, 8, 1);
  EXPECT_EQ(times.marks(), (std::vector<RowTimes::Mark>{{0, 1}}));
}

TEST(RowTimesTest, ARowThatIsCleared) {
  RowTimes times;
  times.Note(0, 4, 1);
  times.Clear();
  EXPECT_TRUE(times.empty());
  times.Note(2, 3, 5);
  EXPECT_EQ(Cells(times, 4), (std::vector<int64_t>{5, 5, 5, 5}));
}

}  // namespace
}  // namespace secure_exec
