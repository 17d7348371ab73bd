#include "plugin/leash/leash_shell.h"

#include <errno.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <climits>

#include "plugin/api/status.h"
#include "plugin/leash/process_list.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxErrors = 512;

}  // namespace

RemoteLeashShell::RemoteLeashShell(std::unique_ptr<RemoteCommand> remote, const Clock& clock,
                                   int interrupt_fd)
    : remote_(std::move(remote)), clock_(clock), interrupt_fd_(interrupt_fd) {}

RemoteLeashShell::~RemoteLeashShell() {
  if (remote_->finished()) return;
  remote_->SendStdin("q\n");
  (void)remote_->Advance(*this);
}

void RemoteLeashShell::OnOutput(Channel channel, std::string_view bytes) {
  if (channel == Channel::kStderr) {
    errors_.append(bytes.substr(0, kMaxErrors - std::min(errors_.size(), kMaxErrors)));
    return;
  }
  if (answer_.size() + bytes.size() > kMaxListBytes) {
    too_long_ = true;
  } else {
    answer_.append(bytes);
  }
}

std::optional<std::string> RemoteLeashShell::TakeAnswer(std::string_view last) {
  for (size_t end = answer_.find('\n', looked_at_); end != std::string::npos;
       end = answer_.find('\n', looked_at_)) {
    const bool is_last = std::string_view(answer_).substr(looked_at_).starts_with(last);
    looked_at_ = end + 1;
    if (!is_last) continue;
    std::string answer = answer_.substr(0, looked_at_);
    answer_.erase(0, looked_at_);
    looked_at_ = 0;
    return answer;
  }
  return std::nullopt;
}

Error RemoteLeashShell::Ending() const {
  const auto exit = ParseRemoteExit(remote_->status_bytes());
  std::string why = exit ? exit->message : "";
  for (const std::string_view prefix : {"error: ", "Internal error occurred: "}) {
    if (why.starts_with(prefix)) why.erase(0, prefix.size());
  }
  if (!exit || exit->from_program) {
    why = errors_.empty() ? "its shell ended" : "its shell said: " + SafeForTerminal(errors_, 200);
  }
  // What runtimes say where an image has no shell: containerd and CRI-O with runc, and with crun.
  const bool none = why.find("executable file not found") != std::string::npos ||
                    why.find("no such file or directory") != std::string::npos;
  return {ErrorKind::kServer, none ? "there is no shell in it that could be asked" : why};
}

Result<void> RemoteLeashShell::Wait() {
  if (remote_->HasBufferedInput()) return {};
  int timeout_ms = -1;
  if (const auto deadline = remote_->Deadline()) {
    const int64_t left = *deadline - clock_.BootNs();
    timeout_ms =
        static_cast<int>(std::clamp<int64_t>((left + kMillisecond - 1) / kMillisecond, 0, INT_MAX));
  }
  std::array<pollfd, 2> fds = {
      {{remote_->fd(), remote_->PollEvents(*this), 0}, {interrupt_fd_, POLLIN, 0}}};
  if (fds[0].events == 0) fds[0].fd = -1;
  if (::poll(fds.data(), fds.size(), timeout_ms) < 0 && errno != EINTR) {
    return FailErrno(ErrorKind::kIo, "waiting for the leash", errno);
  }
  if (fds[1].revents != 0) return Fail(ErrorKind::kInterrupted, "it did not answer in time");
  return {};
}

Result<std::string> RemoteLeashShell::Ask(std::string_view line, std::string_view last) {
  std::string rest(line);
  rest += '\n';
  answer_.clear();
  looked_at_ = 0;
  while (true) {
    const size_t size = std::min(rest.size(), remote_->StdinRoom());
    if (size > 0) {
      remote_->SendStdin(std::string_view(rest).substr(0, size));
      rest.erase(0, size);
    }
    if (auto advanced = remote_->Advance(*this); !advanced) {
      return tl::unexpected(advanced.error());
    }
    if (too_long_) return Fail(ErrorKind::kFormat, "its list of processes is too long");
    if (auto answer = TakeAnswer(last)) return std::move(*answer);
    if (remote_->finished()) return tl::unexpected(Ending());
    if (auto waited = Wait(); !waited) return tl::unexpected(waited.error());
  }
}

bool RemoteLeashShell::Pause(int64_t ns) {
  pollfd one{interrupt_fd_, POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(ns / kMillisecond)) == 0;
}

}  // namespace secure_exec
