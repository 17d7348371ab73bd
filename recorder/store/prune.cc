#include "recorder/store/prune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "recorder/store/lock.h"
#include "recorder/store/store.h"

namespace secure_exec {
namespace {

constexpr int64_t kSettled = 60 * kSecond;
constexpr size_t kUuidText = 36;

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

// The pod's directory of a recording in the store, opened component by component, never through a
// symlink below the root.
Result<UniqueFd> OpenPod(const std::string& root, const std::string& path) {
  UniqueFd at(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!at) return FailErrno(ErrorKind::kIo, "opening " + root, errno);
  std::string_view rest = std::string_view(path).substr(root.size());
  while (rest.starts_with('/')) rest.remove_prefix(1);
  for (size_t slash = rest.find('/'); slash != rest.npos; slash = rest.find('/')) {
    const std::string name(rest.substr(0, slash));
    rest.remove_prefix(slash + 1);
    at =
        UniqueFd(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!at) return FailErrno(ErrorKind::kIo, "opening the directory of " + path, errno);
  }
  return at;
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

int64_t ModifiedNs(const struct stat& info) {
  return info.st_mtim.tv_sec * kSecond + info.st_mtim.tv_nsec;
}

struct Beside {
  std::vector<std::string> names;  // the main file's last
  uint64_t bytes = 0;
  int64_t modified_ns = 0;  // the latest
};

// The regular files in the pod's directory that have the recording's id.
Result<Beside> FilesOf(const UniqueFd& pod, const std::string& main) {
  UniqueFd copy(::openat(pod.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, DirCloser> dir(copy ? ::fdopendir(copy.get()) : nullptr);
  if (dir == nullptr) return FailErrno(ErrorKind::kIo, "reading the directory of " + main, errno);
  (void)copy.Release();
  const std::string prefix = main.substr(0, kUuidText) + ".";
  Beside beside;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string name = entry->d_name;
    struct stat info {};
    if (!name.starts_with(prefix) ||
        ::fstatat(pod.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(info.st_mode)) {
      continue;
    }
    beside.bytes += static_cast<uint64_t>(info.st_size);
    beside.modified_ns = std::max(beside.modified_ns, ModifiedNs(info));
    beside.names.push_back(name);
  }
  std::sort(beside.names.begin(), beside.names.end(),
            [&](const std::string& a, const std::string& b) {
              return std::pair(a == main, a) < std::pair(b == main, b);
            });
  return beside;
}

// The milliseconds in a UUIDv7.
int64_t BeganNs(const Uuid& id) {
  int64_t ms = 0;
  for (size_t i = 0; i < 6; ++i) ms = ms << 8 | id[i];
  return std::min(ms, std::numeric_limits<int64_t>::max() / kMillisecond) * kMillisecond;
}

// The number in front of a one-letter unit.
std::optional<uint64_t> Number(std::string_view digits) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<int64_t> ParseAge(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t unit = 0;
  switch (text.back()) {
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86'400;
      break;
    case 'w':
      unit = 7 * 86'400;
      break;
    default:
      return std::nullopt;
  }
  const auto value = Number(text.substr(0, text.size() - 1));
  const auto limit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max() / kSecond / unit);
  if (!value || *value > limit) return std::nullopt;
  return static_cast<int64_t>(*value) * unit * kSecond;
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  constexpr std::string_view kUnits = "KMGT";
  if (text.empty()) return std::nullopt;
  const size_t unit = kUnits.find(text.back());
  const int shift = unit == kUnits.npos ? 0 : 10 * (static_cast<int>(unit) + 1);
  if (shift > 0) text.remove_suffix(1);
  const auto value = Number(text);
  if (!value || *value > std::numeric_limits<uint64_t>::max() >> shift) return std::nullopt;
  return *value << shift;
}

Result<PrunePlan> PlanPrune(const std::string& root, const PruneRules& rules, int64_t now_ns) {
  auto all = ListRecordings(root);
  if (!all) return tl::unexpected(all.error());
  // A recovered copy goes with the recording beside it.
  std::erase_if(*all, [](const StoredRecording& recording) { return recording.beside_original; });
  PrunePlan plan;
  struct Known {
    Beside files;
    bool live = false;
  };
  std::vector<Known> known;
  uint64_t total = 0;
  for (const StoredRecording& recording : *all) {
    auto pod = OpenPod(root, recording.path);
    if (!pod) return tl::unexpected(pod.error());
    auto files = FilesOf(*pod, NameOf(recording.path));
    if (!files) return tl::unexpected(files.error());
    const bool live = now_ns - files->modified_ns < kSettled || IsBeingWritten(recording.path);
    total += files->bytes;
    known.push_back({std::move(*files), live});
  }
  for (size_t i = 0; i < all->size(); ++i) {  // oldest first
    const StoredRecording& recording = (*all)[i];
    const int64_t began = BeganNs(recording.id);
    const char* why = nullptr;
    if (rules.older_ns && now_ns - began > *rules.older_ns) why = "older";
    if (rules.keep && all->size() - i > *rules.keep) why = "beyond-keep";
    if (rules.max_bytes && total > *rules.max_bytes) why = "max-bytes";
    const uint64_t bytes = known[i].files.bytes;
    if (why == nullptr || known[i].live) {
      ++plan.kept;
      plan.kept_bytes += bytes;
      if (why != nullptr) ++plan.live;
      continue;
    }
    total -= bytes;
    plan.items.push_back({recording.path, bytes, began, why});
  }
  return plan;
}

Result<bool> PruneOne(const std::string& root, const PrunePlan::Item& item, int64_t now_ns) {
  const auto pod = OpenPod(root, item.path);
  if (!pod) return tl::unexpected(pod.error());
  const std::string main = NameOf(item.path);
  const UniqueFd file(
      ::openat(pod->get(), main.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return FailErrno(ErrorKind::kIo, "opening " + item.path, errno);
  if (!TryLock(file)) return false;
  const auto files = FilesOf(*pod, main);
  if (!files) return tl::unexpected(files.error());
  if (now_ns - files->modified_ns < kSettled) return false;
  for (const std::string& name : files->names) {
    if (::unlinkat(pod->get(), name.c_str(), 0) != 0 && errno != ENOENT) {
      return FailErrno(ErrorKind::kIo, "removing " + item.path, errno);
    }
  }
  return true;
}

}  // namespace secure_exec
