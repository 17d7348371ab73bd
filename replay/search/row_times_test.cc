#include "replay/search/row_times.h"

#include <gtest/gtest.h>

#include <random>

namespace secure_exec {
namespace {

std::vector<int64_t> Cells(const RowTimes& times, uint64_t row, size_t columns) {
  std::vector<int64_t> cells;
  const auto& marks = times.Of(row);
  size_t at = 0;
  for (uint32_t x = 0; x < columns; ++x) {
    while (at + 1 < marks.size() && marks[at + 1].column <= x) ++at;
    cells.push_back(marks.empty() ? -1 : marks[at].t_us);
  }
  return cells;
}

TEST(RowTimesTest, ARowThatGrows) {
  RowTimes times;
  times.Note(7, 0, 2, 10);
  times.Note(7, 2, 3, 20);
  times.Note(7, 3, 4, 20);
  EXPECT_EQ(Cells(times, 7, 4), (std::vector<int64_t>{10, 10, 20, 20}));
  EXPECT_EQ(times.Of(7).size(), 2u);
  EXPECT_TRUE(times.Of(8).empty());
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
      times.Note(1, begin, stop, t);
      for (uint32_t x = begin; x < stop; ++x) want[x] = t;
      end = std::max(end, stop);
    }
    const auto got = Cells(times, 1, 20);
    for (uint32_t x = 0; x < end; ++x) {
      if (want[x] >= 0) {
        ASSERT_EQ(got[x], want[x]) << round << " at " << x;
      }
    }
    ASSERT_LE(times.Of(1).size(), 20u);
  }
}

TEST(RowTimesTest, RowsAreForgotten) {
  RowTimes times;
  for (uint64_t row = 0; row < 10; ++row) times.Note(row, 0, 1, 1);
  times.Forget(3);
  times.Keep([](uint64_t row) { return row < 5; });
  EXPECT_EQ(times.size(), 4u);
  EXPECT_FALSE(times.Knows(3));
  EXPECT_TRUE(times.Knows(4));
}

}  // namespace
}  // namespace secure_exec
