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

TEST(SessionLeash, LeavesACommandAloneThatHasEnded) {
  // A signal, or a reader that went away, while its last output drained.
  EXPECT_EQ(LeashModeFor({.why = Why::kSignal, .signal = SIGTERM}, R"({"status":"Success"})", true,
                         Options::Leash::kKill),
            LeashMode::kOff);
  EXPECT_FALSE(HasEnded({.why = Why::kSignal}, "{"));
  EXPECT_TRUE(HasEnded({.why = Why::kFinished}, "{")) << "the stream's end, and words";
  EXPECT_FALSE(HasEnded({.why = Why::kFinished}, ""));
}

struct Line : testing::Test {
  std::string Told(bool chatty = false, bool has_ended = false) const {
    return LeashLine(report, has_ended, options, recording, chatty);
  }
  LeashReport report;
  Options options;
  std::string recording = "ID";
};

TEST_F(Line, SaysNothingOfWhatWentWellUnlessSomebodyListens) {
  report.mode = LeashMode::kHangup;
  report.root = Process{.pid = 7, .name = "sh"};
  report.signalled = {*report.root};
  EXPECT_EQ(Told(), "");
  EXPECT_EQ(Told(true),
            "secure-exec: 1 process in the container hung up, nothing of the session is left");
}

TEST_F(Line, OffersKillForWhatIgnoredTheHangup) {
  report.mode = LeashMode::kHangup;
  report.root = Process{.pid = 7, .name = "sh"};
  report.signalled = report.left = {*report.root};
  EXPECT_NE(Told().find("--reap ID --leash kill"), std::string::npos);
}

TEST_F(Line, SaysThatItMayRunWhereTheLeashIsOff) {
  EXPECT_EQ(Told(),
            "secure-exec: the command in the container may still run; to end it: kubectl "
            "secure-exec --reap ID");
  EXPECT_EQ(Told(false, /*has_ended=*/true), "");
}

TEST_F(Line, NamesTheFileOfARecordingThatIsElsewhere) {
  recording = "/var/log/se c/x.cast.zst";
  EXPECT_NE(Told().find("--reap '/var/log/se c/x.cast.zst'"), std::string::npos);
}

TEST_F(Line, OffersNothingWhereNothingWasRecorded) {
  recording = "";
  EXPECT_EQ(Told(), "secure-exec: the command in the container may still run");
  report.mode = LeashMode::kHangup;
  report.problem = "why";
  EXPECT_EQ(Told(), "secure-exec: nothing was signalled in the container: why");
}

}  // namespace
}  // namespace secure_exec
