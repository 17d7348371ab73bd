#include "recorder/disk_process.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace secure_exec {
namespace {

class DiskProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/disk_process_test.XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    auto disk = DiskProcess::Start();
    ASSERT_TRUE(disk.has_value());
    disk_ = std::move(*disk);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  std::string Content(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  int Create(const std::string& name) {
    return disk_->Open(Path(name), O_WRONLY | O_CREAT | O_EXCL, 0600);
  }

  std::string directory_;
  std::unique_ptr<DiskProcess> disk_;
};

TEST_F(DiskProcessTest, WritesWhatItIsGiven) {
  const int fd = Create("file");
  ASSERT_GE(fd, 0);
  EXPECT_EQ(disk_->Write(fd, "hello", 5), 5);
  EXPECT_EQ(disk_->DataSync(fd), 0);
  EXPECT_EQ(disk_->Close(fd), 0);
  EXPECT_EQ(Content("file"), "hello");
}

TEST_F(DiskProcessTest, ALargeWriteFallsShortAsWriteMay) {
  const int fd = Create("file");
  const std::string large(3 << 20, 'x');
  size_t written = 0;
  while (written < large.size()) {
    const ssize_t count = disk_->Write(fd, large.data() + written, large.size() - written);
    ASSERT_GT(count, 0);
    written += static_cast<size_t>(count);
  }
  EXPECT_EQ(Content("file"), large);
}

TEST_F(DiskProcessTest, PassesErrorsOn) {
  EXPECT_EQ(disk_->Open(Path("missing/file"), O_WRONLY | O_CREAT, 0600), -ENOENT);
  EXPECT_EQ(disk_->Unlink(Path("missing")), -ENOENT);
  EXPECT_EQ(disk_->Write(1234, "x", 1), -EBADF);
  EXPECT_EQ(disk_->MakeDirectory(directory_, 0700), -EEXIST);
}

TEST_F(DiskProcessTest, TruncatesReservesAndUnlinks) {
  const int fd = Create("file");
  ASSERT_EQ(disk_->Write(fd, "hello", 5), 5);
  EXPECT_EQ(disk_->Truncate(fd, 2), 0);
  EXPECT_EQ(Content("file"), "he");
  const int reserved = disk_->Reserve(fd, 2, 4096);
  EXPECT_TRUE(reserved == 0 || reserved == -EOPNOTSUPP);
  EXPECT_EQ(Content("file"), "he");
  EXPECT_EQ(disk_->Unlink(Path("file")), 0);
  EXPECT_FALSE(std::filesystem::exists(Path("file")));
}

TEST_F(DiskProcessTest, TellsFreeSpace) {
  uint64_t bytes = 0;
  EXPECT_EQ(disk_->FreeBytes(directory_, &bytes), 0);
  EXPECT_GT(bytes, 0u);
}

TEST_F(DiskProcessTest, AfterTheChildIsGoneCallsFail) {
  const int fd = Create("file");
  ::kill(disk_->child(), SIGKILL);
  ASSERT_EQ(::waitpid(disk_->child(), nullptr, 0), disk_->child());
  EXPECT_EQ(disk_->Write(fd, "x", 1), -EIO);
  EXPECT_EQ(disk_->DataSync(fd), -EIO);
}

TEST_F(DiskProcessTest, TheChildEndsWithItsOwner) {
  const pid_t child = disk_->child();
  disk_.reset();
  int status = 0;
  // Already reaped by the destructor, or about to end.
  const pid_t reaped = ::waitpid(child, &status, 0);
  EXPECT_TRUE(reaped == child || (reaped == -1 && errno == ECHILD));
}

TEST(DiskProcess, TheChildKeepsNoDescriptorOpen) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  UniqueFd read(fds[0]), write(fds[1]);
  auto disk = DiskProcess::Start();
  ASSERT_TRUE(disk.has_value());
  uint64_t bytes = 0;
  ASSERT_EQ((*disk)->FreeBytes("/", &bytes), 0);  // it has started
  write.Reset();
  pollfd end{read.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&end, 1, 5000), 1);
  EXPECT_TRUE(end.revents & POLLHUP);
}

TEST(DiskProcess, IgnoresTheSignalsThatEndItsParent) {
  auto disk = DiskProcess::Start();
  ASSERT_TRUE(disk.has_value());
  uint64_t bytes = 0;
  ASSERT_EQ((*disk)->FreeBytes("/", &bytes), 0);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) ::kill((*disk)->child(), signal);
  EXPECT_EQ((*disk)->FreeBytes("/", &bytes), 0);
}

}  // namespace
}  // namespace secure_exec
