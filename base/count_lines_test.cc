#include "base/count_lines.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace secure_exec {
namespace {

TEST(CountLinesTest, AsOneByOne) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 6000; size += 1 + size / 8) {
    for (const unsigned others : {0U, 1U, 100U}) {
      std::string text;
      const char bytes[] = {'\n', '\x0B', '\x8A', '\0', '\xFF'};
      while (text.size() < size) text += bytes[others == 0 ? 0 : random() % others % sizeof bytes];
      EXPECT_EQ(CountLines(text), static_cast<size_t>(std::count(text.begin(), text.end(), '\n')));
    }
  }
}

TEST(CountLinesTest, LineFeedsAlone) {
  EXPECT_EQ(CountLines(std::string(100'001, '\n')), 100'001U);
  EXPECT_EQ(CountLines(""), 0U);
}

}  // namespace
}  // namespace secure_exec
