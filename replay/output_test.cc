#include "replay/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "base/unique_fd.h"

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

}  // namespace
}  // namespace secure_exec
