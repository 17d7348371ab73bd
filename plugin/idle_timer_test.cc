#include "plugin/idle_timer.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using Step = IdleTimer::Step;
using Answer = ForegroundProbe::Answer;

class FakeProbe : public ForegroundProbe {
 public:
  void Ask() override {
    ++asked;
    answer_.reset();
  }
  int fd() const override { return -1; }
  short PollEvents() override { return 0; }
  void Advance() override {}
  std::optional<int64_t> Deadline() const override { return std::nullopt; }
  std::optional<Answer> answer() const override { return answer_; }

  int asked = 0;
  std::optional<Answer> answer_;
};

struct IdleTimerTest : testing::Test {
  void Start(IdleTimer::Options options, ForegroundProbe* asked = nullptr) {
    timer.emplace(options, clock.boot_ns, asked);
  }
  Step After(int64_t seconds) {
    clock.Advance(seconds * kSecond);
    return timer->Advance(clock.boot_ns);
  }
  int64_t DueIn() const { return *timer->Deadline() - clock.boot_ns; }

  FakeClock clock;
  FakeProbe probe;
  std::optional<IdleTimer> timer;
};

constexpr IdleTimer::Options kTenMinutes{.timeout_ns = 600 * kSecond};

TEST_F(IdleTimerTest, GivesNoticeAMinuteBeforeTheEnd) {
  Start(kTenMinutes);
  EXPECT_EQ(540 * kSecond, DueIn());
  EXPECT_EQ(Step::kNone, After(539));
  EXPECT_EQ(Step::kNotice, After(1));
  EXPECT_EQ(clock.boot_ns + 60 * kSecond, timer->ends_at());
  EXPECT_EQ(60 * kSecond, DueIn());
  EXPECT_EQ(Step::kNone, After(59));
  EXPECT_EQ(Step::kEnd, After(1));
  EXPECT_EQ(600 * kSecond, timer->idle_for(clock.boot_ns));
}

TEST_F(IdleTimerTest, AShortTimeoutGivesNoticeAtItsHalf) {
  Start({.timeout_ns = 8 * kSecond});
  EXPECT_EQ(Step::kNone, After(3));
  EXPECT_EQ(Step::kNotice, After(1));
  EXPECT_EQ(Step::kEnd, After(4));
  EXPECT_EQ(60 * kSecond, WarningOf(120 * kSecond));
  EXPECT_EQ(59 * kSecond, WarningOf(118 * kSecond));
}

TEST_F(IdleTimerTest, WithoutATimeoutNothingEnds) {
  Start({});
  EXPECT_FALSE(timer->Deadline());
  EXPECT_EQ(Step::kNone, After(1'000'000));
  EXPECT_TRUE(timer->Wanted(clock.boot_ns));
}

TEST_F(IdleTimerTest, OutputAndInputAreLife) {
  Start(kTenMinutes);
  After(500);
  timer->OnOutput(clock.boot_ns);
  EXPECT_EQ(Step::kNone, After(500));
  timer->OnInput(clock.boot_ns);
  EXPECT_EQ(Step::kNone, After(500));
  EXPECT_EQ(Step::kNotice, After(40));
}

TEST_F(IdleTimerTest, OutputIsNoLifeWhereInputAloneCounts) {
  Start({.timeout_ns = 600 * kSecond, .on_input_only = true});
  After(500);
  timer->OnOutput(clock.boot_ns);
  EXPECT_EQ(Step::kNotice, After(40));
  timer->OnOutput(clock.boot_ns);
  EXPECT_EQ(Step::kEnd, After(60));
}

TEST_F(IdleTimerTest, AKeyAnswersTheNotice) {
  Start(kTenMinutes);
  EXPECT_EQ(Step::kNotice, After(540));
  After(59);
  timer->OnInput(clock.boot_ns);
  EXPECT_LE(*timer->Deadline(), clock.boot_ns);
  EXPECT_EQ(Step::kAnswered, After(0));
  EXPECT_EQ(540 * kSecond, DueIn());
  EXPECT_EQ(Step::kNotice, After(540));
}

TEST_F(IdleTimerTest, LifeWithoutANoticeAnswersNothing) {
  Start(kTenMinutes);
  After(10);
  timer->OnInput(clock.boot_ns);
  EXPECT_EQ(Step::kNone, After(0));
}

TEST_F(IdleTimerTest, AMachineThatSleptPastTheEndEndsWithoutANotice) {
  Start(kTenMinutes);
  EXPECT_EQ(Step::kEnd, After(86'400));
}

TEST_F(IdleTimerTest, AsksWithTheNoticeAndBeforeTheEnd) {
  Start(kTenMinutes, &probe);
  After(540);
  EXPECT_EQ(1, probe.asked);
  EXPECT_EQ(55 * kSecond, DueIn());
  After(54);
  EXPECT_EQ(1, probe.asked);
  After(1);
  EXPECT_EQ(2, probe.asked);
  EXPECT_EQ(5 * kSecond, DueIn());
}

TEST_F(IdleTimerTest, AShellThatWaitsAloneIsEnded) {
  Start(kTenMinutes, &probe);
  After(540);
  After(55);
  probe.answer_ = Answer::kShellOnly;
  EXPECT_EQ(Step::kNone, After(4));
  EXPECT_EQ(Step::kEnd, After(1));
}

TEST_F(IdleTimerTest, ARunningJobKeepsTheSession) {
  Start(kTenMinutes, &probe);
  After(540);
  After(55);
  probe.answer_ = Answer::kJobRuns;
  EXPECT_EQ(Step::kJobRuns, After(5));
  EXPECT_TRUE(timer->Wanted(clock.boot_ns));
  EXPECT_EQ(295 * kSecond, DueIn());
  EXPECT_EQ(Step::kNone, After(295));
  EXPECT_EQ(3, probe.asked);
  probe.answer_ = Answer::kJobRuns;
  EXPECT_EQ(Step::kNone, After(5));  // said once
  After(295);
  probe.answer_ = Answer::kShellOnly;
  EXPECT_EQ(Step::kEnd, After(5));
}

TEST_F(IdleTimerTest, AKeyAnswersANoticeThatStandsForAJob) {
  Start(kTenMinutes, &probe);
  After(540);
  After(55);
  probe.answer_ = Answer::kJobRuns;
  After(5);
  timer->OnInput(clock.boot_ns);
  EXPECT_EQ(Step::kAnswered, After(0));
  EXPECT_EQ(Step::kNotice, After(540));
}

TEST_F(IdleTimerTest, AJobIsNotAskedForWhereItIsEndedToo) {
  Start({.timeout_ns = 600 * kSecond, .end_foreground_jobs = true}, &probe);
  After(540);
  EXPECT_EQ(Step::kEnd, After(60));
  EXPECT_EQ(0, probe.asked);
}

TEST_F(IdleTimerTest, NotKnownEndsTheSession) {
  Start(kTenMinutes, &probe);
  After(540);
  After(55);
  probe.answer_ = Answer::kUnknown;
  EXPECT_EQ(Step::kEnd, After(5));
}

TEST_F(IdleTimerTest, AnAnswerThatDoesNotComeIsWaitedForTenSeconds) {
  Start(kTenMinutes, &probe);
  After(540);
  After(55);
  EXPECT_EQ(Step::kNone, After(5));
  EXPECT_EQ(10 * kSecond, DueIn());
  EXPECT_EQ(Step::kNone, After(9));
  EXPECT_EQ(Step::kEnd, After(1));
}

TEST_F(IdleTimerTest, TheNoticesAnswerCountsWhereTheLastOneDoesNotCome) {
  Start(kTenMinutes, &probe);
  After(540);
  probe.answer_ = Answer::kJobRuns;
  After(55);
  EXPECT_EQ(Step::kNone, After(5));
  EXPECT_EQ(Step::kJobRuns, After(10));
  After(295);
  EXPECT_EQ(Step::kNone, After(5));
  EXPECT_EQ(Step::kEnd, After(10));  // not twice
}

TEST_F(IdleTimerTest, AfterASleepTheAnswerIsWaitedForAllTheSame) {
  Start(kTenMinutes, &probe);
  EXPECT_EQ(Step::kNone, After(86'400));
  EXPECT_EQ(10 * kSecond, DueIn());
  probe.answer_ = Answer::kJobRuns;
  EXPECT_EQ(Step::kJobRuns, After(1));
}

TEST_F(IdleTimerTest, IsWantedUntilTheLimitBites) {
  Start(kTenMinutes, &probe);
  After(599);
  EXPECT_TRUE(timer->Wanted(clock.boot_ns));
  After(1);
  EXPECT_FALSE(timer->Wanted(clock.boot_ns));
}

}  // namespace
}  // namespace secure_exec
