#include "base/go_time.h"

#include <gtest/gtest.h>
#include <time.h>

#include <limits>

#include "base/clock.h"

namespace secure_exec {
namespace {

std::string ErrorOf(std::string_view text) {
  const auto time = ParseGoTime(text);
  return time ? "none" : time.error();
}

TEST(Rfc3339, AgreesWithTimegmOnEveryDayOfFourCenturies) {
  for (int64_t day = -141'427; day < 146'097; ++day) {  // 1582 to 2370: all of what 64 bits hold
    const time_t seconds = day * 86'400 + 86'399;
    if (seconds < -9'223'372'036 || seconds > 9'223'372'036) continue;
    tm fields{};
    ASSERT_NE(gmtime_r(&seconds, &fields), nullptr);
    char text[32];
    ASSERT_GT(strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &fields), 0u);
    ASSERT_EQ(ParseGoTime(text).value_or(0), seconds * kSecond) << text;
  }
}

TEST(Rfc3339, FractionsAndZones) {
  EXPECT_EQ(*ParseGoTime("1970-01-01T00:00:00.5Z"), kSecond / 2);
  EXPECT_EQ(*ParseGoTime("1970-01-01T00:00:00,123456789123Z"), 123'456'789);
  EXPECT_EQ(*ParseGoTime("1970-01-01T01:30:00+01:30"), 0);
  EXPECT_EQ(*ParseGoTime("1969-12-31T19:00:00-05:00"), 0);
  EXPECT_EQ(*ParseGoTime("1970-01-01T0:00:01Z"), kSecond);  // Go takes one digit for the hour
}

TEST(Rfc3339, WhatDoesNotFitIsTheNearest) {
  EXPECT_EQ(*ParseGoTime("9999-12-31T23:59:59Z"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(*ParseGoTime("0001-01-01T00:00:00Z"), std::numeric_limits<int64_t>::min());
}

// The texts are what kubectl 1.36 prints.
TEST(Rfc3339, GoSaysWhatIsWrong) {
  EXPECT_EQ(ErrorOf("yesterday"),
            "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse "
            "\"yesterday\" as \"2006\"");
  EXPECT_EQ(ErrorOf(""),
            "parsing time \"\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"2006\"");
  EXPECT_EQ(ErrorOf("2026-13-01T00:00:00Z"),
            "parsing time \"2026-13-01T00:00:00Z\": month out of range");
  EXPECT_EQ(ErrorOf("2026-02-29T00:00:00Z"),
            "parsing time \"2026-02-29T00:00:00Z\": day out of range");
  EXPECT_EQ(ErrorOf("2026-11-01 00:00:00Z"),
            "parsing time \"2026-11-01 00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse "
            "\" 00:00:00Z\" as \"T\"");
  EXPECT_EQ(ErrorOf("2026-11-01T00:00:00Z."),
            "parsing time \"2026-11-01T00:00:00Z.\": extra text: \".\"");
}

TEST(Rfc3339, EveryCutIsRefused) {
  const std::string whole = "2026-11-26T20:56:36.25+01:00";
  ASSERT_TRUE(ParseGoTime(whole).has_value());
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(ParseGoTime(whole.substr(0, length)).has_value()) << length;
  }
}

TEST(Rfc3339, NothingUnprintableIsQuoted) {
  EXPECT_EQ(ErrorOf("\x1b[31m").find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace secure_exec
