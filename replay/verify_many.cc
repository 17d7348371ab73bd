#include "replay/verify_many.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/unique_fd.h"

namespace secure_exec {
namespace {

constexpr unsigned kMaxThreads = 64;
// How many recordings may be done before one that comes earlier is.
constexpr size_t kMaxAhead = 1024;
constexpr auto kTick = std::chrono::milliseconds(100);

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
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<Result<VerifyReport>>> results(paths.size());
  size_t next = 0;     // to be begun
  size_t emitted = 0;  // handed to `done`

  const auto work = [&] {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return next == paths.size() || next < emitted + kMaxAhead; });
      if (next == paths.size()) return;
      const size_t index = next++;
      lock.unlock();
      auto report = VerifyRecording(paths[index], options);
      lock.lock();
      results[index] = std::move(report);
      changed.notify_all();
    }
  };
  const size_t wanted = std::min<size_t>(
      paths.size(), std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < wanted; ++i) threads.emplace_back(work);

  std::unique_lock lock(mutex);
  while (emitted < paths.size()) {
    if (!results[emitted]) {
      changed.wait_for(lock, kTick);
      const size_t files = emitted;
      lock.unlock();
      waiting(bytes, files);
      lock.lock();
      continue;
    }
    const size_t index = emitted++;
    Result<VerifyReport> report = std::move(*results[index]);
    results[index].reset();
    lock.unlock();
    changed.notify_all();
    done(index, std::move(report));
    lock.lock();
  }
  lock.unlock();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace secure_exec
