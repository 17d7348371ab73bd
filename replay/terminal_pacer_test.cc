#include "replay/terminal_pacer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
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
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    TerminalPacer pacer(terminal_.get());
    ASSERT_TRUE(pacer.Begin());
    EXPECT_TRUE(pacer.WaitUntil(pacer.NowNs() - 1));
    ::raise(signal);
    EXPECT_FALSE(pacer.WaitUntil(INT64_MAX)) << signal;
  }
}

TEST_F(TerminalPacerTest, HandlersAreGivenBack) {
  TerminalPacer pacer(terminal_.get());
  ASSERT_TRUE(pacer.Begin());
  pacer.End();
  struct sigaction action {};
  ::sigaction(SIGINT, nullptr, &action);
  EXPECT_EQ(action.sa_handler, SIG_DFL);
}

TEST(TerminalPacerWithoutTerminalTest, BeginFails) {
  TerminalPacer pacer(-1);
  EXPECT_FALSE(pacer.Begin());
  EXPECT_FALSE(pacer.size());
}

}  // namespace
}  // namespace secure_exec
