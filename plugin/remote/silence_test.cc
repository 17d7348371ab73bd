#include "plugin/remote/silence.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(SilenceCounter, AddsUpWhatWasListenedTo) {
  Silence silence(100, 5);
  silence.Count(105, true);
  silence.Count(112, true);
  EXPECT_EQ(12, silence.length());
  EXPECT_EQ(112 + 61 - 12, silence.DeadlineOf(61));
}

TEST(SilenceCounter, AWordBreaksIt) {
  Silence silence(0, 5);
  silence.Count(5, true);
  silence.Break();
  EXPECT_EQ(0, silence.length());
  silence.Count(6, true);
  EXPECT_EQ(1, silence.length());
}

TEST(SilenceCounter, NobodyListenedIsNoSilence) {
  Silence silence(0, 5);
  silence.Count(5, true);
  silence.Count(10, false);
  EXPECT_EQ(0, silence.length());
}

TEST(SilenceCounter, AMachineThatSleptHeardNothing) {
  Silence silence(0, 5);
  silence.Count(1'000'000, true);
  EXPECT_EQ(10, silence.length());
  silence.Count(999'999, true);  // a clock that goes back counts nothing
  EXPECT_EQ(10, silence.length());
}

}  // namespace
}  // namespace secure_exec
