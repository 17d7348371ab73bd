#include "plugin/time_limit.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using Step = TimeLimit::Step;

TEST(TimeLimitTest, GivesOneNoticeAMinuteBeforeTheEnd) {
  TimeLimit limit(3600 * kSecond, 5 * kSecond);
  EXPECT_EQ(3545 * kSecond, limit.Deadline());
  EXPECT_EQ(Step::kNone, limit.Advance(3544 * kSecond));
  EXPECT_EQ(Step::kNotice, limit.Advance(3545 * kSecond));
  EXPECT_EQ(Step::kNone, limit.Advance(3604 * kSecond));
  EXPECT_EQ(3605 * kSecond, limit.Deadline());
  EXPECT_EQ(Step::kEnd, limit.Advance(3605 * kSecond));
}

TEST(TimeLimitTest, AShortOneGivesNoticeAtItsHalf) {
  TimeLimit limit(10 * kSecond, 0);
  EXPECT_EQ(5 * kSecond, limit.Deadline());
}

TEST(TimeLimitTest, NoneNeverEnds) {
  TimeLimit limit(0, 0);
  EXPECT_FALSE(limit.Deadline());
  EXPECT_EQ(Step::kNone, limit.Advance(INT64_MAX));
}

TEST(TimeLimitTest, ASleepPastTheEndEndsIt) {
  TimeLimit limit(3600 * kSecond, 0);
  EXPECT_EQ(Step::kEnd, limit.Advance(86'400 * kSecond));
}

}  // namespace
}  // namespace secure_exec
