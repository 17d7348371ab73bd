// Where a reader's bytes come from: a file, or memory in tests and fuzzers. Reading is by position
// and never by mapping: a file that is truncated meanwhile gives fewer bytes, not a signal.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secure_exec {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads from `offset`; fewer than `size` bytes only where the end is now. Errors are kIo.
  virtual Result<size_t> ReadAt(uint64_t offset, char* out, size_t size) const = 0;
  virtual Result<uint64_t> Size() const = 0;
};

// A regular file. `path` is for messages.
class FileSource final : public ByteSource {
 public:
  // kNotFound, kIo. With `follow` false a symlink is refused.
  static Result<std::unique_ptr<FileSource>> Open(const std::string& path, bool follow);
  Result<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override;
  Result<uint64_t> Size() const override;

 private:
  FileSource(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

// Whether a power cut may have taken a sector of [begin, end): it is zeros to its end, from its
// beginning or, where the sector held something before, from `unit` on, which is written in one go.
// kIo.
Result<bool> HasLostSector(const ByteSource& source, uint64_t unit, uint64_t begin, uint64_t end);

// Borrowed bytes.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  Result<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
    if (offset >= bytes_.size()) return 0;
    return bytes_.copy(out, size, offset);
  }
  Result<uint64_t> Size() const override { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

}  // namespace secure_exec
