#include "replay/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace secure_exec {

void Output::Write(std::string_view bytes) {
  if (failed()) return;
  if (buffer_.size() + bytes.size() > kBufferBytes) Flush();
  if (bytes.size() < kBufferBytes) {
    buffer_ += bytes;
  } else if (!failed()) {
    if (auto written = WriteThrough(bytes); !written) error_ = written.error();
  }
}

void Output::Flush() {
  if (!failed() && !buffer_.empty()) {
    if (auto written = WriteThrough(buffer_); !written) error_ = written.error();
  }
  buffer_.clear();
}

FdOutput::FdOutput(int fd, std::string name)
    : fd_(fd), name_(std::move(name)), is_terminal_(::isatty(fd) == 1) {}

FdOutput::~FdOutput() { Flush(); }

Result<void> FdOutput::WriteThrough(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return FailErrno(errno == EPIPE ? ErrorKind::kOutputClosed : ErrorKind::kIo,
                       "writing to " + name_, errno);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<UniqueFd> CreateFile(const std::string& path, bool force) {
  const int how = force ? 0 : O_EXCL;
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | how, 0600));
  if (fd) {
    // One that was there may be for others to read. It is emptied when it no longer is.
    struct stat info {};
    if (force && ::fstat(fd.get(), &info) == 0 && S_ISREG(info.st_mode)) {
      if ((info.st_mode & 0777) != 0600 && ::fchmod(fd.get(), 0600) != 0) {
        return FailErrno(ErrorKind::kIo, "making " + path + " readable for you alone", errno);
      }
      if (::ftruncate(fd.get(), 0) != 0)
        return FailErrno(ErrorKind::kIo, "emptying " + path, errno);
    }
    return fd;
  }
  if (errno == EEXIST) {
    struct stat info {};
    const bool is_file = ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
    if (is_file) return Fail(ErrorKind::kUsage, "{} is there already; --force overwrites it", path);
    return Fail(ErrorKind::kUsage, "{} is there already, and no file; for a pipe: -o -", path);
  }
  return FailErrno(ErrorKind::kIo, "creating " + path, errno);
}

}  // namespace secure_exec
