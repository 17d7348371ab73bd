#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "plugin/terminal/terminal.h"

namespace secure_exec {
namespace {

// POLLOUT on a pipe promises room for PIPE_BUF bytes; on a terminal for some.
constexpr size_t kCarefulBytes = 4096;

}  // namespace

OutputFd::OutputFd(int fd) : kind_(Kind::kCareful), fd_(fd) {
  struct stat about;
  if (::fstat(fd, &about) != 0) return;  // Write() will say why
  if (S_ISSOCK(about.st_mode)) {
    kind_ = Kind::kSocket;
  } else if (S_ISREG(about.st_mode) || S_ISBLK(about.st_mode)) {
    kind_ = Kind::kFile;
  } else {
    // A description of our own, so that O_NONBLOCK does not reach the shell's. A pipe whose reader
    // has gone cannot be reopened (ENXIO): then the careful way finds EPIPE.
    const std::string path = fmt::format("/proc/self/fd/{}", fd);
    reopened_.Reset(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (reopened_) kind_ = Kind::kNonBlocking;
  }
}

int OutputFd::poll_fd() const { return reopened_ ? reopened_.get() : fd_; }

Result<size_t> OutputFd::Write(std::string_view bytes) {
  if (bytes.empty()) return size_t{0};
  for (;;) {
    ssize_t count = 0;
    switch (kind_) {
      case Kind::kSocket:
        count = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        break;
      case Kind::kNonBlocking:
        count = ::write(reopened_.get(), bytes.data(), bytes.size());
        break;
      case Kind::kFile:
        count = ::write(fd_, bytes.data(), bytes.size());
        break;
      case Kind::kCareful: {
        pollfd ready = {.fd = fd_, .events = POLLOUT, .revents = 0};
        const int polled = ::poll(&ready, 1, 0);
        if (polled == 0) return size_t{0};
        count = polled < 0 ? -1 : ::write(fd_, bytes.data(), std::min(bytes.size(), kCarefulBytes));
        break;
      }
    }
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return size_t{0};
    const bool closed = errno == EPIPE || errno == ECONNRESET;
    return FailErrno(closed ? ErrorKind::kOutputClosed : ErrorKind::kIo,
                     "writing the command's output", errno);
  }
}

}  // namespace secure_exec
