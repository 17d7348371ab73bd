#include "replay/player/screen_search.h"

#include <gtest/gtest.h>

#include "replay/screen/screen_fixture.h"

namespace secure_exec {
namespace {

class ScreenSearchTest : public testing::Test {
 protected:
  bool Appears(std::string_view bytes) {
    screen_.Feed(bytes);
    return search_.Appeared(screen_);
  }
  Screen screen_{{.size = {.columns = 10, .rows = 4}}};
  ScreenSearch search_{std::move(*Matcher::Create("needle", {.ignore_case = true, .fixed = true}))};
};

TEST_F(ScreenSearchTest, OnceWhenItAppears) {
  EXPECT_FALSE(Appears("a need"));
  EXPECT_TRUE(Appears("le"));
  EXPECT_FALSE(Appears("!"));
  EXPECT_FALSE(Appears("\r\nmore\r\nand\r\nmore\r\n"));
}

TEST_F(ScreenSearchTest, AgainWhenItComesAgain) {
  EXPECT_TRUE(Appears("needle"));
  EXPECT_FALSE(Appears("\x1B[1;1Hxxxxxx"));
  EXPECT_TRUE(Appears("\x1B[1;1HNeedle"));
  EXPECT_TRUE(Appears("\r\nneedle"));
}

TEST_F(ScreenSearchTest, WhatIsThereDoesNotAppear) {
  screen_.Feed("needle");
  search_.Begin(screen_);
  EXPECT_FALSE(Appears(" x"));
}

TEST_F(ScreenSearchTest, AcrossTheMargin) { EXPECT_TRUE(Appears("12345678needle")); }

TEST_F(ScreenSearchTest, Places) {
  screen_.Feed("12345678needle needle");
  const auto places = search_.Places(screen_);
  ASSERT_EQ(places.size(), 12u);
  EXPECT_EQ(places[0].x, 8);
  EXPECT_EQ(places[2].x, 0);
  EXPECT_EQ(places[2].y, 1);
}

TEST_F(ScreenSearchTest, MemoryIsBounded) {
  for (int i = 0; i < 20'000; ++i) EXPECT_TRUE(Appears("\r\nneedle"));
}

}  // namespace
}  // namespace secure_exec
