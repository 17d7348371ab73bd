#include "plugin/audit/file_sink.h"

#include <errno.h>
#include <fcntl.h>

namespace secure_exec {
namespace {

// A rotation takes the file away once; who does so all the time is not waited for.
constexpr int kTries = 5;

// Not through a link, nor waiting for a reader where it is a pipe.
constexpr int kAppend = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

}  // namespace

int FileSink::Open() {
  for (int i = 0; i < kTries; ++i) {
    int fd = files_->Open(path_, kAppend, 0600);
    if (fd != -ENOENT) return fd;
    // Made by one of several processes; the mode is exact then.
    fd = files_->Open(path_, kAppend | O_CREAT | O_EXCL, 0600);
    if (fd >= 0) created_ = true;
    if (fd != -EEXIST) return fd;
  }
  return -ENOENT;
}

int FileSink::Write(int fd, const std::string& line) {
  ssize_t count = 0;
  do {
    count = files_->Write(fd, line.data(), line.size());
  } while (count == -EINTR);
  if (count < 0) return static_cast<int>(count);
  if (static_cast<size_t>(count) == line.size()) return 0;
  if (count > 0) torn_ = files_->Write(fd, "\n", 1) != 1;
  return -ENOSPC;  // which is what a short write means, to a file
}

int FileSink::SyncDirectory() {
  const size_t slash = path_.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  const int fd = files_->Open(directory, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0) return fd;
  const int synced = files_->DataSync(fd);
  files_->Close(fd);
  if (synced != 0) return synced;
  created_ = false;
  return 0;
}

int FileSink::Append(const std::string& line) {
  const int fd = Open();
  if (fd < 0) return fd;
  int result = Write(fd, torn_ ? "\n" + line : line);
  if (result == 0) torn_ = false;
  if (result == 0 && sync_) result = files_->DataSync(fd);
  // Some file systems say only now that they could not write.
  const int closed = files_->Close(fd);
  if (result == 0) result = closed;
  if (result == 0 && sync_ && created_) result = SyncDirectory();
  return result;
}

Result<void> FileSink::Deliver(const AuditSession& session, const AuditEvent& event) {
  const std::string line = EncodeAuditEvent(session, event, kMaxAuditLimit) + "\n";
  int result = -ENOENT;
  for (int i = 0; i < kTries && result == -ENOENT; ++i) result = Append(line);
  if (result == 0) return {};
  if (result == -ELOOP) {
    return Fail(ErrorKind::kIo, "{}: is a symbolic link: name the file itself", path_);
  }
  return FailErrno(ErrorKind::kIo, path_, -result);
}

}  // namespace secure_exec
