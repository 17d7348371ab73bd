// A file system, the real one or another, with faults where a test wants them: the n-th call fails,
// falls short, tears or waits. Every call is logged. Test-only.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file_ops.h"

namespace secure_exec {

struct Fault {
  int error = 0;      // the call fails with this errno
  bool half = false;  // of a write, half is done before it fails, or (without `error`) returns
  bool none = false;  // a write does nothing and returns 0
};

class TestFiles final : public FileOps {
 public:
  // `disk` outlives it.
  explicit TestFiles(FileOps& disk = FileOps::System()) : disk_(disk) {}

  // Asked before each call, with its number from 1 and its text ("write /path 12"); may wait.
  std::function<std::optional<Fault>(int number, const std::string& call)> plan;

  // How much of a write of `size` bytes a `half` one does.
  std::function<size_t(int fd, size_t size)> half_of = [](int, size_t size) {
    return (size + 1) / 2;
  };

  int calls() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(log_.size());
  }
  // Waits (at most 20 s) until a call whose text holds `text` has returned, `count` times.
  bool WaitFor(const std::string& text, int count = 1) {
    std::unique_lock lock(mutex_);
    return returned_.wait_for(lock, std::chrono::seconds(20), [&] {
      int found = 0;
      for (const std::string& call : done_) found += call.find(text) != std::string::npos;
      return found >= count;
    });
  }
  std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  int MakeDirectory(const std::string& path, mode_t mode) override {
    return Do("mkdir " + path, [&] { return disk_.MakeDirectory(path, mode); });
  }
  int Open(const std::string& path, int flags, mode_t mode) override {
    const int fd = Do("open " + path, [&] { return disk_.Open(path, flags, mode); });
    if (fd >= 0) {
      const std::lock_guard lock(mutex_);
      if (paths_.size() <= static_cast<size_t>(fd)) paths_.resize(static_cast<size_t>(fd) + 1);
      paths_[static_cast<size_t>(fd)] = path;
    }
    return fd;
  }
  ssize_t Write(int fd, const void* data, size_t size) override {
    const std::string call = "write " + Path(fd) + " " + std::to_string(size);
    const std::optional<Fault> fault = Begin(call);
    ssize_t result = 0;
    if (!fault) {
      result = disk_.Write(fd, data, size);
    } else {
      if (fault->half) result = disk_.Write(fd, data, half_of(fd, size));
      if (!fault->half && !fault->none && fault->error == 0) result = disk_.Write(fd, data, size);
      if (fault->error != 0) result = -fault->error;
    }
    End(call);
    return result;
  }
  int Truncate(int fd, off_t size) override {
    return Do("truncate " + Path(fd), [&] { return disk_.Truncate(fd, size); });
  }
  int DataSync(int fd) override {
    return Do("sync " + Path(fd), [&] { return disk_.DataSync(fd); });
  }
  int Reserve(int fd, off_t offset, off_t length) override {
    return Do("reserve " + Path(fd), [&] { return disk_.Reserve(fd, offset, length); });
  }
  int Unlink(const std::string& path) override {
    return Do("unlink " + path, [&] { return disk_.Unlink(path); });
  }
  int Close(int fd) override {
    return Do("close " + Path(fd), [&] { return disk_.Close(fd); });
  }
  int FreeBytes(const std::string& path, uint64_t* bytes) override {
    return Do("free " + path, [&] { return disk_.FreeBytes(path, bytes); });
  }

 private:
  std::string Path(int fd) const {
    const std::lock_guard lock(mutex_);
    return static_cast<size_t>(fd) < paths_.size() ? paths_[static_cast<size_t>(fd)] : "?";
  }
  std::optional<Fault> Begin(const std::string& call) {
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      log_.push_back(call);
      number = static_cast<int>(log_.size());
    }
    return plan ? plan(number, call) : std::nullopt;
  }
  void End(const std::string& call) {
    {
      const std::lock_guard lock(mutex_);
      done_.push_back(call);
    }
    returned_.notify_all();
  }
  template <class Operation>
  int Do(const std::string& call, Operation operation) {
    const std::optional<Fault> fault = Begin(call);
    const int result = fault && fault->error != 0 ? -fault->error : operation();
    End(call);
    return result;
  }

  FileOps& disk_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::string> log_, done_;
  std::vector<std::string> paths_;  // by descriptor
};

}  // namespace secure_exec
