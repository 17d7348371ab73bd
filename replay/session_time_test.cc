#include "replay/session_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace secure_exec {
namespace {

// It began at 2025-11-23 14:03:00Z.
CastHeader Header() {
  CastHeader header;
  header.timestamp = 1763906580;
  return header;
}

int64_t Us(std::string_view text) { return ParseSessionTime(text, Header()).value_or(-1); }

TEST(SessionTime, Offsets) {
  EXPECT_EQ(Us("0"), 0);
  EXPECT_EQ(Us("90"), 90'000'000);
  EXPECT_EQ(Us("90.5"), 90'500'000);
  EXPECT_EQ(Us("1:30"), 90'000'000);
  EXPECT_EQ(Us("0:01:30.250"), 90'250'000);
  EXPECT_EQ(Us("1m30s"), 90'000'000);
  EXPECT_EQ(Us("250ms"), 250'000);
}

TEST(SessionTime, TimesOfDay) {
  EXPECT_EQ(Us("2025-11-23 14:03:07.5Z"), 7'500'000);
  EXPECT_EQ(Us("2025-11-23T15:03:07+01:00"), 7'000'000);
  EXPECT_EQ(Us("14:03:07Z"), 7'000'000);
  EXPECT_EQ(Us("2025-11-23 14:02:00Z"), 0) << "before the start is the start";
  EXPECT_EQ(Us("14:02:59Z"), int64_t{86'399} * 1'000'000) << "of the next day";
}

TEST(SessionTime, WhatIsNone) {
  for (const char* text : {"", "-1", "x", "1:60", "1:2:3:4", "1:", "1.", ".5", "1..5", "25:00:00Z",
                           "9999999999999", "2025-13-01 00:00:00Z", "-1s", "1e3"}) {
    EXPECT_EQ(Us(text), -1) << text;
  }
}

TEST(SessionTime, AStartThatCannotBe) {
  CastHeader header;
  header.timestamp = -9'223'372'036;
  EXPECT_GT(ParseSessionTime("2026-01-01 00:00:00Z", header).value(), INT64_MAX / 2000);
  EXPECT_LT(ParseSessionTime("14:03:07Z", header).value(), int64_t{86'400} * 1'000'000);
}

TEST(SessionTime, ATimeOfDayNeedsAStart) {
  const auto us = ParseSessionTime("14:03:07Z", CastHeader());
  ASSERT_FALSE(us);
  EXPECT_THAT(us.error().message, testing::HasSubstr("give an offset"));
}

}  // namespace
}  // namespace secure_exec
