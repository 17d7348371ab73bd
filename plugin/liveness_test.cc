#include "plugin/liveness.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using Step = Liveness::Step;
constexpr int64_t kStart = 1000 * kSecond;
constexpr int64_t At(int64_t seconds) { return kStart + seconds * kSecond; }

TEST(LivenessTest, TellsAfterTenSeconds) {
  Liveness live(kStart);
  EXPECT_EQ(At(10), live.Deadline());
  EXPECT_EQ(Step::kNone, live.Advance(At(5), 4 * kSecond));
  EXPECT_EQ(At(11), live.Deadline());
  EXPECT_EQ(Step::kNone, live.Advance(At(10), 9 * kSecond));
  EXPECT_TRUE(live.answering());
  EXPECT_EQ(Step::kSilent, live.Advance(At(11), 10 * kSecond));
  EXPECT_FALSE(live.answering());
  EXPECT_EQ(INT64_MAX, live.Deadline());
}

TEST(LivenessTest, TellsOnceAndWhenItAnswersAgain) {
  Liveness live(kStart);
  live.Advance(At(10), 10 * kSecond);
  EXPECT_EQ(Step::kNone, live.Advance(At(20), 20 * kSecond));
  EXPECT_EQ(Step::kBack, live.Advance(At(21), 0));
  EXPECT_TRUE(live.answering());
  EXPECT_EQ(Step::kNone, live.Advance(At(22), kSecond));
}

TEST(LivenessTest, SaysNothingOfASleepBeforeAPingCouldBeAnswered) {
  Liveness live(kStart);
  EXPECT_EQ(Step::kNone, live.Advance(At(3600), 10 * kSecond));  // what Silence counts of it
  EXPECT_EQ(At(3605), live.Deadline());
  EXPECT_EQ(Step::kNone, live.Advance(At(3601), 0));
  EXPECT_EQ(At(3611), live.Deadline());
}

TEST(LivenessTest, TellsWhenNothingAnswersAfterASleep) {
  Liveness live(kStart);
  live.Advance(At(3600), 10 * kSecond);
  EXPECT_EQ(Step::kSilent, live.Advance(At(3605), 15 * kSecond));
}

TEST(LivenessTest, ASleepDoesNotEndWhatWasTold) {
  Liveness live(kStart);
  live.Advance(At(10), 10 * kSecond);
  EXPECT_EQ(Step::kNone, live.Advance(At(3600), 20 * kSecond));
  EXPECT_FALSE(live.answering());
}

}  // namespace
}  // namespace secure_exec
