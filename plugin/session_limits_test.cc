#include "plugin/testing/session_fixture.h"

namespace secure_exec {
namespace {

// A session on a clock that moves when a step of the remote's says so.
class LimitedSessionTest : public SessionTest {
 protected:
  class SteppedClock : public FakeClock {
   public:
    int64_t BootNs() const override { return boot_ns + step * calls++; }
    int64_t step = 0;  // that every look at the clock takes
    mutable int64_t calls = 0;
  };

  LimitedSessionTest() {
    session_options_.clock = &clock_;
    session_options_.tty = true;
    session_options_.escape = Session::Options::Escape::kSilent;
    session_options_.notices = Notices::Form::kScreen;
    remote_.finish_at_end = false;
    // The recorder is on the system's clock: to the session it must not seem to stall.
    clock_.boot_ns = -1'000'000'000 * kSecond;
  }
  void SetUp() override {
    SessionTest::SetUp();
    // Nothing else can end a loop whose test was wrong.
    ::alarm(60);
  }
  void Pass(int64_t seconds) {
    remote_.Then([this, seconds] { clock_.Advance(seconds * kSecond); });
  }
  void Silent(int64_t seconds) {
    remote_.Then([this, seconds] { remote_.silent_for = seconds * kSecond; });
  }
  void ThenType(std::string keys) {
    remote_.Then([this, keys = std::move(keys)] { Type(keys); });
    Pass(0);  // a turn of the loop in which it is read
  }
  void UntilSent(std::string keys) {
    remote_.Until([this, keys = std::move(keys)] { return remote_.sent == keys; });
  }
  void ThenShow(std::string output) {
    remote_.Output(Channel::kStdout, output);
    remote_.Until([this, size = static_cast<int>(output.size()), before = shown_] {
      return Waiting(stdout_.read) >= before + size;
    });
    shown_ += static_cast<int>(output.size());
  }
  static int Waiting(const UniqueFd& pipe) {
    int bytes = 0;
    EXPECT_EQ(::ioctl(pipe.get(), FIONREAD, &bytes), 0);
    return bytes;
  }
  // What came on the terminal since the last look.
  void Look(std::string& into) {
    Pass(0);
    remote_.Then([this, &into] {
      into.resize(static_cast<size_t>(Waiting(stderr_.read)));
      if (into.empty()) return;
      ASSERT_EQ(::read(stderr_.read.get(), into.data(), into.size()),
                static_cast<ssize_t>(into.size()));
    });
  }
  void End() {
    remote_.Then([this] { remote_.finish_at_end = true; });
  }
  std::string Shown() { return ReadAll(stderr_.read); }

  SteppedClock clock_;
  FakeRemote remote_;
  int shown_ = 0;
};

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(LimitedSessionTest, EndsWhenIdleAfterANotice) {
  session_options_.idle.timeout_ns = 600 * kSecond;
  Pass(540);
  Pass(60);
  const SessionEnd end = Run(remote_, true);
  EXPECT_EQ(end.why, SessionEnd::Why::kIdle);
  EXPECT_EQ(end.error->kind, ErrorKind::kIdle);
  EXPECT_EQ(end.error->message, "idle for 10 min: the session was ended (--idle-timeout)");
  const std::string shown = Shown();
  EXPECT_THAT(shown, HasSubstr("\x1b[22;0t\x1b]2;secure-exec: idle"));
  EXPECT_THAT(shown, HasSubstr("\a\033D"));
  EXPECT_THAT(shown, HasSubstr("secure-exec: idle for 9 min: the session ends in 60 s"));
  EXPECT_TRUE(shown.ends_with("\x1b[23;0t")) << shown;
}

TEST_F(LimitedSessionTest, ANoticeIsAMarkerAndNeverOutput) {
  session_options_.idle.timeout_ns = 600 * kSecond;
  Pass(540);
  Pass(60);
  Run(remote_, true);
  const std::string lines = Recorded();
  EXPECT_THAT(
      lines, HasSubstr(R"("m", "secure-exec: notice: idle for 9 min: the session ends in 60 s"])"));
  EXPECT_THAT(lines, HasSubstr(R"("m", "secure-exec: idle for 10 min: the session was ended)"));
  for (const char* code : {R"("o")", R"("e")", R"("i")"}) EXPECT_THAT(lines, Not(HasSubstr(code)));
}

TEST_F(LimitedSessionTest, AKeyAnswersTheNoticeAndPassesThrough) {
  session_options_.idle.timeout_ns = 600 * kSecond;
  Pass(540);
  ThenType("x");
  UntilSent("x");
  Pass(539);
  std::string shown;
  Look(shown);
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
  EXPECT_EQ(remote_.sent, "x");
  EXPECT_TRUE(shown.ends_with("\x1b[23;0t")) << shown;
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: notice answered: the session goes on"));
}

TEST_F(LimitedSessionTest, OutputIsLife) {
  session_options_.idle.timeout_ns = 600 * kSecond;
  Pass(599);
  remote_.Output(Channel::kStdout, "x");
  Pass(1);
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
}

TEST_F(LimitedSessionTest, OutputIsNoLifeWhereInputAloneCounts) {
  session_options_.idle = {.timeout_ns = 600 * kSecond, .on_input_only = true};
  Pass(599);
  remote_.Output(Channel::kStdout, "x");
  Pass(1);
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kIdle);
}

// Says at once what it was told to.
struct InstantProbe : ForegroundProbe {
  void Ask() override { asked = true; }
  int fd() const override { return -1; }
  short PollEvents() override { return 0; }
  void Advance() override { advanced = asked; }
  std::optional<int64_t> Deadline() const override { return std::nullopt; }
  std::optional<Answer> answer() const override {
    return advanced ? std::optional(says) : std::nullopt;
  }
  Answer says = Answer::kJobRuns;
  bool asked = false, advanced = false;
};

TEST_F(LimitedSessionTest, AForegroundJobKeepsAnIdleSession) {
  InstantProbe probe;
  session_options_.probe = &probe;
  session_options_.idle.timeout_ns = 600 * kSecond;
  Pass(540);
  std::string shown;
  Look(shown);
  Pass(60);
  Look(shown);
  Pass(299);
  remote_.Then([&] { probe.says = ForegroundProbe::Answer::kShellOnly; });
  Pass(1);
  Pass(0);
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kIdle);
  EXPECT_THAT(shown, HasSubstr("a job runs in the foreground: the session ends after it"));
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: idle for 10 min: the session goes on for a job"));
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: idle for 15 min: the session was ended"));
}

TEST_F(LimitedSessionTest, IsKeptAliveUntilTheLimitBites) {
  session_options_.idle.timeout_ns = 600 * kSecond;
  bool before = false;
  Pass(599);
  remote_.Then([&] { before = remote_.kept_alive; });
  Pass(1);
  Run(remote_, true);
  EXPECT_TRUE(before);
  EXPECT_FALSE(remote_.kept_alive);
}

TEST_F(LimitedSessionTest, TypingDoesNotPostponeTheTimeLimit) {
  session_options_.max_duration_ns = 3600 * kSecond;
  Pass(3540);
  ThenType("x");
  UntilSent("x");
  Pass(60);
  const SessionEnd end = Run(remote_, true);
  EXPECT_EQ(end.why, SessionEnd::Why::kTimeLimit);
  EXPECT_EQ(end.error->kind, ErrorKind::kTimeLimit);
  EXPECT_EQ(end.error->message, "the session lasted 60 min: it was ended (--max-duration)");
  EXPECT_EQ(remote_.sent, "x");
  EXPECT_THAT(Shown(),
              HasSubstr("the session ends in 60 s: it may last 60 min, whatever is typed"));
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: notice: the session ends in 60 s"));
}

TEST_F(LimitedSessionTest, TellsOfASilentServerAndOfItsReturn) {
  Silent(10);
  std::string frozen, back;
  Look(frozen);
  Silent(0);
  Look(back);
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
  EXPECT_THAT(
      frozen,
      HasSubstr("secure-exec: no answer; given up in 51 s; Enter, then ~. ends the session"));
  EXPECT_THAT(back, HasSubstr("\x1b[23;0t"));
  EXPECT_THAT(back, HasSubstr("secure-exec: the server answers again"));
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: no answer from the server for 10 s"));
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: the server answers again"));
}

TEST_F(LimitedSessionTest, TheEscapeEndsASilentSession) {
  Silent(14);
  ThenType("ls\r~.");
  const SessionEnd end = Run(remote_, true);
  EXPECT_EQ(end.why, SessionEnd::Why::kDisconnected);
  EXPECT_EQ(end.error->kind, ErrorKind::kDisconnected);
  EXPECT_EQ(end.error->message, "ended with ~. after the server had not answered for 14 s");
  EXPECT_TRUE(end.silent);
}

TEST_F(LimitedSessionTest, WhatWasTypedWhileFrozenIsRecordedBeforeAnything) {
  Silent(10);
  ThenType("ls\r~.");
  Run(remote_, true);
  const std::string lines = Recorded();
  const size_t typed = lines.find(R"("i", "ls\r"])"),
               ended = lines.find("secure-exec: ended with ~.");
  ASSERT_NE(typed, std::string::npos) << lines;
  ASSERT_NE(ended, std::string::npos) << lines;
  EXPECT_LT(typed, ended);
}

TEST_F(LimitedSessionTest, ASessionThatAnswersIsSentEveryTilde) {
  ThenType("~.\r~.\r~~");
  UntilSent("~.\r~.\r~~");
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
  EXPECT_EQ(remote_.sent, "~.\r~.\r~~");
}

TEST_F(LimitedSessionTest, AHeldTildeIsSentWhenTheServerAnswersAgain) {
  Silent(10);
  ThenType("~");
  std::string before;
  remote_.Then([&] { before = remote_.sent; });
  Silent(0);
  UntilSent("~");
  End();
  Run(remote_, true);
  EXPECT_EQ(before, "");
  EXPECT_EQ(remote_.sent, "~");
}

TEST_F(LimitedSessionTest, TheEscapeCanBeAlwaysArmed) {
  session_options_.escape = Session::Options::Escape::kAlways;
  ThenType("~.");
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kDisconnected);
}

TEST_F(LimitedSessionTest, TheEscapeCanBeOff) {
  session_options_.escape = Session::Options::Escape::kOff;
  Silent(10);
  ThenType("~.");
  UntilSent("~.");
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
}

TEST_F(LimitedSessionTest, WithoutATtyNothingIsTakenOutOfStdin) {
  session_options_.tty = false;
  session_options_.escape = Session::Options::Escape::kAlways;
  ThenType("~.");
  UntilSent("~.");
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
  EXPECT_EQ(remote_.sent, "~.");
}

TEST_F(LimitedSessionTest, ANoticeCutsNoSequenceInTwo) {
  session_options_.max_duration_ns = 600 * kSecond;
  ThenShow("\x1b[3");
  Pass(540);
  std::string inside, behind;
  Look(inside);
  ThenShow("1m");
  Look(behind);
  End();
  Run(remote_, true);
  EXPECT_EQ(inside, "");
  EXPECT_THAT(behind, HasSubstr("the session ends in 60 s"));
}

TEST_F(LimitedSessionTest, AFullScreenProgramIsSentNoLine) {
  session_options_.max_duration_ns = 600 * kSecond;
  ThenShow("\x1b[?1049h");
  Pass(540);
  std::string shown;
  Look(shown);
  End();
  Run(remote_, true);
  EXPECT_EQ(shown, "\x1b[22;0t\x1b]2;secure-exec: the session's time is over soon\a\a");
}

TEST_F(LimitedSessionTest, GivesTheScreenBackWhenItCutsAProgramOff) {
  session_options_.max_duration_ns = 600 * kSecond;
  ThenShow("\x1b[?1049h\x1b[?25lfull screen");
  Pass(600);
  Run(remote_, true);
  EXPECT_EQ(Shown(), "\x1b[?25h\x1b[?1049l\r\n");
}

TEST_F(LimitedSessionTest, LeavesTheScreenOfAProgramThatEndedAsItIs) {
  ThenShow("\x1b[?1049h");
  End();
  Run(remote_, true);
  EXPECT_EQ(Shown(), "");
}

TEST_F(LimitedSessionTest, AStuckTerminalDoesNotHoldUpAnEndOfOurs) {
  session_options_.max_duration_ns = 600 * kSecond;
  session_options_.notices = Notices::Form::kNone;
  const std::string block(64 * 1024, 'x');
  for (int i = 0; i < 4; ++i) remote_.Output(Channel::kStdout, block);
  Pass(600);
  remote_.Then([this] { clock_.step = kDrainNs; });
  clock_.calls = 0;
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kTimeLimit);
}

}  // namespace
}  // namespace secure_exec
