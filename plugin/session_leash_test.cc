#include "plugin/session_leash.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace secure_exec {
namespace {

using Why = SessionEnd::Why;

LeashMode ModeAfter(Why why, int signal = 0, bool tty = true,
                    Options::Leash wanted = Options::Leash::kHangup) {
  return LeashModeFor({.why = why, .signal = signal}, "", tty, wanted);
}

TEST(SessionLeash, IsForTheEndsThatAreOurs) {
  for (const Why why : {Why::kIdle, Why::kTimeLimit, Why::kDisconnected}) {
    EXPECT_EQ(ModeAfter(why), LeashMode::kHangup);
    EXPECT_EQ(ModeAfter(why, 0, true, Options::Leash::kKill), LeashMode::kKill);
    EXPECT_EQ(ModeAfter(why, 0, true, Options::Leash::kOff), LeashMode::kOff);
  }
  EXPECT_EQ(ModeAfter(Why::kSignal, SIGTERM), LeashMode::kHangup);
  EXPECT_EQ(ModeAfter(Why::kSignal, SIGHUP, false), LeashMode::kHangup);
}

TEST(SessionLeash, IsNotForCtrlCNorForACommandThatEnded) {
  EXPECT_EQ(ModeAfter(Why::kSignal, SIGINT, false), LeashMode::kOff);
  EXPECT_EQ(ModeAfter(Why::kSignal, SIGQUIT, false), LeashMode::kOff);
  EXPECT_EQ(
      LeashModeFor({.why = Why::kFinished}, R"({"status":"Success"})", true, Options::Leash::kKill),
      LeashMode::kOff);
  EXPECT_EQ(ModeAfter(Why::kRecordingFailed), LeashMode::kOff);
}

TEST(SessionLeash, ATerminalThatIsGoneIsAHangUp) {
  EXPECT_EQ(ModeAfter(Why::kOutputFailed), LeashMode::kHangup);
  EXPECT_EQ(ModeAfter(Why::kOutputClosed, 0, false), LeashMode::kOff) << "a pipe";
}

TEST(SessionLeash, ALostConnectionIsAskedAboutUnlessTheCommandHadEnded) {
  EXPECT_EQ(ModeAfter(Why::kConnectionLost), LeashMode::kAsk);
  EXPECT_EQ(ModeAfter(Why::kFinished), LeashMode::kAsk) << "without a status";
  EXPECT_EQ(LeashModeFor({.why = Why::kConnectionLost}, R"({"status":"Success"})", true,
                         Options::Leash::kHangup),
            LeashMode::kOff);
  EXPECT_EQ(ModeAfter(Why::kConnectionLost, 0, true, Options::Leash::kOff), LeashMode::kOff);
}

struct Tell : testing::Test {
  Tell() { outcome.message = "error: ended by SIGTERM"; }
  std::string Told(bool chatty = false) {
    TellLeash(report, {.why = Why::kSignal, .signal = SIGTERM}, options, Uuid{}, chatty, outcome);
    const std::string first = "error: ended by SIGTERM";
    EXPECT_TRUE(outcome.message.starts_with(first));
    return outcome.message.substr(first.size());
  }
  LeashReport report;
  Options options;
  Outcome outcome;
};

TEST_F(Tell, SaysNothingOfWhatWentWellUnlessSomebodyListens) {
  report.mode = LeashMode::kHangup;
  report.root = Process{.pid = 7, .name = "sh"};
  report.signalled = {*report.root};
  EXPECT_EQ(Told(), "");
  EXPECT_EQ(Told(true),
            "\nsecure-exec: 1 process in the container hung up, nothing of the session is left");
}

TEST_F(Tell, OffersKillForWhatIgnoredTheHangup) {
  report.mode = LeashMode::kHangup;
  report.root = Process{.pid = 7, .name = "sh"};
  report.signalled = report.left = {*report.root};
  EXPECT_NE(Told().find("--reap 00000000-0000-0000-0000-000000000000 --leash kill"),
            std::string::npos);
}

TEST_F(Tell, SaysThatItMayRunWhereTheLeashIsOff) {
  EXPECT_EQ(Told(),
            "\nsecure-exec: the command in the container may still run; to end it: kubectl "
            "secure-exec --reap 00000000-0000-0000-0000-000000000000");
}

TEST_F(Tell, SaysNothingOfACommandWhoseSignalIsItsOwn) {
  outcome.die_of_signal = SIGINT;
  EXPECT_EQ(Told(), "");
}

}  // namespace
}  // namespace secure_exec
