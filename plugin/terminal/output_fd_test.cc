#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin/terminal/terminal.h"

namespace secure_exec {
namespace {

struct Ends {
  UniqueFd read, write;
};

Ends MakePipe() {
  int fds[2];
  EXPECT_EQ(::pipe(fds), 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// Writes until nothing is taken any more; returns how much was.
size_t Fill(OutputFd& out) {
  const std::string block(10'000, 'x');
  size_t total = 0;
  for (;;) {
    auto taken = out.Write(block);
    EXPECT_TRUE(taken.has_value());
    if (!taken || *taken == 0) return total;
    total += *taken;
  }
}

class OutputFdTest : public ::testing::Test {
 protected:
  void SetUp() override { ::signal(SIGPIPE, SIG_IGN); }
};

TEST_F(OutputFdTest, AFullPipeDoesNotBlock) {
  Ends pipe = MakePipe();
  OutputFd out(pipe.write.get());
  EXPECT_GT(Fill(out), 0u);
  char buffer[65536];
  ASSERT_GT(::read(pipe.read.get(), buffer, sizeof buffer), 0);
  EXPECT_GT(*out.Write("more"), 0u);
}

TEST_F(OutputFdTest, TheSharedDescriptionStaysBlocking) {
  Ends pipe = MakePipe();
  OutputFd out(pipe.write.get());
  ASSERT_EQ(*out.Write("x"), 1u);
  EXPECT_EQ(::fcntl(pipe.write.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(OutputFdTest, AFullTerminalDoesNotBlock) {
  int master = -1, slave = -1;
  ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  UniqueFd owner(master), terminal(slave);
  OutputFd out(slave);
  EXPECT_GT(Fill(out), 0u);
}

TEST_F(OutputFdTest, ATerminalDoesNotBecomeTheControllingOne) {
  int master = -1, slave = -1;
  ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  UniqueFd owner(master), terminal(slave);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    OutputFd out(slave);
    if (!out.Write("x")) ::_exit(2);
    ::_exit(::open("/dev/tty", O_RDWR) < 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// A pipe whose reader has gone before cannot be reopened.
TEST_F(OutputFdTest, AReaderThatWasGoneBeforeIsOutputClosed) {
  Ends pipe = MakePipe();
  pipe.read.Reset();
  OutputFd out(pipe.write.get());
  auto taken = out.Write("x");
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().kind, ErrorKind::kOutputClosed);
}

TEST_F(OutputFdTest, AClosedDescriptorIsAnError) {
  OutputFd out(1000);
  EXPECT_FALSE(out.Write("x").has_value());
}

TEST_F(OutputFdTest, AFullSocketDoesNotBlock) {
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  UniqueFd ours(fds[0]), theirs(fds[1]);
  OutputFd out(ours.get());
  EXPECT_GT(Fill(out), 0u);
}

TEST_F(OutputFdTest, AFileOpenedForAppendingIsAppendedTo) {
  char name[] = "/tmp/output_fd_test.XXXXXX";
  UniqueFd file(::mkstemp(name));
  ASSERT_EQ(::write(file.get(), "before ", 7), 7);
  UniqueFd append(::open(name, O_WRONLY | O_APPEND));
  OutputFd out(append.get());
  ASSERT_EQ(*out.Write("after"), 5u);
  char buffer[32] = {};
  ASSERT_EQ(::pread(file.get(), buffer, sizeof buffer, 0), 12);
  EXPECT_STREQ(buffer, "before after");
  ::unlink(name);
}

TEST_F(OutputFdTest, AReaderThatIsGoneIsOutputClosed) {
  Ends pipe = MakePipe();
  OutputFd out(pipe.write.get());
  pipe.read.Reset();
  auto taken = out.Write("x");
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().kind, ErrorKind::kOutputClosed);
}

}  // namespace
}  // namespace secure_exec
