#include "plugin/terminal/terminal.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace secure_exec {
namespace {

// What the crash handlers and atexit need, reachable from a signal handler: the one terminal that
// is raw, and how it was.
std::atomic<int> raw_fd{-1};
termios saved_settings;

constexpr int kCrashSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// Async-signal-safe. A background process that changes a terminal is stopped by SIGTTOU, which
// would leave it raw for ever, so that is blocked meanwhile. TCSANOW does not wait for output,
// which a dead terminal would never take.
void RestoreNow() {
  const int fd = raw_fd.exchange(-1);
  if (fd < 0) return;
  sigset_t block, old;
  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &block, &old);
  ::tcsetattr(fd, TCSANOW, &saved_settings);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

void OnCrash(int signal) {
  RestoreNow();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void InstallOnce() {
  static const bool installed = [] {
    std::atexit(RestoreNow);
    struct sigaction action {};
    action.sa_handler = OnCrash;
    sigemptyset(&action.sa_mask);
    for (const int signal : kCrashSignals) ::sigaction(signal, &action, nullptr);
    return true;
  }();
  (void)installed;
}

bool MakeRaw(int fd) {
  termios raw = saved_settings;
  ::cfmakeraw(&raw);
  sigset_t block, old;
  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &block, &old);
  const bool done = ::tcsetattr(fd, TCSANOW, &raw) == 0;
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  if (done) raw_fd.store(fd);
  return done;
}

sigset_t WatchedSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH, SIGTSTP, SIGCONT})
    sigaddset(&set, signal);
  return set;
}

}  // namespace

bool IsTerminal(int fd) { return ::isatty(fd) == 1; }

std::optional<WindowSize> TerminalSize(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return std::nullopt;
  return WindowSize{size.ws_col, size.ws_row};
}

// --- RawTerminal
// -----------------------------------------------------------------------------------

Result<RawTerminal> RawTerminal::Enter(int fd) {
  if (::tcgetattr(fd, &saved_settings) != 0)
    return FailErrno(ErrorKind::kIo, "reading the terminal's settings", errno);
  InstallOnce();
  if (!MakeRaw(fd)) return FailErrno(ErrorKind::kIo, "making the terminal raw", errno);
  return RawTerminal(fd);
}

RawTerminal::RawTerminal(RawTerminal&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RawTerminal::~RawTerminal() { Restore(); }

void RawTerminal::Restore() {
  if (fd_ >= 0) RestoreNow();
}

void RawTerminal::Reenter() {
  if (fd_ >= 0) MakeRaw(fd_);
}

// --- SignalSource
// ------------------------------------------------------------------------------------

Result<SignalSource> SignalSource::Open() {
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t watched = WatchedSignals();
  sigset_t old;
  pthread_sigmask(SIG_BLOCK, &watched, &old);
  UniqueFd fd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) {
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    return FailErrno(ErrorKind::kIo, "waiting for signals", error);
  }
  return SignalSource(std::move(fd), old);
}

SignalSource::SignalSource(SignalSource&& other) noexcept
    : fd_(std::move(other.fd_)), old_(other.old_) {}

SignalSource::~SignalSource() {
  if (fd_) pthread_sigmask(SIG_SETMASK, &old_, nullptr);
}

std::optional<int> SignalSource::Next() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info))
    return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void DieOfSignal(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
  std::_Exit(128 + signal);
}

}  // namespace secure_exec
