#include "plugin/kubeconfig/local_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secure_exec {
namespace {

tl::unexpected<LocalFileError> Failed(std::string_view call, const std::string& path, int number) {
  return tl::unexpected(
      LocalFileError{number, fmt::format("{} {}: {}", call, path, GoErrnoText(number))});
}

}  // namespace

tl::expected<std::string, LocalFileError> ReadLocalFile(const std::string& path, size_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return Failed("open", path, errno);
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("read", path, errno);
    if (count == 0) return text;
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > limit) return Failed("read", path, EFBIG);
  }
}

}  // namespace secure_exec
