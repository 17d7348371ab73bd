#include "base/utc.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

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

}  // namespace
}  // namespace secure_exec
