#include "plugin/terminal/terminal.h"

#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <iterator>

namespace secure_exec {
namespace {

// What the crash handlers may read: written before `g_raw_fd`, which says that it is valid.
termios g_saved;
std::atomic<int> g_raw_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free);

constexpr int kCrashSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
struct sigaction g_old_actions[std::size(kCrashSignals)];

// tcsetattr without waiting for output to drain (a terminal whose other side is stopped would never
// let us go). In the background it stops us (SIGTTOU) before it changes anything: a terminal that
// another job is using is not made raw. Async-signal-safe.
bool SetMode(int fd, const termios& mode) {
  int result;
  do {
    result = tcsetattr(fd, TCSANOW, &mode);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

// Gives the terminal back, also from the background. Async-signal-safe; only the first caller does
// it.
void RestoreNow() {
  const int fd = g_raw_fd.exchange(-1);
  if (fd < 0) return;
  const int error = errno;
  sigset_t block, old;
  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &block, &old);
  SetMode(fd, g_saved);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  errno = error;
}

// Gives the terminal back, then lets the signal do what it would have done without us.
void OnCrash(int signal) {
  const int error = errno;
  RestoreNow();
  for (size_t i = 0; i < std::size(kCrashSignals); ++i) {
    if (kCrashSignals[i] == signal) sigaction(signal, &g_old_actions[i], nullptr);
  }
  errno = error;
  // Blocked until we return; then it is delivered to the old action.
  raise(signal);
}

void InstallCrashHandlers() {
  struct sigaction action = {};
  action.sa_handler = OnCrash;
  sigemptyset(&action.sa_mask);
  // On the alternate stack where there is one: a stack overflow must not keep the terminal raw.
  action.sa_flags = SA_ONSTACK;
  for (size_t i = 0; i < std::size(kCrashSignals); ++i) {
    sigaction(kCrashSignals[i], &action, &g_old_actions[i]);
  }
}

void RemoveCrashHandlers() {
  for (size_t i = 0; i < std::size(kCrashSignals); ++i) {
    sigaction(kCrashSignals[i], &g_old_actions[i], nullptr);
  }
}

// A stack of their own for the handlers of the thread that enters raw mode, unless it has one.
void ProvideAlternateStack() {
  static char stack[64 * 1024];
  stack_t current = {};
  if (sigaltstack(nullptr, &current) != 0 || (current.ss_flags & SS_DISABLE) == 0) return;
  stack_t ours = {};
  ours.ss_sp = stack;
  ours.ss_size = sizeof stack;
  sigaltstack(&ours, nullptr);
}

termios RawOf(termios mode) {
  cfmakeraw(&mode);
  // As golang.org/x/term, which kubectl uses: a read returns as soon as there is a byte.
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  return mode;
}

}  // namespace

bool IsTerminal(int fd) { return ::isatty(fd) == 1; }

std::optional<WindowSize> TerminalSize(int fd) {
  winsize size = {};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return std::nullopt;
  }
  return WindowSize{.columns = size.ws_col, .rows = size.ws_row};
}

Result<RawTerminal> RawTerminal::Enter(int fd) {
  if (g_raw_fd.load() >= 0) return Fail(ErrorKind::kIo, "the terminal is in raw mode already");
  termios saved;
  if (tcgetattr(fd, &saved) != 0) {
    return FailErrno(ErrorKind::kIo, "reading the terminal's settings", errno);
  }
  g_saved = saved;
  static const bool at_exit = std::atexit(RestoreNow) == 0;
  if (!at_exit) return Fail(ErrorKind::kIo, "the terminal could not be given back at exit");
  ProvideAlternateStack();
  InstallCrashHandlers();
  g_raw_fd.store(fd);
  if (!SetMode(fd, RawOf(saved))) {
    const int error = errno;
    RestoreNow();
    RemoveCrashHandlers();
    return FailErrno(ErrorKind::kIo, "setting the terminal to raw mode", error);
  }
  return RawTerminal(fd);
}

RawTerminal::RawTerminal(RawTerminal&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RawTerminal::~RawTerminal() {
  if (fd_ < 0) return;
  Restore();
  RemoveCrashHandlers();
}

void RawTerminal::Restore() {
  if (fd_ >= 0) RestoreNow();
}

void RawTerminal::Reenter() {
  if (fd_ < 0) return;
  if (SetMode(fd_, RawOf(g_saved))) g_raw_fd.store(fd_);
}

Result<SignalSource> SignalSource::Open() {
  sigset_t signals, ending, old;
  sigemptyset(&signals);
  sigemptyset(&ending);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH, SIGTSTP, SIGCONT}) {
    // What our parent ignores (nohup, a script's background jobs) is to be ignored. A descriptor
    // would deliver it all the same.
    struct sigaction action = {};
    const bool ends_us = signal != SIGWINCH && signal != SIGCONT;
    if (ends_us && sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
      continue;
    sigaddset(&signals, signal);
    if (ends_us && signal != SIGTSTP) sigaddset(&ending, signal);
  }
  if (const int error = pthread_sigmask(SIG_BLOCK, &signals, &old); error != 0) {
    return FailErrno(ErrorKind::kIo, "blocking signals", error);
  }
  UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  UniqueFd ending_fd(::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd || !ending_fd) {
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    return FailErrno(ErrorKind::kIo, "opening a descriptor for signals", error);
  }
  ::signal(SIGPIPE, SIG_IGN);
  return SignalSource(std::move(fd), std::move(ending_fd), old);
}

SignalSource::SignalSource(SignalSource&& other) noexcept
    : fd_(std::move(other.fd_)), ending_fd_(std::move(other.ending_fd_)), old_(other.old_) {}

SignalSource::~SignalSource() {
  if (fd_) pthread_sigmask(SIG_SETMASK, &old_, nullptr);
}

std::optional<int> SignalSource::Next() {
  signalfd_siginfo info;
  ssize_t count;
  do {
    count = ::read(fd_.get(), &info, sizeof info);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

std::optional<int> SignalSource::NextEnding() {
  while (const auto signal = Next()) {
    if (*signal == SIGHUP || *signal == SIGINT || *signal == SIGQUIT || *signal == SIGTERM) {
      return signal;
    }
  }
  return std::nullopt;
}

void StopAsOthersDo() {
  sigset_t only, old;
  sigemptyset(&only);
  sigaddset(&only, SIGTSTP);
  ::raise(SIGTSTP);  // blocked: pending until the next line, where the default action stops us
  pthread_sigmask(SIG_UNBLOCK, &only, &old);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

void DieOfSignal(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  RestoreNow();
  ::raise(signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  // Not a signal that ends a process.
  ::_exit(128 + signal);
}

}  // namespace secure_exec
