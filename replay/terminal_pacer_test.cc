#include "replay/terminal_pacer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/unique_fd.h"

namespace secure_exec {
namespace {

class TerminalPacerTest : public testing::Test {
 protected:
  TerminalPacerTest() : controller_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    ::grantpt(controller_.get());
    ::unlockpt(controller_.get());
    terminal_.Reset(::open(::ptsname(controller_.get()), O_RDWR | O_NOCTTY));
  }
  termios Modes() const {
    termios modes{};
    EXPECT_EQ(::tcgetattr(terminal_.get(), &modes), 0);
    return modes;
  }
  UniqueFd controller_;
  UniqueFd terminal_;
};

TEST_F(TerminalPacerTest, ModesAreChangedAndGivenBack) {
  const termios before = Modes();
  TerminalPacer pacer(terminal_.get());
  ASSERT_TRUE(pacer.Begin());
  EXPECT_EQ(Modes().c_oflag & OPOST, 0u);
  EXPECT_EQ(Modes().c_lflag & (ECHO | ICANON), 0u);
  EXPECT_NE(Modes().c_lflag & ISIG, 0u);
  pacer.End();
  EXPECT_EQ(Modes().c_oflag, before.c_oflag);
  EXPECT_EQ(Modes().c_lflag, before.c_lflag);
  EXPECT_EQ(Modes().c_cc[VSUSP], before.c_cc[VSUSP]);
}

TEST_F(TerminalPacerTest, ModesAreGivenBackWhenItGoes) {
  const termios before = Modes();
  { ASSERT_TRUE(TerminalPacer(terminal_.get()).Begin()); }
  EXPECT_EQ(Modes().c_lflag, before.c_lflag);
}

TEST_F(TerminalPacerTest, Size) {
  TerminalPacer pacer(terminal_.get());
  winsize size{};
  ::ioctl(terminal_.get(), TIOCSWINSZ, &size);
  EXPECT_FALSE(pacer.size());
  size.ws_col = 100;
  size.ws_row = 30;
  ::ioctl(terminal_.get(), TIOCSWINSZ, &size);
  EXPECT_EQ(pacer.size(), (WindowSize{100, 30}));
}

TEST_F(TerminalPacerTest, SignalsEndTheWait) {
  for (int signal : {SIGTERM, SIGHUP, SIGQUIT}) {
    TerminalPacer pacer(terminal_.get());
    ASSERT_TRUE(pacer.Begin());
    EXPECT_FALSE(pacer.Wait(pacer.NowNs() - 1).interrupted);
    ::raise(signal);
    EXPECT_TRUE(pacer.Wait(INT64_MAX).interrupted) << signal;
    EXPECT_TRUE(pacer.Wait(INT64_MAX).interrupted) << signal;
  }
}

TEST_F(TerminalPacerTest, CancellingEndsTheWaitOnce) {
  TerminalPacer pacer(terminal_.get());
  ASSERT_TRUE(pacer.Begin());
  ::raise(SIGINT);
  const Pacer::Wake wake = pacer.Wait(INT64_MAX);
  EXPECT_TRUE(wake.cancelled);
  EXPECT_FALSE(wake.interrupted);
  EXPECT_FALSE(pacer.Wait(pacer.NowNs()).cancelled);
}

TEST_F(TerminalPacerTest, CancellingWhatWasStoppedEndsIt) {
  TerminalPacer pacer(terminal_.get());
  ASSERT_TRUE(pacer.Begin());
  ::raise(SIGINT);
  ::raise(SIGCONT);
  EXPECT_TRUE(pacer.Wait(INT64_MAX).interrupted);
}

TEST_F(TerminalPacerTest, KeysEndTheWait) {
  TerminalPacer pacer(terminal_.get());
  ASSERT_TRUE(pacer.Begin());
  ASSERT_EQ(::write(controller_.get(), "\x13\rx", 3), 3);
  EXPECT_EQ(pacer.Wait(INT64_MAX).keys, "\x13\rx");
  EXPECT_EQ(pacer.Wait(pacer.NowNs()).keys, "");
}

TEST_F(TerminalPacerTest, ANewSizeEndsTheWaitOnce) {
  TerminalPacer pacer(terminal_.get());
  ASSERT_TRUE(pacer.Begin());
  ::raise(SIGWINCH);
  EXPECT_TRUE(pacer.Wait(INT64_MAX).resized);
  EXPECT_FALSE(pacer.Wait(pacer.NowNs()).resized);
}

TEST_F(TerminalPacerTest, ATerminalThatIsOnlyWritten) {
  const UniqueFd write_only(::open(::ptsname(controller_.get()), O_WRONLY | O_NOCTTY));
  TerminalPacer pacer(write_only.get());
  ASSERT_TRUE(pacer.Begin());
  ASSERT_EQ(::write(controller_.get(), "x", 1), 1);
  EXPECT_TRUE(pacer.Wait(INT64_MAX).no_keys);
  EXPECT_TRUE(pacer.Wait(pacer.NowNs()).no_keys);
}

TEST_F(TerminalPacerTest, ASignalAsksForAStop) {
  TerminalPacer pacer(terminal_.get());
  ASSERT_TRUE(pacer.Begin());
  ::raise(SIGTSTP);  // would stop this test
  EXPECT_TRUE(pacer.Wait(INT64_MAX).stop);
  EXPECT_FALSE(pacer.Wait(pacer.NowNs()).stop);
}

TEST_F(TerminalPacerTest, GoingOnTakesTheTerminalAgain) {
  const termios before = Modes();
  TerminalPacer pacer(terminal_.get());
  ASSERT_TRUE(pacer.Begin());
  const termios ours = Modes();
  ::tcsetattr(terminal_.get(), TCSANOW, &before);  // as a shell does
  ::raise(SIGCONT);
  EXPECT_TRUE(pacer.Wait(INT64_MAX).continued);
  EXPECT_EQ(Modes().c_lflag, ours.c_lflag);
}

TEST_F(TerminalPacerTest, HandlersAreGivenBack) {
  constexpr int kSignals[] = {SIGINT, SIGTSTP, SIGCONT, SIGWINCH};
  for (const int signal : kSignals) ::signal(signal, SIG_DFL);  // nohup ignores some
  TerminalPacer pacer(terminal_.get());
  ASSERT_TRUE(pacer.Begin());
  pacer.End();
  struct sigaction action {};
  for (const int signal : kSignals) {
    ::sigaction(signal, nullptr, &action);
    EXPECT_EQ(action.sa_handler, SIG_DFL) << signal;
  }
}

TEST(TerminalPacerWithoutTerminalTest, BeginFails) {
  TerminalPacer pacer(-1);
  EXPECT_FALSE(pacer.Begin());
  EXPECT_FALSE(pacer.size());
}

}  // namespace
}  // namespace secure_exec
