#include "plugin/terminal/terminal.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>

namespace secure_exec {
namespace {

struct Pty {
  Pty() {
    int m = -1, s = -1;
    winsize size{.ws_row = 40, .ws_col = 132, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(::openpty(&m, &s, nullptr, nullptr, &size), 0);
    master.Reset(m);
    slave.Reset(s);
  }
  termios Settings() const {
    termios settings{};
    EXPECT_EQ(::tcgetattr(slave.get(), &settings), 0);
    return settings;
  }
  UniqueFd master, slave;
};

bool Same(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag &&
         a.c_lflag == b.c_lflag && memcmp(a.c_cc, b.c_cc, sizeof a.c_cc) == 0;
}

// Makes the terminal raw in a child that then leaves in its own way; true if it was given back.
bool GivenBackAfter(const std::function<void()>& leave) {
  Pty pty;
  const termios before = pty.Settings();
  const pid_t child = ::fork();
  if (child == 0) {
    auto raw = RawTerminal::Enter(pty.slave.get());
    if (!raw || Same(before, pty.Settings())) ::_exit(99);
    leave();
    ::_exit(98);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) >= 98) << "the child did not get there";
  return Same(before, pty.Settings());
}

// Recurses until the stack ends.
[[gnu::noinline]] int EatStack(int depth) {
  volatile char block[4096];
  block[depth % 4096] = static_cast<char>(depth);
  return depth < 0 ? 0 : EatStack(depth + 1) + block[depth % 4096];
}

TEST(RawTerminal, IsRawAndGivenBackByItsDestructor) {
  Pty pty;
  const termios before = pty.Settings();
  {
    auto raw = RawTerminal::Enter(pty.slave.get());
    ASSERT_TRUE(raw.has_value());
    EXPECT_EQ(pty.Settings().c_lflag & (ISIG | ICANON | ECHO), 0u);
  }
  EXPECT_TRUE(Same(before, pty.Settings()));
}

TEST(RawTerminal, RestoreTwiceAndReenter) {
  Pty pty;
  const termios before = pty.Settings();
  auto raw = RawTerminal::Enter(pty.slave.get());
  ASSERT_TRUE(raw.has_value());
  raw->Restore();
  raw->Restore();
  EXPECT_TRUE(Same(before, pty.Settings()));
  raw->Reenter();
  EXPECT_FALSE(Same(before, pty.Settings()));
  raw->Restore();
  EXPECT_TRUE(Same(before, pty.Settings()));
}

TEST(RawTerminal, IsGivenBackByExit) {
  EXPECT_TRUE(GivenBackAfter([] { std::exit(0); }));
}
TEST(RawTerminal, IsGivenBackByAbort) {
  EXPECT_TRUE(GivenBackAfter([] { std::abort(); }));
}
TEST(RawTerminal, IsGivenBackByACrash) {
  EXPECT_TRUE(GivenBackAfter([] { ::raise(SIGSEGV); }));
}

TEST(RawTerminal, IsGivenBackByAStackOverflow) {
  EXPECT_TRUE(GivenBackAfter([] { EatStack(1); }));
}
TEST(RawTerminal, IsGivenBackByDieOfSignal) {
  EXPECT_TRUE(GivenBackAfter([] { DieOfSignal(SIGTERM); }));
}

TEST(RawTerminal, ACrashStillDiesOfItsSignal) {
  Pty pty;
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int signal : {SIGABRT, SIGFPE}) ::signal(signal, SIG_DFL);
    auto raw = RawTerminal::Enter(pty.slave.get());
    ::raise(SIGFPE);
    ::_exit(98);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGFPE);
}

TEST(RawTerminal, OneAtATime) {
  Pty pty, other;
  const termios before = pty.Settings();
  auto raw = RawTerminal::Enter(pty.slave.get());
  ASSERT_TRUE(raw.has_value());
  EXPECT_FALSE(RawTerminal::Enter(other.slave.get()).has_value());
  raw->Restore();
  EXPECT_TRUE(Same(before, pty.Settings()));
}

// A child in the background of its controlling terminal, stopped or ended by what it does there;
// returns its wait status.
int StatusInTheBackground(const Pty& pty, const std::function<void()>& act) {
  int fds[2];
  EXPECT_EQ(::pipe(fds), 0);
  UniqueFd read(fds[0]), write(fds[1]);
  const pid_t leader = ::fork();
  if (leader == 0) {
    ::setsid();
    if (::ioctl(pty.slave.get(), TIOCSCTTY, 0) != 0) ::_exit(90);
    const pid_t background = ::fork();
    if (background == 0) {
      ::setpgid(0, 0);
      act();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(background, &status, WUNTRACED);
    if (WIFSTOPPED(status)) ::kill(background, SIGKILL);
    ::_exit(::write(write.get(), &status, sizeof status) == sizeof status ? 0 : 91);
  }
  write.Reset();
  int status = -1;
  EXPECT_EQ(::read(read.get(), &status, sizeof status), static_cast<ssize_t>(sizeof status));
  EXPECT_EQ(::waitpid(leader, nullptr, 0), leader);
  return status;
}

TEST(RawTerminal, ABackgroundJobIsStoppedBeforeItTakesTheTerminal) {
  Pty pty;
  const termios before = pty.Settings();
  const int status = StatusInTheBackground(pty, [&] {
    // Stopped in here; what comes after would end the process.
    auto raw = RawTerminal::Enter(pty.slave.get());
    ::_exit(99);
  });
  ASSERT_TRUE(WIFSTOPPED(status)) << status;
  EXPECT_EQ(WSTOPSIG(status), SIGTTOU);
  EXPECT_TRUE(Same(before, pty.Settings()));
}

TEST(RawTerminal, ABackgroundJobGivesItBackWithoutBeingStopped) {
  Pty pty;
  const termios before = pty.Settings();
  const int status = StatusInTheBackground(pty, [&] {
    sigset_t output;
    sigemptyset(&output);
    sigaddset(&output, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &output, nullptr);
    auto raw = RawTerminal::Enter(pty.slave.get());
    if (!raw || Same(before, pty.Settings())) ::_exit(99);
    pthread_sigmask(SIG_UNBLOCK, &output, nullptr);
    raw->Restore();
  });
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(Same(before, pty.Settings()));
}

TEST(RawTerminal, RefusesWhatIsNoTerminal) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  UniqueFd read(fds[0]), write(fds[1]);
  EXPECT_FALSE(RawTerminal::Enter(read.get()).has_value());
}

TEST(TerminalSize, IsTheTerminals) {
  Pty pty;
  EXPECT_EQ(TerminalSize(pty.slave.get()), (WindowSize{132, 40}));
}

TEST(TerminalSize, OfZeroIsNone) {
  Pty pty;
  winsize zero{};
  ::ioctl(pty.slave.get(), TIOCSWINSZ, &zero);
  EXPECT_EQ(TerminalSize(pty.slave.get()), std::nullopt);
}

TEST(SignalSource, DeliversThroughItsDescriptor) {
  auto source = SignalSource::Open();
  ASSERT_TRUE(source.has_value());
  EXPECT_EQ(source->Next(), std::nullopt);
  ::raise(SIGTERM);
  EXPECT_EQ(source->Next(), SIGTERM);
  EXPECT_EQ(source->Next(), std::nullopt);
}

TEST(SignalSource, GivesTheOldMaskBack) {
  { auto source = SignalSource::Open(); }
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  EXPECT_EQ(sigismember(&now, SIGTERM), 0);
}

TEST(DieOfSignal, DiesOfIt) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto source = SignalSource::Open();
    DieOfSignal(SIGTERM);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

}  // namespace
}  // namespace secure_exec
