#include "base/completion/within.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace secure_exec {
namespace {

sigset_t Ending() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&signals, number);
  return signals;
}

[[noreturn]] void Work(const std::function<std::string()>& work, int out, const sigset_t& mask) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setsid();
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) ::_exit(1);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, fd);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  const std::string text = work();
  for (size_t at = 0; at < text.size();) {
    const ssize_t count = ::write(out, text.data() + at, text.size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) ::_exit(1);
    at += static_cast<size_t>(count);
  }
  ::_exit(0);
}

// All that comes until the end. False: not in time, too much, or a signal came.
bool ReadUntil(int64_t deadline_ns, int from, int signals, std::string& text) {
  const Clock& clock = Clock::System();
  char buffer[16384];
  while (true) {
    const int64_t left = deadline_ns - clock.BootNs();
    if (left <= 0) return false;
    pollfd wanted[] = {{from, POLLIN, 0}, {signals, POLLIN, 0}};
    const auto milliseconds = static_cast<int>((left + kMillisecond - 1) / kMillisecond);
    if (::poll(wanted, 2, milliseconds) < 0 && errno != EINTR) return false;
    if (wanted[1].revents != 0) return false;
    if (wanted[0].revents == 0) continue;
    const ssize_t count = ::read(from, buffer, sizeof buffer);
    if (count == 0) return true;
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.append(buffer, static_cast<size_t>(count));
    if (text.size() > kMaxWithinBytes) return false;
  }
}

}  // namespace

std::string RunWithin(int64_t limit_ns, const std::function<std::string()>& work) {
  const int64_t deadline_ns = Clock::System().BootNs() + limit_ns;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return "";
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const sigset_t ending = Ending();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &ending, &before);
  const UniqueFd signals(::signalfd(-1, &ending, SFD_CLOEXEC));
  const pid_t child = signals ? ::fork() : -1;
  if (child == 0) Work(work, writer.get(), before);
  writer.Reset(-1);
  std::string text;
  if (child > 0 && !ReadUntil(deadline_ns, reader.get(), signals.get(), text)) {
    text.clear();
    // Its session's first process group has its number. It may not have come to be yet.
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);
  }
  // Not waited for where it is stuck in the kernel (a network file system): init will have it.
  if (child > 0) ::waitpid(child, nullptr, WNOHANG);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return text;
}

}  // namespace secure_exec
