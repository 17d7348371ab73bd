#include "plugin/leash/leash_probe.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <future>

namespace secure_exec {
namespace {

using Answer = ForegroundProbe::Answer;

// Waits as the session's loop does.
void Await(LeashProbe& probe) {
  while (probe.fd() >= 0) {
    pollfd one{probe.fd(), probe.PollEvents(), 0};
    ASSERT_EQ(::poll(&one, 1, 10'000), 1);
    probe.Advance();
  }
}

LeashProbe::Question Says(Result<Foreground> found) {
  return [found](int) { return found; };
}

Answer AnswerTo(Result<Foreground> found) {
  LeashProbe probe([found] { return Says(found); });
  EXPECT_FALSE(probe.answer().has_value());
  probe.Ask();
  EXPECT_FALSE(probe.answer().has_value());
  Await(probe);
  EXPECT_TRUE(probe.answer().has_value());
  return probe.answer().value_or(Answer::kUnknown);
}

TEST(LeashProbe, AnswersWhatIsFound) {
  EXPECT_EQ(AnswerTo(Foreground::kJobRuns), Answer::kJobRuns);
  EXPECT_EQ(AnswerTo(Foreground::kShellOnly), Answer::kShellOnly);
  EXPECT_EQ(AnswerTo(Foreground::kUnknown), Answer::kUnknown);
  EXPECT_EQ(AnswerTo(Fail(ErrorKind::kServer, "no")), Answer::kUnknown);
}

TEST(LeashProbe, AsksAgainAndForgetsTheLastAnswer) {
  int asked = 0;
  LeashProbe probe(
      [&] { return Says(++asked == 1 ? Foreground::kJobRuns : Foreground::kShellOnly); });
  probe.Ask();
  Await(probe);
  probe.Ask();
  EXPECT_FALSE(probe.answer().has_value());
  Await(probe);
  EXPECT_EQ(probe.answer(), Answer::kShellOnly);
}

TEST(LeashProbe, DoesNothingWhileOneIsUnderWay) {
  std::promise<void> release;
  auto released = release.get_future().share();
  int asked = 0;
  LeashProbe probe([&]() -> LeashProbe::Question {
    ++asked;
    return [released](int) -> Result<Foreground> {
      released.wait();
      return Foreground::kJobRuns;
    };
  });
  probe.Ask();
  probe.Ask();
  probe.Advance();
  EXPECT_FALSE(probe.answer().has_value());
  release.set_value();
  Await(probe);
  EXPECT_EQ(asked, 1);
}

TEST(LeashProbe, ItsEndEndsAQuestionThatIsUnderWay) {
  bool interrupted = false;
  {
    LeashProbe probe([&]() -> LeashProbe::Question {
      return [&](int interrupt_fd) -> Result<Foreground> {
        pollfd one{interrupt_fd, POLLIN, 0};
        interrupted = ::poll(&one, 1, 20'000) == 1;
        return Foreground::kUnknown;
      };
    });
    probe.Ask();
  }
  EXPECT_TRUE(interrupted);
}

TEST(LeashProbe, HasADeadline) {
  FakeClock clock;
  clock.boot_ns = Clock::System().BootNs() - kProbePatienceNs;  // it is over already
  LeashProbe probe(
      []() -> LeashProbe::Question {
        return [](int interrupt_fd) -> Result<Foreground> {
          pollfd one{interrupt_fd, POLLIN, 0};
          if (::poll(&one, 1, 20'000) == 1) return Fail(ErrorKind::kInterrupted, "late");
          return Foreground::kJobRuns;
        };
      },
      clock);
  probe.Ask();
  Await(probe);
  EXPECT_EQ(probe.answer(), Answer::kUnknown);
}

}  // namespace
}  // namespace secure_exec
