#include "replay/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iterator>

#include "base/unique_fd.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

TEST(OutputTest, BufferedUntilFlushed) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  char buffer[16];
  FdOutput out(writer.get(), "pipe");
  out.Write("ab");
  out.WriteLine("c");
  EXPECT_EQ(::read(reader.get(), buffer, sizeof buffer), -1);
  out.Flush();
  ASSERT_EQ(::read(reader.get(), buffer, sizeof buffer), 4);
  EXPECT_EQ(std::string_view(buffer, 4), "abc\n");
  EXPECT_FALSE(out.is_terminal());
}

TEST(OutputTest, AReaderThatHasGoneClosesIt) {
  ::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd writer(ends[1]);
  ::close(ends[0]);
  FdOutput out(writer.get(), "pipe");
  out.Write("x");
  EXPECT_FALSE(out.failed());
  out.Flush();
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.error()->kind, ErrorKind::kOutputClosed);
  ::signal(SIGPIPE, SIG_DFL);
}

TEST(OutputTest, TheFirstErrorIsKept) {
  const UniqueFd full(::open("/dev/full", O_WRONLY));
  ASSERT_TRUE(full);
  FdOutput out(full.get(), "the disk");
  out.Write(std::string(Output::kBufferBytes, 'x'));
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.error()->kind, ErrorKind::kIo);
  EXPECT_EQ(out.error()->message, "writing to the disk: No space left on device");
  out.Write("more");
  EXPECT_EQ(out.error()->message, "writing to the disk: No space left on device");
}

// Makes fchmod fail as where the file is somebody else's, for this process.
void RefuseFchmod() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmod, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(code), code};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    ::_exit(2);
  }
}

TEST(CreateFileTest, WhatCannotBeMadePrivateStaysAsItIs) {
  const TempDirectory directory;
  const std::string path = directory.Write("there", "mine");
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    RefuseFchmod();
    ::_exit(CreateFile(path, /*force=*/true) ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(directory.Read("there"), "mine");
}

}  // namespace
}  // namespace secure_exec
