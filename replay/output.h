// Where a command writes: standard output and error, or a string in tests. Buffered. The first
// failure is kept and ends all writing; loops over much data ask failed() and stop.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secure_exec {

class Output {
 public:
  static constexpr size_t kBufferBytes = 64 << 10;

  virtual ~Output() = default;
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void Write(std::string_view bytes);
  void WriteLine(std::string_view line) {
    Write(line);
    Write("\n");
  }
  void Flush();
  // kOutputClosed when the reader has gone, kIo otherwise.
  const std::optional<Error>& error() const { return error_; }
  bool failed() const { return error_.has_value(); }
  virtual bool is_terminal() const = 0;

 protected:
  virtual Result<void> WriteThrough(std::string_view bytes) = 0;

 private:
  std::string buffer_;
  std::optional<Error> error_;
};

// A descriptor that somebody else owns; `name` is for messages. Flushed when it goes.
class FdOutput final : public Output {
 public:
  FdOutput(int fd, std::string name);
  ~FdOutput() override;
  bool is_terminal() const override { return is_terminal_; }

 private:
  Result<void> WriteThrough(std::string_view bytes) override;
  int fd_;
  std::string name_;
  bool is_terminal_;
};

// A new file, 0600, for --output. One that is there is overwritten with `force` alone, then made
// 0600 too, and never through a symlink; one that cannot be made so stays as it is. A FIFO or a
// character device (/dev/null, a /dev/fd/N of a pipe) is opened as it is. kUsage, kIo.
Result<UniqueFd> CreateFile(const std::string& path, bool force);

}  // namespace secure_exec
