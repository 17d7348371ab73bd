#include "base/local_account.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#ifndef SECURE_EXEC_STATIC
#include <pwd.h>
#endif

#include "base/unique_fd.h"

namespace secure_exec {

std::optional<LocalAccount> FindAccount(std::string_view passwd, uid_t uid) {
  while (!passwd.empty()) {
    std::string_view line = passwd.substr(0, passwd.find('\n'));
    passwd.remove_prefix(std::min(line.size() + 1, passwd.size()));
    std::array<std::string_view, 7> fields;  // name:password:uid:gid:comment:home:shell
    size_t count = 0;
    for (; count < fields.size(); ++count) {
      const size_t colon = line.find(':');
      fields[count] = line.substr(0, colon);
      if (colon == std::string_view::npos) break;
      line.remove_prefix(colon + 1);
    }
    const std::string_view digits = fields[2];
    uid_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (count < 6 || fields[0].empty() || digits.empty() || error != std::errc() ||
        end != digits.data() + digits.size() || number != uid) {
      continue;
    }
    return LocalAccount{.name = std::string(fields[0]), .home = std::string(fields[5])};
  }
  return std::nullopt;
}

namespace {

int64_t NowMs() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

// All there is to read, until the end or until `deadline_ms`: nullopt.
std::optional<std::string> ReadUntil(int fd, int64_t deadline_ms, size_t most) {
  std::string text;
  for (;;) {
    pollfd ready{fd, POLLIN, 0};
    const int64_t left = deadline_ms - NowMs();
    if (left <= 0 || text.size() > most) return std::nullopt;
    if (::poll(&ready, 1, static_cast<int>(left)) < 0 && errno != EINTR) return std::nullopt;
    if (ready.revents == 0) continue;
    char buffer[4096];
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count == 0) return text;
    if (count > 0) text.append(buffer, static_cast<size_t>(count));
    if (count < 0 && errno != EINTR) return std::nullopt;
  }
}

}  // namespace

std::optional<LocalAccount> AskForAccount(const char* program, uid_t uid, int timeout_ms) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  std::string name = "getent", database = "passwd", key = std::to_string(uid);
  char* arguments[] = {name.data(), database.data(), key.data(), nullptr};
  char* no_environment[] = {nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  pid_t process = 0;
  const int problem =
      ::posix_spawn(&process, program, &actions, nullptr, arguments, no_environment);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) return std::nullopt;
  writer.Reset();
  const auto text = ReadUntil(reader.get(), NowMs() + timeout_ms, 64 * 1024);
  if (!text) ::kill(process, SIGKILL);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return text && status == 0 ? FindAccount(*text, uid) : std::nullopt;
}

namespace {

#ifdef SECURE_EXEC_STATIC
constexpr size_t kMaxPasswdBytes = size_t{16} << 20;
constexpr int kGetentMs = 2000;

std::optional<LocalAccount> Look(uid_t uid) {
  const UniqueFd file(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
  const auto text =
      file ? ReadUntil(file.get(), NowMs() + kGetentMs, kMaxPasswdBytes) : std::nullopt;
  if (auto found = text ? FindAccount(*text, uid) : std::nullopt) return found;
  return AskForAccount("/usr/bin/getent", uid, kGetentMs);
}
#else
std::optional<LocalAccount> Look(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (::getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return LocalAccount{.name = found->pw_name,
                      .home = found->pw_dir != nullptr ? found->pw_dir : ""};
}
#endif

}  // namespace

LocalAccount ThisAccount() {
  // Asked several times in a session, of which each could mean a process.
  static const LocalAccount account =
      Look(::getuid()).value_or(LocalAccount{.name = std::to_string(::getuid()), .home = ""});
  return account;
}

}  // namespace secure_exec
