#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "plugin/terminal/terminal.h"

namespace secure_exec {
namespace {

// POLLOUT promises that a pipe takes this much without blocking (PIPE_BUF).
constexpr size_t kCarefulSize = 4096;

bool CanTake(int fd) {
  pollfd poll_fd{fd, POLLOUT, 0};
  return ::poll(&poll_fd, 1, 0) > 0;
}

}  // namespace

OutputFd::OutputFd(int fd) : kind_(Kind::kCareful), fd_(fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return;
  if (S_ISREG(info.st_mode)) {
    kind_ = Kind::kFile;
  } else if (S_ISSOCK(info.st_mode)) {
    kind_ = Kind::kSocket;
  } else if (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode)) {
    const std::string path = fmt::format("/proc/self/fd/{}", fd);
    reopened_.Reset(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (reopened_) kind_ = Kind::kNonBlocking;
  }
}

int OutputFd::poll_fd() const { return reopened_ ? reopened_.get() : fd_; }

Result<size_t> OutputFd::Write(std::string_view bytes) {
  ssize_t count = 0;
  do {
    switch (kind_) {
      case Kind::kNonBlocking:
        count = ::write(reopened_.get(), bytes.data(), bytes.size());
        break;
      case Kind::kSocket:
        count = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        break;
      case Kind::kFile:
        count = ::write(fd_, bytes.data(), bytes.size());
        break;
      case Kind::kCareful:
        if (!CanTake(fd_)) return 0;
        count = ::write(fd_, bytes.data(), std::min(bytes.size(), kCarefulSize));
        break;
    }
  } while (count < 0 && errno == EINTR);
  if (count >= 0) return static_cast<size_t>(count);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
  const bool closed = errno == EPIPE || errno == ECONNRESET;
  return FailErrno(closed ? ErrorKind::kOutputClosed : ErrorKind::kIo,
                   "writing the command's output", errno);
}

}  // namespace secure_exec
