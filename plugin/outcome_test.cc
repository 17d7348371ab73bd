#include "plugin/outcome.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace secure_exec {
namespace {

constexpr char kSuccess[] = R"({"metadata":{},"status":"Success"})";
constexpr char kExit7[] =
    R"({"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}})";

Outcome Finished(std::string_view status) {
  return OutcomeOfSession({.why = SessionEnd::Why::kFinished}, status, false);
}

SessionEnd Lost() {
  return {.why = SessionEnd::Why::kConnectionLost,
          .error = Error{ErrorKind::kConnectionLost, "the connection broke"}};
}

TEST(Outcome, SuccessIsTheProgramsZero) {
  const Outcome outcome = Finished(kSuccess);
  EXPECT_EQ(outcome.exit.code, 0);
  EXPECT_TRUE(outcome.exit.remote);
  EXPECT_EQ(outcome.message, "");
}

TEST(Outcome, ExitCodeIsTheProgramsOwn) {
  const Outcome outcome = Finished(kExit7);
  EXPECT_EQ(outcome.exit.code, 7);
  EXPECT_TRUE(outcome.exit.remote);
  EXPECT_EQ(outcome.message, "command terminated with exit code 7");
  EXPECT_EQ(StatusFileText(outcome.exit), "{\"origin\":\"remote\",\"kind\":\"exit\",\"code\":7}\n");
}

TEST(Outcome, NoStatusIsNeverSuccess) {
  const Outcome outcome = Finished("");
  EXPECT_EQ(outcome.exit.code, 122);
  EXPECT_FALSE(outcome.exit.remote);
  EXPECT_EQ(outcome.exit.kind, "no-status");
}

TEST(Outcome, GarbageForAStatusIsNeverSuccess) {
  EXPECT_EQ(Finished("{\"status\":\"Suc").exit.code, 122);
  EXPECT_EQ(Finished("{}").exit.code, 122);
}

TEST(Outcome, LostConnectionIs122) {
  const Outcome outcome = OutcomeOfSession(Lost(), "", true);
  EXPECT_EQ(outcome.exit.code, 122);
  EXPECT_EQ(FormatExit(outcome.exit), "122 client connection-lost");
}

TEST(Outcome, StatusBeforeTheBreakStillCounts) {
  EXPECT_EQ(OutcomeOfSession(Lost(), kExit7, false).exit.code, 7);
}

TEST(Outcome, CutStatusBeforeTheBreakDoesNot) {
  EXPECT_EQ(OutcomeOfSession(Lost(), std::string_view(kSuccess).substr(0, 20), false).exit.code,
            122);
}

TEST(Outcome, SignalWithATerminalExitsOneAsKubectl) {
  const Outcome outcome =
      OutcomeOfSession({.why = SessionEnd::Why::kSignal, .signal = SIGTERM}, "", true);
  EXPECT_EQ(outcome.exit.code, 1);
  EXPECT_EQ(outcome.die_of_signal, 0);
  EXPECT_NE(outcome.message.find("SIGTERM"), std::string::npos);
}

TEST(Outcome, SignalWithoutATerminalDiesOfIt) {
  const Outcome outcome =
      OutcomeOfSession({.why = SessionEnd::Why::kSignal, .signal = SIGTERM}, "", false);
  EXPECT_EQ(outcome.die_of_signal, SIGTERM);
  EXPECT_EQ(outcome.exit.code, 143);
}

TEST(Outcome, RecordingFailureIs120) {
  const Outcome outcome = OutcomeOfSession(
      {.why = SessionEnd::Why::kRecordingFailed, .error = Error{ErrorKind::kRecording, "full"}}, "",
      true);
  EXPECT_EQ(outcome.exit.code, 120);
  EXPECT_EQ(outcome.message, "error: full");
}

TEST(Outcome, VerbatimErrorsHaveNoPrefix) {
  EXPECT_EQ(ErrorText({ErrorKind::kVerbatim, "Error from server (NotFound): pods \"x\" not found"}),
            "Error from server (NotFound): pods \"x\" not found");
}

}  // namespace
}  // namespace secure_exec
