#include "base/file_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace secure_exec {
namespace {

template <class T>
T OrErrno(T result) {
  return result < 0 ? static_cast<T>(-errno) : result;
}

class SystemFileOps final : public FileOps {
 public:
  int MakeDirectory(const std::string& path, mode_t mode) override {
    if (::mkdir(path.c_str(), mode) != 0) return -errno;
    // What the umask took. Never through a link that stands there by now.
    (void)!::fchmodat(AT_FDCWD, path.c_str(), mode, AT_SYMLINK_NOFOLLOW);
    return 0;
  }
  int Open(const std::string& path, int flags, mode_t mode) override {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd < 0) return -errno;
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
      // Where modes or locks are unknown there are none.
      (void)::fchmod(fd, mode);
      (void)::flock(fd, LOCK_EX | LOCK_NB);
    }
    return fd;
  }
  ssize_t Write(int fd, const void* data, size_t size) override {
    const ssize_t count = OrErrno(::write(fd, data, size));
    struct stat info {};
    if (count >= 0 && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 0)
      return -ENOENT;
    return count;
  }
  int Truncate(int fd, off_t size) override { return OrErrno(::ftruncate(fd, size)); }
  int DataSync(int fd) override { return OrErrno(::fdatasync(fd)); }
  int Reserve(int fd, off_t offset, off_t length) override {
    return OrErrno(::fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length));
  }
  int Unlink(const std::string& path) override { return OrErrno(::unlink(path.c_str())); }
  int Close(int fd) override { return OrErrno(::close(fd)); }
  int FreeBytes(const std::string& path, uint64_t* bytes) override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return -errno;
    *bytes = static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
    return 0;
  }
};

}  // namespace

FileOps& FileOps::System() {
  static SystemFileOps ops;
  return ops;
}

}  // namespace secure_exec
