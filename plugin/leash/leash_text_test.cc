#include "plugin/leash/leash_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using ::testing::ElementsAre;

const Process kSh{.pid = 11, .name = "sh"};
const Process kSleep{.pid = 12, .name = "sleep"};

LeashReport Clean() {
  LeashReport report;
  report.mode = LeashMode::kHangup;
  report.root = kSh;
  report.signalled = {kSh, kSleep};
  return report;
}

TEST(LeashText, SaysThatAllWentWellOnlyWhenAsked) {
  EXPECT_EQ(LeashComplaint(Clean(), "REAP"), "");
  EXPECT_EQ(LeashSuccess(Clean()),
            "2 processes in the container hung up, nothing of the session is left");
  EXPECT_THAT(LeashMarkers(Clean()),
              ElementsAre("secure-exec: leash: hangup, root 11",
                          "secure-exec: leash: signalled 2: 11 sh, 12 sleep"));
}

TEST(LeashText, NamesWhatIsLeftAndTheWayOut) {
  LeashReport report = Clean();
  report.left = {kSleep};
  EXPECT_EQ(LeashComplaint(report, "REAP"),
            "still running in the container: 12 sleep, which did not end when hung up; to end it: "
            "REAP");
  EXPECT_EQ(LeashSuccess(report), "");
  EXPECT_EQ(LeashMarkers(report).back(), "secure-exec: leash: left 1: 12 sleep");
}

TEST(LeashText, NamesDaemons) {
  LeashReport report = Clean();
  report.daemons = {{.pid = 31, .name = "redis"}};
  EXPECT_EQ(LeashComplaint(report, "REAP"),
            "not signalled, for each is in a session of its own: 31 redis");
  EXPECT_EQ(LeashMarkers(report).back(), "secure-exec: leash: apart 1: 31 redis");
}

TEST(LeashText, SaysWhyNothingWasSignalledInOneLine) {
  LeashReport report;
  report.mode = LeashMode::kHangup;
  report.problem = "a server's\nword \x1b[2J" + std::string(1000, 'x');
  const std::string text = LeashComplaint(report, "REAP");
  EXPECT_TRUE(
      text.starts_with("nothing was signalled in the container: a server's\\nword \\x1b[2Jxxx"))
      << text;
  EXPECT_TRUE(text.ends_with("; to end it: REAP")) << text;
  EXPECT_LT(text.size(), 500U);
  EXPECT_THAT(LeashMarkers(report),
              ElementsAre("secure-exec: leash: hangup",
                          testing::StartsWith("secure-exec: leash: problem: a server's\\nword")));
}

TEST(LeashText, ALeashThatBrokeOffSaysWhatItSawLast) {
  LeashReport report = Clean();
  report.problem = "it broke";
  report.left = {kSleep};
  EXPECT_EQ(LeashComplaint(report, "REAP"),
            "it is not known what still runs in the container: it broke; last seen: 12 sleep; to "
            "end it: REAP");
}

TEST(LeashText, AskingSaysWhatRuns) {
  LeashReport report;
  report.mode = LeashMode::kAsk;
  report.none = true;
  report.problem = "x";
  EXPECT_EQ(LeashComplaint(report, "REAP"), "no process of the session was found in the container");
  report.none = false;
  EXPECT_EQ(LeashComplaint(report, "REAP"),
            "it is not known what still runs in the container: x; to end it: REAP");
  report.problem = "";
  report.root = kSh;
  report.left = {kSh};
  EXPECT_EQ(LeashComplaint(report, "REAP"),
            "still running in the container: 11 sh; to end it: REAP");
}

TEST(LeashText, AskingSaysThatNothingRuns) {
  LeashReport report;
  report.mode = LeashMode::kAsk;
  report.root = kSh;
  EXPECT_EQ(LeashComplaint(report, "REAP"), "no process of the session was found in the container");
  report.daemons = {kSleep};
  EXPECT_EQ(LeashComplaint(report, "REAP"),
            "no process of the session was found in the container; not signalled, for each is in a "
            "session of its own: 12 sleep");
}

TEST(LeashText, ASessionThatEndedBeforeItWasHungUp) {
  LeashReport report = Clean();
  report.signalled.clear();
  EXPECT_EQ(LeashComplaint(report, "REAP"), "");
  EXPECT_EQ(LeashSuccess(report), "nothing of the session is left in the container");
}

TEST(LeashText, TheReapCommandCanBePasted) {
  EXPECT_EQ(ReapCommand("ID", LeashMode::kHangup, ""), "kubectl secure-exec --reap ID");
  EXPECT_EQ(ReapCommand("ID", LeashMode::kKill, "/a b/it's"),
            "kubectl secure-exec --reap ID --leash kill --kubeconfig '/a b/it'\\''s'");
}

}  // namespace
}  // namespace secure_exec
