#include "base/standard_descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace secure_exec {
namespace {

TEST(StandardDescriptors, ClosedOnesAreOpenedAndOthersLeftAlone) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(0);
    ::close(2);
    EnsureStandardDescriptors();
    const bool open =
        ::fcntl(0, F_GETFD) >= 0 && ::fcntl(1, F_GETFD) >= 0 && ::fcntl(2, F_GETFD) >= 0;
    ::_exit(open && ::dup(0) > 2 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// As root in an empty root directory, without /dev/null; as anybody else chroot fails.
TEST(StandardDescriptors, WithoutDevNull) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::chroot("/proc/self/fdinfo") != 0) ::_exit(2);
    ::close(1);
    EnsureStandardDescriptors();
    ::_exit(::fcntl(1, F_GETFD) == 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace secure_exec
