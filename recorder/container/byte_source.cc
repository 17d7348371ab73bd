#include "recorder/container/byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace secure_exec {

Result<std::unique_ptr<FileSource>> FileSource::Open(const std::string& path, bool follow) {
  // O_NONBLOCK: opening a FIFO that somebody put there must not wait for its writer.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW)));
  if (!fd) {
    return FailErrno(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo,
                     fmt::format("opening {}", path), errno);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) {
    return FailErrno(ErrorKind::kIo, fmt::format("reading {}", path), errno);
  }
  if (!S_ISREG(info.st_mode)) return Fail(ErrorKind::kIo, "{} is not a regular file", path);
  return std::unique_ptr<FileSource>(new FileSource(std::move(fd), path));
}

Result<size_t> FileSource::ReadAt(uint64_t offset, char* out, size_t size) const {
  size_t done = 0;
  while (done < size) {
    const ssize_t n =
        ::pread(fd_.get(), out + done, size - done, static_cast<off_t>(offset + done));
    if (n == 0) break;
    if (n < 0) {
      if (errno == EINTR) continue;
      return FailErrno(ErrorKind::kIo, fmt::format("reading {}", path_), errno);
    }
    done += static_cast<size_t>(n);
  }
  return done;
}

Result<uint64_t> FileSource::Size() const {
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) {
    return FailErrno(ErrorKind::kIo, fmt::format("reading {}", path_), errno);
  }
  return static_cast<uint64_t>(info.st_size);
}

Result<bool> HasLostSector(const ByteSource& source, uint64_t unit, uint64_t begin, uint64_t end) {
  constexpr uint64_t kSector = 512;
  char bytes[kSector];
  for (uint64_t at = begin - begin % kSector; at < end; at += kSector) {
    const auto size = source.ReadAt(at, bytes, kSector);
    if (!size) return tl::unexpected(size.error());
    const size_t from = std::max(at, unit) - at;
    if (*size > from && std::all_of(bytes + from, bytes + *size, [](char c) { return c == 0; })) {
      return true;
    }
    if (*size < kSector) break;
  }
  return false;
}

}  // namespace secure_exec
