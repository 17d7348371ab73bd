#include "plugin/policy/on_end.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include "base/unique_fd.h"
#include "base/vt/safe_text.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxSaid = 4096;
constexpr size_t kShownSaid = 200;
constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string Filled(std::string_view argument, const FinishedRecording& recording) {
  const std::pair<std::string_view, const std::string*> kNames[] = {
      {"{recording}", &recording.path}, {"{id}", &recording.id}, {"{seal}", &recording.seal}};
  std::string out;
  while (!argument.empty()) {
    const auto name = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& each) {
      return argument.starts_with(each.first);
    });
    if (name != std::end(kNames)) {
      out += *name->second;
      argument.remove_prefix(name->first.size());
    } else {
      out += argument[0];
      argument.remove_prefix(1);
    }
  }
  return out;
}

std::vector<std::string> Variables(const FinishedRecording& recording) {
  std::vector<std::string> all = {std::string("PATH=") + kPath, "LANG=C.UTF-8"};
  const auto add = [&](const char* name, const std::string& value) {
    // A name from a server with a zero byte in it would end here.
    if (!value.empty())
      all.push_back(fmt::format("{}={}", name, value.substr(0, value.find('\0'))));
  };
  add("HOME", recording.home);
  add("USER", recording.local_user);
  add("SECURE_EXEC_RECORDING", recording.path);
  add("SECURE_EXEC_ID", recording.id);
  add("SECURE_EXEC_SEALED", recording.sealed ? "yes" : "no");
  add("SECURE_EXEC_SEAL", recording.seal);
  add("SECURE_EXEC_EXIT", recording.exit);
  add("SECURE_EXEC_CONTEXT", recording.context);
  add("SECURE_EXEC_NAMESPACE", recording.name_space);
  add("SECURE_EXEC_POD", recording.pod);
  add("SECURE_EXEC_CONTAINER", recording.container);
  add("SECURE_EXEC_REASON", recording.reason);
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// 0 and the process, or an errno.
int Spawn(std::vector<std::string> arguments, std::vector<std::string> variables, int stderr_fd,
          pid_t& process) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, stderr_fd, STDERR_FILENO);
  // Not what our parent left open either.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t signals;
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  const std::string file = arguments[0];
  const int problem = ::posix_spawn(&process, file.c_str(), &actions, &attributes,
                                    Pointers(arguments).data(), Pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return problem;
}

// Its descriptor is readable once `process` has ended, which nobody else waits for meanwhile. A
// pidfd is as much from Linux 5.3 on.
class EndWatch {
 public:
  explicit EndWatch(pid_t process)
      : ended_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this, process] {
          siginfo_t info{};
          while (::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOWAIT) < 0 &&
                 errno == EINTR) {
          }
          (void)::eventfd_write(ended_.get(), 1);
        }) {}
  ~EndWatch() { thread_.join(); }
  EndWatch(const EndWatch&) = delete;
  EndWatch& operator=(const EndWatch&) = delete;

  int fd() const { return ended_.get(); }

 private:
  const UniqueFd ended_;
  std::thread thread_;
};

enum class Waited { kEnded, kTimeout, kInterrupted };

// Until the process has ended; keeps the beginning of what it says. A descendant that holds stderr
// open is not waited for.
Waited WaitFor(int ended_fd, int said_fd, const Interrupt& interrupt, int64_t deadline_ns,
               const Clock& clock, std::string& said) {
  bool open = true;
  for (;;) {
    const int64_t left_ms = (deadline_ns - clock.BootNs()) / kMillisecond;
    if (left_ms <= 0) return Waited::kTimeout;
    pollfd fds[] = {
        {ended_fd, POLLIN, 0}, {open ? said_fd : -1, POLLIN, 0}, {interrupt.fd, POLLIN, 0}};
    if (::poll(fds, 3, static_cast<int>(std::min<int64_t>(left_ms, 60'000))) < 0 &&
        errno != EINTR) {
      return Waited::kTimeout;
    }
    const bool ended = fds[0].revents != 0;
    // Once it has ended, what it said is still there to be read; as much as is shown.
    for (bool more = fds[1].revents != 0; more;) {
      char buffer[1024];
      const ssize_t count = ::read(said_fd, buffer, sizeof buffer);
      if (count > 0) {
        said.append(buffer, std::min(static_cast<size_t>(count), kMaxSaid - said.size()));
      }
      open = count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
      more = ended && count > 0 && said.size() < kMaxSaid;
    }
    if (ended) return Waited::kEnded;
    if (fds[2].revents != 0 && interrupt.came()) return Waited::kInterrupted;
  }
}

std::string FirstLine(std::string_view said) {
  while (said.starts_with('\n')) said.remove_prefix(1);
  return SafeLine(said.substr(0, std::min(said.find('\n'), kShownSaid)));
}

}  // namespace

Result<void> RunOnEnd(const std::vector<std::string>& argv, const FinishedRecording& recording,
                      int64_t timeout_ns, const Interrupt& interrupt, const Clock& clock) {
  const auto failed = [&](const std::string& why, const std::string& said = "") {
    return Fail(ErrorKind::kIo, "on_end {}: {}{}{}", SafeLine(argv[0]), why,
                said.empty() ? "" : ": ", said);
  };
  std::vector<std::string> arguments;
  for (const std::string& argument : argv) arguments.push_back(Filled(argument, recording));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return failed(ErrnoText(errno));
  const UniqueFd said_fd(ends[0]);
  UniqueFd writer(ends[1]);
  pid_t process = 0;
  // The program wants a stderr that blocks.
  (void)::fcntl(writer.get(), F_SETFL, 0);
  if (const int problem = Spawn(std::move(arguments), Variables(recording), writer.get(), process);
      problem != 0) {
    return failed(ErrnoText(problem));
  }
  writer.Reset();
  std::string said;
  Waited waited;
  {
    const EndWatch watch(process);
    waited =
        WaitFor(watch.fd(), said_fd.get(), interrupt, clock.BootNs() + timeout_ns, clock, said);
    if (waited != Waited::kEnded) ::kill(-process, SIGKILL);
  }
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (waited == Waited::kTimeout) {
    return failed(fmt::format("had not ended after {} s and was killed", timeout_ns / kSecond),
                  FirstLine(said));
  }
  if (waited == Waited::kInterrupted) return failed("was killed, for a signal came");
  if (WIFSIGNALED(status)) {
    return failed(fmt::format("ended by SIG{}", sigabbrev_np(WTERMSIG(status))), FirstLine(said));
  }
  if (WEXITSTATUS(status) == 0) return {};
  return failed(fmt::format("exit status {}", WEXITSTATUS(status)), FirstLine(said));
}

}  // namespace secure_exec
