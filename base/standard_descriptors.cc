#include "base/standard_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

namespace secure_exec {

void EnsureStandardDescriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is `fd`, because those below it are open.
    if (::open("/dev/null", O_RDWR) != fd) std::abort();
  }
}

}  // namespace secure_exec
