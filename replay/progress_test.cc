#include "replay/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

TEST(Progress, SaysHowFarItIs) {
  EXPECT_EQ(ProgressLine(0, 2048, 0, 2),
            "verify [>                   ]   0%  0B of 2.0K, 0 of 2 recordings");
  EXPECT_EQ(ProgressLine(1024, 2048, 1, 2),
            "verify [==========>         ]  50%  1.0K of 2.0K, 1 of 2 recordings");
  EXPECT_EQ(ProgressLine(4096, 2048, 2, 2),
            "verify [====================] 100%  2.0K of 2.0K, 2 of 2 recordings");
  EXPECT_EQ(ProgressLine(0, 0, 0, 0),
            "verify [====================] 100%  0B of 0B, 0 of 0 recordings");
}
TEST(Progress, ShortWorkShowsNone) {
  StringOutput out;
  out.terminal = true;
  {
    Progress progress(out, 10, 1, 0);
    progress.Update(5, 0, kSecond - 1);
  }
  EXPECT_EQ(out.text, "");
}
TEST(Progress, LongWorkShowsItAndTakesItAway) {
  StringOutput out;
  out.terminal = true;
  Progress progress(out, 10, 1, 0);
  progress.Update(5, 0, kSecond);
  EXPECT_THAT(out.text, HasSubstr("50%"));
  const size_t size = out.text.size();
  progress.Update(6, 0, kSecond + kMillisecond);
  EXPECT_EQ(out.text.size(), size) << "ten times a second at most";
  progress.Clear();
  EXPECT_THAT(out.text, EndsWith("\r\x1b[K"));
}
TEST(Progress, OnlyATerminalShowsIt) {
  StringOutput out;
  Progress progress(out, 10, 1, 0);
  progress.Update(5, 0, 100 * kSecond);
  progress.Clear();
  out.Flush();
  EXPECT_EQ(out.text, "");
}

}  // namespace
}  // namespace secure_exec
