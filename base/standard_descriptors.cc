#include "base/standard_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace secure_exec {

void EnsureStandardDescriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is `fd`, because those below it are open.
    if (OpenNothing() != fd) std::abort();
    (void)::fcntl(fd, F_SETFD, 0);
  }
}

int OpenNothing() {
  const int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  return fd >= 0 ? fd : ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

}  // namespace secure_exec
