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

namespace {

// Nothing in it can be overwritten.
bool IsStream(const struct stat& info) { return S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode); }

}  // namespace

Result<UniqueFd> CreateFile(const std::string& path, bool force) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && IsStream(info)) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd) return FailErrno(ErrorKind::kIo, "opening " + path, errno);
    if (::fstat(fd.get(), &info) == 0 && IsStream(info)) return fd;
    return Fail(ErrorKind::kIo, "opening {}: it became another file meanwhile", path);
  }
  // Overwritten only once nothing can refuse it any more.
  UniqueFd fd(::open(path.c_str(),
                     O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (force ? 0 : O_EXCL), 0600));
  if (!fd) {
    const int error = errno;
    if (::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode)) {
      return Fail(ErrorKind::kUsage,
                  "{} is a symbolic link, and none is followed; -o - is standard output", path);
    }
    if (error == EEXIST) {
      return Fail(ErrorKind::kUsage, "{} is there already; --force overwrites it", path);
    }
    return FailErrno(ErrorKind::kIo, "creating " + path, error);
  }
  if (!force) return fd;
  if (::fstat(fd.get(), &info) != 0) return FailErrno(ErrorKind::kIo, "opening " + path, errno);
  if (!S_ISREG(info.st_mode)) return fd;
  // One that was there may be for others to read.
  if ((info.st_mode & 0777) != 0600 && ::fchmod(fd.get(), 0600) != 0) {
    return FailErrno(ErrorKind::kIo, "making " + path + " readable for you alone", errno);
  }
  if (::ftruncate(fd.get(), 0) != 0) {
    return FailErrno(ErrorKind::kIo, "overwriting " + path, errno);
  }
  return fd;
}

}  // namespace secure_exec
