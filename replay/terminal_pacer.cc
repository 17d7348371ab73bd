#include "replay/terminal_pacer.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"

namespace secure_exec {
namespace {

volatile sig_atomic_t g_interrupted = 0;

void OnSignal(int) { g_interrupted = 1; }

}  // namespace

std::optional<WindowSize> TerminalPacer::size() const {
  winsize size{};
  if (::ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return std::nullopt;
  }
  return WindowSize{size.ws_col, size.ws_row};
}

Result<void> TerminalPacer::Begin() {
  termios modes{};
  if (::tcgetattr(fd_, &modes) != 0) return FailErrno(ErrorKind::kIo, "terminal modes", errno);
  const termios before = modes;
  modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  modes.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON);
  // A stopped player would leave its modes and the session's screen to the shell.
  modes.c_cc[VSUSP] = _POSIX_VDISABLE;

  g_interrupted = 0;
  struct sigaction action {};
  action.sa_handler = OnSignal;  // no SA_RESTART: a wait ends
  ::sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &action, &saved_actions_[i]);
  }
  saved_ = before;
  if (::tcsetattr(fd_, TCSADRAIN, &modes) != 0) {
    const int error = errno;
    End();
    return FailErrno(ErrorKind::kIo, "setting terminal modes", error);
  }
  return {};
}

void TerminalPacer::End() {
  if (!saved_) return;
  ::tcsetattr(fd_, TCSAFLUSH, &*saved_);  // keys typed meanwhile are for nobody
  saved_.reset();
  for (size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &saved_actions_[i], nullptr);
  }
}

int64_t TerminalPacer::NowNs() const { return Clock::System().BootNs(); }

bool TerminalPacer::WaitUntil(int64_t boot_ns) {
  // Signals are let in only while waiting, so that none falls between the look and the wait.
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  for (int signal : kSignals) ::sigaddset(&blocked, signal);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  while (g_interrupted == 0) {
    const int64_t left = boot_ns - NowNs();
    if (left <= 0) break;
    const timespec timeout{left / kSecond, left % kSecond};
    ::ppoll(nullptr, 0, &timeout, &before);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return g_interrupted == 0;
}

}  // namespace secure_exec
