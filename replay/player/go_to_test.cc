#include "replay/player/go_to.h"

#include <gmock/gmock.h>

namespace secure_exec {
namespace {

using testing::HasSubstr;

class GoToTest : public testing::Test {
 protected:
  GoToTest() { header_.timestamp = 1763906580; }  // 14:03:00Z
  double Seconds(std::string_view text) {
    const auto time = ParseGoTo(text, header_, where_);
    return time ? static_cast<double>(*time) / 1e6 : -1;
  }
  CastHeader header_;
  Whereabouts where_{.now_us = 100'000'000, .end_us = 600'000'000};
};

TEST_F(GoToTest, Times) {
  EXPECT_EQ(Seconds("90"), 90);
  EXPECT_EQ(Seconds(" 1:30.5 "), 90.5);
  EXPECT_EQ(Seconds("14:04:10Z"), 70);
  EXPECT_EQ(Seconds("2025-11-23 14:05:00Z"), 120);
}

TEST_F(GoToTest, ATimeOfDayNeedsNoZWhereItCanBeNothingElse) {
  EXPECT_EQ(Seconds("14:04:10"), 70);
  EXPECT_EQ(Seconds("0:20:00"), 1200);  // beyond the end, and so is that time of day
  where_.end_us = 60'000'000'000;
  EXPECT_EQ(Seconds("14:04:10"), 14 * 3600 + 4 * 60 + 10);
}

TEST_F(GoToTest, FromNowOn) {
  EXPECT_EQ(Seconds("+30"), 130);
  EXPECT_EQ(Seconds("-1:00"), 40);
  EXPECT_EQ(Seconds("-5:00"), 0);
}

TEST_F(GoToTest, PartsOfTheWhole) {
  EXPECT_EQ(Seconds("0%"), 0);
  EXPECT_EQ(Seconds("50%"), 300);
  EXPECT_EQ(Seconds("100%"), 600);
  for (const char* bad : {"101%", "-1%", "%", "5x%"}) EXPECT_EQ(Seconds(bad), -1) << bad;
  where_.end_us.reset();
  EXPECT_THAT(ParseGoTo("50%", header_, where_).error().message, HasSubstr("not known yet"));
}

TEST_F(GoToTest, WhatIsNoTimeSaysWhatOneIs) {
  EXPECT_THAT(ParseGoTo("noon", header_, where_).error().message, HasSubstr("\"noon\" is no time"));
  EXPECT_EQ(Seconds("+noon"), -1);
}

}  // namespace
}  // namespace secure_exec
