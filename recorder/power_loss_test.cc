// Power cuts: what was written since a file's last sync reaches the disk in any combination.
// Whatever is left reads as cut, never as altered, and can be recovered.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <set>

#include "recorder/recover.h"
#include "recorder/testing/recorder_fixture.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

// The real file system, and beside it a model of what is safely on the disk.
class PowerLossFiles final : public FileOps {
 public:
  struct File {
    std::string safe;  // as of the last sync
    struct Write {
      uint64_t offset;
      std::string bytes;
    };
    std::vector<Write> pending;
    uint64_t size = 0;
    bool synced = false;  // once: before that the file itself may be missing
  };
  using Disk = std::map<std::string, File>;

  // Called before a sync takes effect, and before an unlink: where the most is pending.
  std::function<void(const Disk&)> before_sync = [](const Disk&) {};
  Disk disk() const {
    const std::lock_guard lock(mutex_);
    return disk_;
  }

  int MakeDirectory(const std::string& path, mode_t mode) override {
    return real_.MakeDirectory(path, mode);
  }
  int Open(const std::string& path, int flags, mode_t mode) override {
    const int fd = real_.Open(path, flags, mode);
    const std::lock_guard lock(mutex_);
    if (fd >= 0) paths_[fd] = path;
    if (fd >= 0 && (flags & O_CREAT) != 0) disk_[path] = {};
    return fd;
  }
  ssize_t Write(int fd, const void* data, size_t size) override {
    const ssize_t count = real_.Write(fd, data, size);
    const std::lock_guard lock(mutex_);
    File& file = disk_[paths_[fd]];
    file.pending.push_back(
        {file.size, {static_cast<const char*>(data), static_cast<size_t>(count)}});
    file.size += static_cast<uint64_t>(count);
    return count;
  }
  int Truncate(int fd, off_t size) override { return real_.Truncate(fd, size); }
  int DataSync(int fd) override {
    before_sync(disk());
    const std::lock_guard lock(mutex_);
    const auto it = disk_.find(paths_[fd]);
    if (it != disk_.end()) {
      for (const File::Write& write : it->second.pending) it->second.safe += write.bytes;
      it->second.pending.clear();
      it->second.synced = true;
    }
    return real_.DataSync(fd);
  }
  int Reserve(int fd, off_t offset, off_t length) override {
    return real_.Reserve(fd, offset, length);
  }
  int Unlink(const std::string& path) override {
    before_sync(disk());
    const std::lock_guard lock(mutex_);
    disk_.erase(path);
    return real_.Unlink(path);
  }
  int Close(int fd) override { return real_.Close(fd); }
  int FreeBytes(const std::string& path, uint64_t* bytes) override {
    return real_.FreeBytes(path, bytes);
  }

 private:
  FileOps& real_ = FileOps::System();
  mutable std::mutex mutex_;
  Disk disk_;
  std::map<int, std::string> paths_;
};

constexpr size_t kMaxPending = 9;  // 512 combinations

class PowerLossTest : public RecorderFixture {
 protected:
  // Every combination of the pending writes; a file of which nothing was ever synced may be
  // missing.
  void Cut(const PowerLossFiles::Disk& disk) {
    size_t pending = 0;
    for (const auto& [path, file] : disk) pending += file.pending.size();
    ASSERT_LE(pending, kMaxPending) << "too many combinations for a test";
    for (uint32_t kept = 0; kept < 1U << pending; ++kept) {
      TempDirectory left;
      std::string main;
      uint32_t bit = 0;
      for (const auto& [path, file] : disk) {
        std::string bytes = file.safe;
        bool any = false;
        for (const auto& write : file.pending) {
          if ((kept >> bit++ & 1) == 0) continue;
          any = true;
          if (bytes.size() < write.offset + write.bytes.size()) {
            bytes.resize(write.offset + write.bytes.size());
          }
          bytes.replace(write.offset, write.bytes.size(), write.bytes);
        }
        if (!any && !file.synced) continue;
        const std::string name = path.substr(path.rfind('/') + 1);
        left.Write(name, bytes);
        if (name.ends_with(".cast.zst")) main = left / name;
      }
      if (main.empty()) continue;
      ++states_;
      const auto report = VerifyRecording(main, {.signers = Signers::Of({user_key_.spki()})});
      ASSERT_TRUE(report);
      ASSERT_TRUE(report->verdict == Verdict::kNoSeal || report->verdict == Verdict::kTrusted)
          << "kept " << kept << " of " << pending << ": " << report->summary;
      holes_ += !report->remarks.empty() && report->remarks[0].find("zeros") != std::string::npos;
      if (report->verdict == Verdict::kTrusted || !report->genesis_link) continue;
      const auto recovery = RecoverRecording(main, left / "recovered", user_key_);
      ASSERT_TRUE(recovery) << "kept " << kept << ": " << recovery.error().message;
      ASSERT_EQ(recovery->signed_lines, report->lines);
    }
  }

  PowerLossFiles power_;
  int states_ = 0;
  int holes_ = 0;
};

TEST_F(PowerLossTest, WhateverIsLeftIsCutAndNeverAltered) {
  options_.files = &power_;
  std::mutex mutex;
  std::vector<PowerLossFiles::Disk> moments;
  power_.before_sync = [&](const PowerLossFiles::Disk& disk) {
    const std::lock_guard lock(mutex);
    moments.push_back(disk);
  };
  Start();
  ASSERT_TRUE(Show("prompt$ ") && Show("ls\r", Channel::kStdin));
  clock_.Advance(5 * kSecond);
  ASSERT_TRUE(Show("signed"));
  // Three frames between two syncs, and lines of the next in its tail.
  ASSERT_TRUE(Show(std::string(1'700'000, 'a')));
  ASSERT_TRUE(Show("more"));
  clock_.Advance(5 * kSecond);
  ASSERT_TRUE(Show("error", Channel::kStderr));
  ASSERT_TRUE(Show(std::string(700'000, 'b')));
  ASSERT_TRUE(Seal());
  recorder_.reset();
  ASSERT_GE(moments.size(), 4u);
  for (const PowerLossFiles::Disk& disk : moments) {
    Cut(disk);
    if (HasFatalFailure()) return;
  }
  Cut(power_.disk());
  EXPECT_GT(states_, 50);
  EXPECT_GT(holes_, 0) << "later frames without earlier ones were among them";
}

}  // namespace
}  // namespace secure_exec
