#include "replay/verify_many.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>

#include "base/unique_fd.h"
#include "replay/in_order.h"

namespace secure_exec {
namespace {

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

bool IsRecordingName(std::string_view name) {
  return name.ends_with(".cast.zst") || name.ends_with(".cast.zst.age");
}

// Files into `files`, directories into `below`.
Result<void> ReadDirectory(const std::string& path, std::vector<std::string>& files,
                           std::vector<std::string>& below) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailErrno(ErrorKind::kIo, "reading " + path, errno);
  const std::unique_ptr<DIR, DirCloser> dir(::fdopendir(fd.get()));
  if (dir == nullptr) return FailErrno(ErrorKind::kIo, "reading " + path, errno);
  (void)fd.Release();
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat info {};
    if (::fstatat(::dirfd(dir.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    std::string full = path + (path.ends_with('/') ? "" : "/") + std::string(name);
    if (S_ISDIR(info.st_mode)) {
      below.push_back(std::move(full));
    } else if (S_ISREG(info.st_mode) && IsRecordingName(name)) {
      files.push_back(std::move(full));
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> FindRecordingsBelow(const std::string& directory,
                                             const std::function<void(const Error&)>& on_error) {
  std::vector<std::string> files;
  std::vector<std::string> left = {directory};
  while (!left.empty()) {
    const std::string path = std::move(left.back());
    left.pop_back();
    if (const auto read = ReadDirectory(path, files, left); !read) on_error(read.error());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void VerifyMany::Run() {
  std::atomic<uint64_t> bytes{0};
  options.progress = &bytes;
  std::vector<std::optional<Result<VerifyReport>>> results(paths.size());
  InOrder().Run(
      {.count = paths.size(),
       .work = [&](size_t index) { results[index] = VerifyRecording(paths[index], options); },
       .done =
           [&](size_t index) {
             Result<VerifyReport> report = std::move(*results[index]);
             results[index].reset();
             done(index, std::move(report));
           },
       .waiting = [&](size_t files) { waiting(bytes, files); }});
}

}  // namespace secure_exec
