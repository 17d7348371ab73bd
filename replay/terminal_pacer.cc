#include "replay/terminal_pacer.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/clock.h"

namespace secure_exec {
namespace {

volatile sig_atomic_t g_interrupted = 0;
volatile sig_atomic_t g_cancelled = 0;
volatile sig_atomic_t g_resized = 0;
volatile sig_atomic_t g_stop = 0;
volatile sig_atomic_t g_continued = 0;

void OnSignal(int signal) { (signal == SIGINT ? g_cancelled : g_interrupted) = 1; }
void OnResize(int) { g_resized = 1; }
void OnStop(int) { g_stop = 1; }
void OnContinue(int) { g_continued = 1; }

// A background job stops in it; going on ends the call.
bool SetModes(int fd, const termios& modes) {
  while (::tcsetattr(fd, TCSADRAIN, &modes) != 0) {
    if (errno != EINTR || g_interrupted + g_cancelled != 0) return false;
  }
  return true;
}

// Keys typed meanwhile are for nobody. In the background the terminal is the shell's again, and
// asking for it would stop the program that was told to end.
void GiveBack(int fd, const termios& modes) {
  const pid_t foreground = ::tcgetpgrp(fd);
  if (foreground > 0 && foreground != ::getpgrp()) return;
  while (::tcsetattr(fd, TCSAFLUSH, &modes) != 0 && errno == EINTR) {
  }
}

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
  modes.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | INLCR | ISTRIP);
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;

  g_interrupted = 0;
  g_cancelled = 0;
  g_resized = 0;
  g_stop = 0;
  g_continued = 0;
  readable_ = true;
  struct sigaction action {};
  action.sa_handler = OnSignal;  // no SA_RESTART: a wait ends
  ::sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &action, &saved_actions_[i]);
  }
  action.sa_handler = OnResize;
  ::sigaction(SIGWINCH, &action, &saved_winch_);
  action.sa_handler = OnStop;
  ::sigaction(SIGTSTP, &action, &saved_stop_);
  action.sa_handler = OnContinue;
  ::sigaction(SIGCONT, &action, &saved_continue_);
  saved_ = before;
  modes_ = modes;
  if (!SetModes(fd_, modes_)) {
    const int error = errno;
    End();
    if (error == EINTR) return Fail(ErrorKind::kInterrupted, "interrupted");
    return FailErrno(ErrorKind::kIo, "setting terminal modes", error);
  }
  return {};
}

void TerminalPacer::End() {
  if (!saved_) return;
  GiveBack(fd_, *saved_);
  saved_.reset();
  for (size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &saved_actions_[i], nullptr);
  }
  ::sigaction(SIGWINCH, &saved_winch_, nullptr);
  ::sigaction(SIGTSTP, &saved_stop_, nullptr);
  ::sigaction(SIGCONT, &saved_continue_, nullptr);
}

bool TerminalPacer::Suspend() {
  if (!saved_) return true;
  GiveBack(fd_, *saved_);
  struct sigaction stops {};
  stops.sa_handler = SIG_DFL;
  ::sigemptyset(&stops.sa_mask);
  struct sigaction ours {};
  ::sigaction(SIGTSTP, &stops, &ours);
  ::raise(SIGTSTP);  // comes back when somebody says SIGCONT, or at once where no shell could
  ::sigaction(SIGTSTP, &ours, nullptr);
  g_stop = 0;
  g_continued = 0;
  return g_interrupted + g_cancelled == 0 && SetModes(fd_, modes_);
}

int64_t TerminalPacer::NowNs() const { return Clock::System().BootNs(); }

Pacer::Wake TerminalPacer::Wait(int64_t boot_ns) {
  // Signals are let in only while waiting, so that none falls between the look and the wait.
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  for (int signal : kSignals) ::sigaddset(&blocked, signal);
  for (int signal : {SIGWINCH, SIGTSTP, SIGCONT}) ::sigaddset(&blocked, signal);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  Wake wake;
  while (true) {
    // A look at the signals and keys at least, however late it is.
    const int64_t left = std::max<int64_t>(boot_ns - NowNs(), 0);
    const timespec timeout{left / kSecond, left % kSecond};
    pollfd poll{fd_, POLLIN, 0};
    const bool look = g_interrupted + g_cancelled + g_resized + g_stop + g_continued == 0;
    const int ready = look ? ::ppoll(&poll, readable_ ? 1 : 0, &timeout, &before) : 0;
    if (ready > 0) {
      char bytes[256];
      const ssize_t got = ::read(fd_, bytes, sizeof bytes);
      if (got > 0) wake.keys.assign(bytes, static_cast<size_t>(got));
      if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) readable_ = false;
    }
    wake.cancelled = g_cancelled != 0;
    wake.resized = g_resized != 0;
    wake.no_keys = !readable_;
    wake.stop = g_stop != 0;
    wake.continued = g_continued != 0;
    g_cancelled = 0;
    g_resized = 0;
    g_stop = 0;
    g_continued = 0;
    // Who was stopped and is told to end must not go on: the terminal is somebody's.
    if (wake.continued && wake.cancelled) g_interrupted = 1;
    wake.interrupted = g_interrupted != 0;
    if (wake.continued && !wake.interrupted) SetModes(fd_, modes_);
    const bool signalled =
        wake.interrupted || wake.cancelled || wake.resized || wake.stop || wake.continued;
    if (signalled || !wake.keys.empty() || ready > 0 || left == 0) break;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return wake;
}

}  // namespace secure_exec
