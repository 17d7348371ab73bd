#include "base/time_text.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(FormatUtcSeconds, IsRfc3339) {
  EXPECT_EQ("2023-11-14T22:13:20Z", FormatUtcSeconds(1'700'000'000));
}

TEST(ParseRfc3339, TakesWhatGoWrites) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseRfc3339("2023-11-14T22:13:20Z"), 1'700'000'000);
  EXPECT_EQ(ParseRfc3339("2023-11-14T22:13:20.123456Z"), 1'700'000'000);
  EXPECT_EQ(ParseRfc3339("2023-11-14T22:13:20.999999999Z"), 1'700'000'000);
  EXPECT_EQ(ParseRfc3339("2023-11-15T03:43:20+05:30"), 1'700'000'000);
  EXPECT_EQ(ParseRfc3339("2023-11-14T19:13:20.5-03:00"), 1'700'000'000);
  EXPECT_EQ(ParseRfc3339("2024-02-29T00:00:00Z"), 1'709'164'800);
  // Go's zero time, which a Time without omitempty can be.
  EXPECT_EQ(ParseRfc3339("0001-01-01T00:00:00Z"), -62'135'596'800);
  EXPECT_EQ(ParseRfc3339("9999-12-31T23:59:59Z"), 253'402'300'799);
}

TEST(ParseRfc3339, RefusesTheRest) {
  for (const char* text : {"",
                           "Z",
                           "2023-11-14",
                           "2023-11-14T22:13:20",
                           "2023-11-14 22:13:20Z",
                           "2023-11-14t22:13:20z",
                           "2023-11-14T22:13Z",
                           "0000-01-01T00:00:00Z",
                           "2023-13-01T00:00:00Z",
                           "2023-00-01T00:00:00Z",
                           "2023-02-29T00:00:00Z",
                           "2023-11-31T00:00:00Z",
                           "2023-11-00T00:00:00Z",
                           "2023-11-14T24:00:00Z",
                           "2023-11-14T22:60:00Z",
                           "2023-11-14T22:13:60Z",
                           "2023-11-14T22:13:20.Z",
                           "2023-11-14T22:13:20.1234567890Z",
                           "2023-11-14T22:13:20ZZ",
                           "2023-11-14T22:13:20+0530",
                           "2023-11-14T22:13:20+24:00",
                           "2023-11-14T22:13:20+05:60",
                           "2023-11-14T22:13:20+05:30Z",
                           "+023-11-14T22:13:20Z",
                           " 2023-11-14T22:13:20Z",
                           "12023-11-14T22:13:20Z"})
    EXPECT_FALSE(ParseRfc3339(text).has_value()) << text;
}

TEST(ParseRfc3339, NoPrefixOfATimeIsATime) {
  const std::string_view whole = "2023-11-14T22:13:20.123456+05:30";
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(ParseRfc3339(whole.substr(0, size)).has_value()) << size;
}

TEST(ParseRfc3339, ReadsWhatIsFormatted) {
  for (int64_t seconds = -62'135'596'800; seconds < 253'402'300'800; seconds += 7'777'777'777)
    EXPECT_EQ(ParseRfc3339(FormatUtcSeconds(seconds)), seconds);
}

// The numbers are date(1)'s: date -u -d 2026-11-23T14:03:07Z +%s
TEST(Utc, ReadsTimes) {
  EXPECT_EQ(ParseUtcTime("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseUtcTime("2026-11-23T14:03:07Z"), 1795442587'000000000);
  EXPECT_EQ(ParseUtcTime("2026-11-23T14:03:07.5Z"), 1795442587'500000000);
  EXPECT_EQ(ParseUtcTime("2026-11-23T14:03:07.000001Z"), 1795442587'000001000);
  EXPECT_EQ(ParseUtcTime("2026-11-23T14:03:07.123456789Z"), 1795442587'123456789);
  EXPECT_EQ(ParseUtcTime("2024-02-29T00:00:00Z"), 1709164800'000000000);
}
TEST(Utc, ReadsDates) {
  EXPECT_EQ(ParseUtcDate("2026-11-23"), 1795392000'000000000);
  EXPECT_EQ(ParseUtcDate("2200-12-31"), 7289568000'000000000);
}
TEST(Utc, RefusesWhatIsNotOfTheForm) {
  for (const char* text : {"",
                           "Z",
                           "2026-11-23",
                           "2026-11-23T14:03:07",
                           "2026-11-23 14:03:07Z",
                           "2026-11-23T14:03:07+00:00",
                           "2026-11-23T14:03:07.Z",
                           "2026-11-23T14:03:07.1234567890Z",
                           "2026-11-23T14:03:07,5Z",
                           "2026-11-23T24:00:00Z",
                           "2026-11-23T14:60:00Z",
                           "2026-11-23T14:03:60Z",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "1969-12-31T23:59:59Z",
                           "2201-01-01T00:00:00Z",
                           "-026-11-23T14:03:07Z",
                           "2026-11-23T14:03:07.1x3Z",
                           "2026-11-23T1:03:07Z"}) {
    EXPECT_FALSE(ParseUtcTime(text)) << text;
  }
  for (const char* text :
       {"", "2026-1-23", "2026-11-31", "2026-11-23T", "26-11-23", "2026/11/23"}) {
    EXPECT_FALSE(ParseUtcDate(text)) << text;
  }
}

TEST(FormatDuration, HasAtMostTwoUnits) {
  EXPECT_EQ(FormatDuration(-5), "0 s");
  EXPECT_EQ(FormatDuration(0), "0 s");
  EXPECT_EQ(FormatDuration(119), "119 s");
  EXPECT_EQ(FormatDuration(120), "2 min");
  EXPECT_EQ(FormatDuration(7199), "119 min");
  EXPECT_EQ(FormatDuration(7200), "2 h 0 min");
  EXPECT_EQ(FormatDuration(172'799), "47 h 59 min");
  EXPECT_EQ(FormatDuration(172'800), "2 days");
  EXPECT_EQ(FormatDuration(INT64_MAX), "106751991167300 days");
}

}  // namespace
}  // namespace secure_exec
