// The file system calls by which a recording is written, passed in so that tests can make the
// n-th one fail, fall short or stall. Every call returns what the system call does, or -errno.
// Reading recordings does not go through here.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace secure_exec {

class FileOps {
 public:
  virtual ~FileOps() = default;
  // The directory gets exactly `mode`, whatever the umask.
  virtual int MakeDirectory(const std::string& path, mode_t mode) = 0;
  // Flags as open(2) takes them; O_CLOEXEC is added. A file made with O_CREAT | O_EXCL gets exactly
  // `mode`, whatever the umask, and is locked (flock, exclusive) while it is open, where the file
  // system has locks: a sign for others that it is being written.
  virtual int Open(const std::string& path, int flags, mode_t mode) = 0;
  // Fails with -ENOENT when the file has no name any more: what is written there nobody finds.
  // So does a write of nothing.
  virtual ssize_t Write(int fd, const void* data, size_t size) = 0;
  virtual int Truncate(int fd, off_t size) = 0;
  virtual int DataSync(int fd) = 0;
  // Reserves disk space behind the end of the file without changing its size.
  virtual int Reserve(int fd, off_t offset, off_t length) = 0;
  virtual int Unlink(const std::string& path) = 0;
  virtual int Close(int fd) = 0;
  // Bytes that an unprivileged user can still write where `path` is.
  virtual int FreeBytes(const std::string& path, uint64_t* bytes) = 0;

  static FileOps& System();
};

}  // namespace secure_exec
