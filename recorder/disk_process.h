// File system calls made by a child process, so that a disk that hangs takes nothing but the child
// with it.
//
// Why: a thread in an uninterruptible write keeps its whole process from being reaped, so a program
// that gives up on a stalled disk would still hang its user's shell. A stuck child does not:
// it is left behind and ends when the disk lets it go.
//
// The child is forked by Start(), closes every descriptor but its own, ignores the signals that end
// its parent, and ends when its parent has ended. Data goes through shared memory, commands and
// results through a socket pair. Descriptors that Open() returns are the child's: numbers to pass
// back here and nothing else. Calls from several threads are made one after the other. When the
// child is gone every call returns -EIO.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>

#include "base/file_ops.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace secure_exec {

class DiskProcess final : public FileOps {
 public:
  // Call before there are threads: the child goes on with what they left.
  static Result<std::unique_ptr<DiskProcess>> Start();
  // Does not wait for a child that is stuck.
  ~DiskProcess() override;

  int MakeDirectory(const std::string& path, mode_t mode) override;
  int Open(const std::string& path, int flags, mode_t mode) override;
  // At most kShared bytes at once, as write(2) may do.
  ssize_t Write(int fd, const void* data, size_t size) override;
  int Truncate(int fd, off_t size) override;
  int DataSync(int fd) override;
  int Reserve(int fd, off_t offset, off_t length) override;
  int Unlink(const std::string& path) override;
  int Close(int fd) override;
  int FreeBytes(const std::string& path, uint64_t* bytes) override;

  pid_t child() const { return child_; }

 private:
  enum class Call : int32_t;
  struct Command;
  struct Reply;
  static constexpr size_t kShared = 1 << 20;

  DiskProcess(UniqueFd socket, char* shared, pid_t child)
      : socket_(std::move(socket)), shared_(shared), child_(child) {}
  [[noreturn]] static void Serve(int socket, char* shared);
  static Reply Execute(const Command& command, char* shared);
  Reply Ask(const Command& command);
  int AskWithPath(Command command, const std::string& path, uint64_t* value = nullptr);

  std::mutex mutex_;
  UniqueFd socket_;
  char* shared_;
  pid_t child_;
};

}  // namespace secure_exec
