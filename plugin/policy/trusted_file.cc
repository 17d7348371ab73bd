#include "plugin/policy/trusted_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include "base/unique_fd.h"

namespace secure_exec {
namespace {

constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

// Why `info` is not to be trusted, or "".
std::string Mistrust(const struct stat& info, uid_t owner) {
  if (info.st_uid != owner) {
    return fmt::format("belongs to uid {}, and must to {}", info.st_uid,
                       owner == 0 ? "root" : fmt::format("uid {}", owner));
  }
  if ((info.st_mode & kOthersWrite) != 0) {
    return fmt::format("can be written by others than its owner (mode {:04o}): chmod go-w",
                       info.st_mode & 07777);
  }
  return "";
}

tl::unexpected<Error> Refuse(ErrorKind kind, const std::string& path, std::string_view why) {
  return Fail(kind, "{}: {}", path, why);
}

Result<std::string> ReadAll(int fd, const std::string& path, size_t limit, ErrorKind kind) {
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Refuse(kind, path, ErrnoText(errno));
    if (count == 0) return text;
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > limit) return Refuse(kind, path, fmt::format("larger than {} bytes", limit));
  }
}

}  // namespace

Result<std::optional<std::string>> ReadTrustedFile(const TrustedPlace& place, size_t limit) {
  constexpr ErrorKind kKind = ErrorKind::kPolicy;
  constexpr int kDirectory = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  std::string shown = place.root;
  UniqueFd directory(::open(shown.c_str(), kDirectory));
  if (!directory) return Refuse(kKind, shown, ErrnoText(errno));
  std::string_view rest = place.path;
  for (;;) {
    struct stat info {};
    if (::fstat(directory.get(), &info) != 0) return Refuse(kKind, shown, ErrnoText(errno));
    if (std::string why = Mistrust(info, place.owner); !why.empty()) {
      return Refuse(kKind, shown, "directory " + why);
    }
    const size_t slash = rest.find('/');
    const std::string name(rest.substr(0, slash));
    shown += (shown.ends_with('/') ? "" : "/") + name;
    const bool last = slash == rest.npos;
    // A pipe would make us wait for whoever writes it.
    const int flags = last ? O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC : kDirectory;
    UniqueFd next(::openat(directory.get(), name.c_str(), flags));
    if (!next) {
      const int error = errno;
      if (error == ENOENT) return std::nullopt;
      if (::fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
          S_ISLNK(info.st_mode)) {
        return Refuse(kKind, shown, "is a symbolic link, and must be the file itself");
      }
      return Refuse(kKind, shown, ErrnoText(error));
    }
    directory = std::move(next);
    if (last) break;
    rest.remove_prefix(slash + 1);
  }
  struct stat info {};
  if (::fstat(directory.get(), &info) != 0) return Refuse(kKind, shown, ErrnoText(errno));
  if (!S_ISREG(info.st_mode)) return Refuse(kKind, shown, "is not a regular file");
  if (std::string why = Mistrust(info, place.owner); !why.empty()) {
    return Refuse(kKind, shown, why);
  }
  auto text = ReadAll(directory.get(), shown, limit, kKind);
  if (!text) return tl::unexpected(text.error());
  return std::optional(std::move(*text));
}

Result<std::optional<std::string>> ReadOwnFile(const std::string& path, uid_t owner, size_t limit) {
  constexpr ErrorKind kKind = ErrorKind::kConfig;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return Refuse(kKind, path, ErrnoText(errno));
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Refuse(kKind, path, ErrnoText(errno));
  if (!S_ISREG(info.st_mode)) return Refuse(kKind, path, "is not a regular file");
  if (std::string why = Mistrust(info, info.st_uid == 0 ? 0 : owner); !why.empty()) {
    return Refuse(kKind, path, why);
  }
  auto text = ReadAll(fd.get(), path, limit, kKind);
  if (!text) return tl::unexpected(text.error());
  return std::optional(std::move(*text));
}

}  // namespace secure_exec
