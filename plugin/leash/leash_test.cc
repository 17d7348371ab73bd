#include "plugin/leash/leash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugin/leash/fake_container.h"

namespace secure_exec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr int64_t kRoot = 11;

struct LeashTest : testing::Test {
  LeashTest() {
    const int64_t now = container.clock().BootNs();
    start_ticks = container.Ticks();
    target = TargetOf(true, now, now, now + 100 * kMillisecond);
    Member(kRoot, 0, kRoot);
    container.Find(kRoot)->name = "sh";
    container.fake_clock().Advance(60 * kSecond);
  }
  FakeContainer::Member& Member(int64_t pid, int64_t parent, int64_t session) {
    return container.Add({.pid = pid,
                          .parent = parent,
                          .session = session,
                          .tty = 34816,
                          .start_ticks = start_ticks,
                          .name = "job"});
  }
  LeashReport Run(LeashMode mode = LeashMode::kHangup) {
    began_ns = container.clock().BootNs();
    return RunLeash(container, target, mode);
  }
  int64_t Took() const { return container.clock().BootNs() - began_ns; }
  static std::vector<int64_t> Pids(const std::vector<Process>& processes) {
    std::vector<int64_t> pids;
    for (const Process& one : processes) pids.push_back(one.pid);
    return pids;
  }

  FakeContainer container;
  LeashTarget target;
  int64_t start_ticks = 0;
  int64_t began_ns = 0;
};

TEST_F(LeashTest, HangsUpTheSessionAndIsDone) {
  Member(12, kRoot, kRoot);
  const LeashReport report = Run();
  EXPECT_TRUE(report.clean()) << report.problem;
  EXPECT_EQ(report.root->pid, kRoot);
  EXPECT_THAT(Pids(report.signalled), ElementsAre(11, 12));
  EXPECT_EQ(container.Find(12), nullptr);
  EXPECT_LT(Took(), kSecond);
}

TEST_F(LeashTest, GoesOnWithContForWhatIsStopped) {
  Run();
  EXPECT_THAT(container.asked, ElementsAre("l", "k HUP 11", "k CONT 11", "l", "l"));
}

TEST_F(LeashTest, LeavesAndNamesWhatIgnoresTheHangup) {
  Member(12, kRoot, kRoot).ignores_hup = true;
  const LeashReport report = Run();
  EXPECT_FALSE(report.clean());
  EXPECT_THAT(Pids(report.left), ElementsAre(12));
  EXPECT_THAT(container.asked, Not(::testing::Contains(HasSubstr("KILL"))));
  EXPECT_GE(Took(), kHangupPatienceNs);
  EXPECT_LT(Took(), kHangupPatienceNs + kSecond);
}

TEST_F(LeashTest, WaitsForWhatTakesItsTime) {
  Member(12, kRoot, kRoot).dies_in_ns = 2 * kSecond;
  EXPECT_TRUE(Run().clean());
}

TEST_F(LeashTest, KillsWhatIsLeftWhereAsked) {
  Member(12, kRoot, kRoot).ignores_hup = true;
  const LeashReport report = Run(LeashMode::kKill);
  EXPECT_TRUE(report.clean());
  EXPECT_THAT(Pids(report.killed), ElementsAre(12));
  EXPECT_EQ(container.Find(12), nullptr);
}

TEST_F(LeashTest, KillsWhatTheHangupBroughtForth) {
  Member(12, kRoot, kRoot).on_hup = [this] { Member(60, 1, kRoot).ignores_hup = true; };
  const LeashReport report = Run(LeashMode::kKill);
  EXPECT_TRUE(report.clean()) << report.problem;
  EXPECT_THAT(Pids(report.killed), ElementsAre(60));
}

TEST_F(LeashTest, WhatCannotBeSignalledIsLeft) {
  Member(12, kRoot, kRoot).denied = true;
  const LeashReport report = Run(LeashMode::kKill);
  EXPECT_THAT(Pids(report.signalled), ElementsAre(11));
  EXPECT_THAT(Pids(report.left), ElementsAre(12));
  EXPECT_THAT(report.killed, IsEmpty());
}

TEST_F(LeashTest, DaemonsAreNamedAndLeftAlone) {
  Member(12, 1, 12);
  const LeashReport report = Run(LeashMode::kKill);
  EXPECT_TRUE(report.clean());
  EXPECT_THAT(Pids(report.daemons), ElementsAre(12));
  EXPECT_NE(container.Find(12), nullptr);
}

TEST_F(LeashTest, OtherSessionsAreNotTouched) {
  container.Add(
      {.pid = 70, .session = 70, .tty = 1, .start_ticks = start_ticks - 500, .name = "sh"});
  container.Add(
      {.pid = 71, .parent = 70, .session = 70, .start_ticks = start_ticks + 1, .name = "x"});
  EXPECT_TRUE(Run(LeashMode::kKill).clean());
  EXPECT_NE(container.Find(70), nullptr);
  EXPECT_NE(container.Find(71), nullptr);
}

TEST_F(LeashTest, SignalsNothingWhereTheSessionCannotBeTold) {
  Member(15, 0, 15);
  const LeashReport report = Run(LeashMode::kKill);
  EXPECT_FALSE(report.root.has_value());
  EXPECT_FALSE(report.none);
  EXPECT_THAT(report.problem, HasSubstr("cannot be told"));
  EXPECT_THAT(container.asked, ElementsAre("l"));
}

TEST_F(LeashTest, SignalsNothingWhereTheSessionIsNotThere) {
  target.earliest_ns -= 10 * kSecond;
  target.latest_ns -= 10 * kSecond;
  const LeashReport report = Run();
  EXPECT_TRUE(report.none);
  EXPECT_NE(report.problem, "");
  EXPECT_THAT(container.asked, ElementsAre("l"));
}

TEST_F(LeashTest, AskingSignalsNothing) {
  Member(12, kRoot, kRoot);
  const LeashReport report = Run(LeashMode::kAsk);
  EXPECT_THAT(Pids(report.left), ElementsAre(11, 12));
  EXPECT_EQ(report.problem, "");
  EXPECT_THAT(container.asked, ElementsAre("l"));
}

TEST_F(LeashTest, ASlowListDoesNotMakeTheSessionOlder) {
  container.answers_after = 3 * kSecond;
  EXPECT_TRUE(Run().clean());
}

TEST_F(LeashTest, ABreakOnTheWayIsTold) {
  Member(12, kRoot, kRoot);
  for (size_t step = 1; step <= 4; ++step) {
    FakeContainer fresh = container;
    fresh.fails_at = step;
    const LeashReport report = RunLeash(fresh, target, LeashMode::kHangup);
    EXPECT_EQ(report.problem, "it broke") << step;
    EXPECT_FALSE(report.clean());
    EXPECT_EQ(report.root.has_value(), step > 1);
  }
}

TEST_F(LeashTest, StopsWhenItsTimeIsOver) {
  Member(12, kRoot, kRoot).ignores_hup = true;
  container.out_of_time = true;
  const LeashReport report = Run();
  EXPECT_THAT(report.problem, HasSubstr("in time"));
  EXPECT_THAT(Pids(report.left), UnorderedElementsAre(11, 12)) << "as last seen";
}

TEST_F(LeashTest, ManyProcessesAreSignalledInSeveralLines) {
  for (int64_t pid = 1000; pid < 1600; ++pid) Member(pid, kRoot, kRoot);
  const LeashReport report = Run();
  EXPECT_TRUE(report.clean());
  EXPECT_EQ(report.signalled.size(), 601U);
  EXPECT_THAT(container.asked, ::testing::Each(::testing::SizeIs(::testing::Lt(4000U))));
}

TEST_F(LeashTest, KnowsAgainWhatAnEarlierLeashLeft) {
  Member(12, kRoot, kRoot).ignores_hup = true;
  const LeashReport first = Run();
  ASSERT_EQ(container.Find(kRoot), nullptr) << "its age helps no more";
  const LeashKnown known{.root = *first.root, .members = first.left};
  const LeashReport second = RunLeash(container, target, LeashMode::kKill, &known);
  EXPECT_TRUE(second.clean()) << second.problem;
  EXPECT_THAT(Pids(second.killed), ElementsAre(12));
  EXPECT_TRUE(RunLeash(container, target, LeashMode::kKill, &known).none);
}

TEST_F(LeashTest, TellsWhetherAJobRuns) {
  container.Find(kRoot)->foreground_group = kRoot;
  EXPECT_EQ(*AskForeground(container, target), Foreground::kShellOnly);
  container.Find(kRoot)->foreground_group = 12;
  EXPECT_EQ(*AskForeground(container, target), Foreground::kJobRuns);
}

}  // namespace
}  // namespace secure_exec
