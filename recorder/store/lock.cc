#include "recorder/store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

namespace secure_exec {
namespace {

bool Take(const UniqueFd& file, int how) {
  int result = 0;
  do {
    result = ::flock(file.get(), how | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0 || errno != EWOULDBLOCK;
}

}  // namespace

bool TryLock(const UniqueFd& file) { return Take(file, LOCK_EX); }

bool IsBeingWritten(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  return file && !Take(file, LOCK_SH);
}

}  // namespace secure_exec
