#include "recorder/store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <tuple>

#include "base/unique_fd.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxSafeName = 200;
constexpr std::string_view kSuffix = ".cast.zst";
constexpr std::string_view kRecoveredSuffix = ".recovered.cast.zst";
constexpr std::string_view kEncryptedSuffix = ".cast.zst.age";
constexpr std::string_view kRecoveredEncryptedSuffix = ".recovered.cast.zst.age";
constexpr std::string_view kTailInfix = ".tail.";
constexpr std::string_view kRestInfix = ".rest.";
constexpr size_t kUuidText = 36;
constexpr size_t kMinPrefix = 4;
constexpr size_t kShownCandidates = 5;

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using Directory = std::unique_ptr<DIR, DirCloser>;

// The entries of the directory `name` below `parent`, never through a symlink (but `name` may be
// one when it is the root). Nothing when it cannot be read: listing tolerates that.
Directory OpenBelow(int parent, const char* name, bool follow = false) {
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
  UniqueFd fd(::openat(parent, name, flags));
  if (!fd) return nullptr;
  Directory dir(::fdopendir(fd.get()));
  if (dir != nullptr) (void)fd.Release();  // the stream owns it now
  return dir;
}

std::vector<std::string> Names(DIR* dir) {
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(dir)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  return names;
}

// The recordings of one pod's directory.
void ListPod(int pods, const std::string& pod, const std::string& path,
             std::vector<StoredRecording>& out) {
  const Directory dir = OpenBelow(pods, pod.c_str());
  if (dir == nullptr) return;
  std::set<Uuid> tails;
  std::set<Uuid> originals;
  const size_t first = out.size();
  for (const std::string& name : Names(dir.get())) {
    const std::string_view view = name;
    const std::optional<Uuid> id = ParseUuid(view.substr(0, kUuidText));
    if (!id) continue;
    const std::string_view rest = view.substr(kUuidText);
    if (rest.starts_with(kTailInfix) || rest.starts_with(kRestInfix)) tails.insert(*id);
    struct stat info {};
    const bool recovered = rest == kRecoveredSuffix || rest == kRecoveredEncryptedSuffix;
    const bool encrypted = rest == kEncryptedSuffix || rest == kRecoveredEncryptedSuffix;
    if ((rest == kSuffix || encrypted || recovered) &&
        ::fstatat(::dirfd(dir.get()), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(info.st_mode)) {
      out.push_back({path + "/" + name, *id, false, recovered, encrypted});
      if (!recovered) originals.insert(*id);
    }
  }
  for (size_t i = first; i < out.size(); ++i) {
    out[i].has_tail = tails.contains(out[i].id);
    out[i].beside_original = out[i].beside_original && originals.contains(out[i].id);
  }
}

Result<std::string> DataHome(const Environment& environment) {
  if (const auto home = environment("XDG_DATA_HOME")) {
    if (!home->starts_with('/')) {
      return Fail(ErrorKind::kRecording, "XDG_DATA_HOME is \"{}\", which is not an absolute path",
                  *home);
    }
    return *home;
  }
  const auto home = environment("HOME");
  if (!home) {
    return Fail(ErrorKind::kRecording,
                "no place for recordings: set SECURE_EXEC_STORE, XDG_DATA_HOME or HOME");
  }
  if (!home->starts_with('/')) {
    return Fail(ErrorKind::kRecording, "HOME is \"{}\", which is not an absolute path", *home);
  }
  return *home + "/.local/share";
}

tl::unexpected<Error> FailMake(const std::string& path, int error_number) {
  return FailErrno(ErrorKind::kRecording, fmt::format("making the directory {}", path),
                   error_number);
}

// mkdir -p for `root`, whose components may be symlinks: they are the user's choice.
Result<UniqueFd> MakeRoot(const std::string& root, FileOps& files) {
  for (size_t end = root.find('/', 1);; end = root.find('/', end + 1)) {
    const std::string part = root.substr(0, end);
    struct stat info {};
    if (::stat(part.c_str(), &info) != 0) {
      const int made = files.MakeDirectory(part, 0700);
      if (made != 0 && made != -EEXIST) return FailMake(part, -made);
    }
    if (end == std::string::npos) break;
  }
  UniqueFd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailErrno(ErrorKind::kRecording, fmt::format("opening {}", root), errno);
  return fd;
}

// Makes and opens `name` in `parent`; never through a symlink.
Result<UniqueFd> MakeBelow(const UniqueFd& parent, const std::string& name, const std::string& path,
                           FileOps& files) {
  const int made = files.MakeDirectory(path, 0700);
  if (made != 0 && made != -EEXIST) return FailMake(path, -made);
  UniqueFd fd(
      ::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) {
    const int error = errno;
    struct stat info {};
    if (::fstatat(parent.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(info.st_mode)) {
      return Fail(ErrorKind::kRecording,
                  "{} is a symbolic link; recordings are not written through links: remove it",
                  path);
    }
    return FailErrno(ErrorKind::kRecording, fmt::format("opening {}", path), error);
  }
  return fd;
}

}  // namespace

Result<std::string> StoreRoot(const Environment& environment) {
  if (const auto store = environment("SECURE_EXEC_STORE")) {
    if (!store->starts_with('/')) {
      return Fail(ErrorKind::kRecording,
                  "SECURE_EXEC_STORE is \"{}\", which is not an absolute path", *store);
    }
    return *store;
  }
  return DataHome(environment).map([](std::string home) {
    return home + "/secure-exec/recordings";
  });
}

Result<std::string> KeyDirectory(const Environment& environment) {
  return DataHome(environment).map([](std::string home) { return home + "/secure-exec"; });
}

std::string SafeName(std::string_view name) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  if (name.empty()) return "%";
  std::string safe;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '@' || c == '-' || (c == '.' && i > 0);
    if (plain) {
      safe += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      safe += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  if (safe.size() <= kMaxSafeName) return safe;
  // "%-" stands in no name that was not cut, so a cut name meets no other.
  std::array<uint8_t, SHA256_DIGEST_LENGTH> hash;
  SHA256(reinterpret_cast<const uint8_t*>(name.data()), name.size(), hash.data());
  const std::string end =
      "%-" + HexEncode({reinterpret_cast<const char*>(hash.data()), hash.size()});
  return safe.substr(0, kMaxSafeName - end.size()) + end;
}

std::string RecordingDirectory(const std::string& root, std::string_view context,
                               std::string_view name_space, std::string_view pod) {
  return fmt::format("{}/{}/{}/{}", root, SafeName(context), SafeName(name_space), SafeName(pod));
}

Result<std::string> MakeRecordingDirectory(const std::string& root, std::string_view context,
                                           std::string_view name_space, std::string_view pod,
                                           FileOps& files) {
  Result<UniqueFd> at = MakeRoot(root, files);
  std::string path = root;
  for (const std::string_view part : {context, name_space, pod}) {
    if (!at) return tl::unexpected(at.error());
    const std::string name = SafeName(part);
    path += "/" + name;
    at = MakeBelow(*at, name, path, files);
  }
  if (!at) return tl::unexpected(at.error());
  return path;
}

Result<std::vector<StoredRecording>> ListRecordings(const std::string& root) {
  std::vector<StoredRecording> out;
  errno = 0;
  const Directory contexts = OpenBelow(AT_FDCWD, root.c_str(), true);
  if (contexts == nullptr) {
    if (errno == ENOENT) return out;
    return FailErrno(ErrorKind::kIo, fmt::format("reading the store {}", root), errno);
  }
  for (const std::string& context : Names(contexts.get())) {
    const Directory spaces = OpenBelow(::dirfd(contexts.get()), context.c_str());
    if (spaces == nullptr) continue;
    for (const std::string& space : Names(spaces.get())) {
      const Directory pods = OpenBelow(::dirfd(spaces.get()), space.c_str());
      if (pods == nullptr) continue;
      for (const std::string& pod : Names(pods.get())) {
        ListPod(::dirfd(pods.get()), pod, root + "/" + context + "/" + space + "/" + pod, out);
      }
    }
  }
  std::sort(out.begin(), out.end(), [](const StoredRecording& a, const StoredRecording& b) {
    return std::tie(a.id, a.path) < std::tie(b.id, b.path);
  });
  return out;
}

Result<std::string> ResolveRecording(const std::string& root, std::string_view name) {
  const std::string text(name);
  struct stat info {};
  const bool exists = !text.empty() && ::stat(text.c_str(), &info) == 0;
  if (exists && S_ISREG(info.st_mode)) return text;
  if (exists && !S_ISDIR(info.st_mode)) {
    return Fail(ErrorKind::kNotFound,
                "{} is not a regular file, and a recording is read from one: copy it first", text);
  }
  if (text.find('/') != std::string::npos) {
    return Fail(ErrorKind::kNotFound, "no recording at {}", text);
  }
  auto all = ListRecordings(root);
  if (!all) return tl::unexpected(all.error());
  std::erase_if(*all, [](const StoredRecording& recording) { return recording.beside_original; });
  if (text == "last") {
    if (all->empty()) return Fail(ErrorKind::kNotFound, "no recordings in {}", root);
    return all->back().path;
  }
  if (text.size() < kMinPrefix) {
    return Fail(ErrorKind::kUsage,
                "\"{}\" is too short: name a recording by a path, \"last\", its id, or at least {} "
                "characters of it",
                text, kMinPrefix);
  }
  std::string wanted = text;
  for (char& c : wanted) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  std::vector<const StoredRecording*> found;
  for (const StoredRecording& recording : *all) {
    if (FormatUuid(recording.id).starts_with(wanted)) found.push_back(&recording);
  }
  if (found.empty()) {
    return Fail(ErrorKind::kNotFound, "no recording \"{}\" in {}", text, root);
  }
  if (found.size() == 1) return found.front()->path;
  const bool same_id = found.front()->id == found.back()->id;
  std::string candidates;
  for (size_t i = 0; i < std::min(found.size(), kShownCandidates); ++i) {
    if (i > 0) candidates += ", ";
    candidates += same_id ? found[i]->path : FormatUuid(found[i]->id);
  }
  if (found.size() > kShownCandidates) {
    candidates += fmt::format(" and {} more", found.size() - kShownCandidates);
  }
  return Fail(ErrorKind::kUsage, "\"{}\" names {} recordings: {}", text, found.size(), candidates);
}

}  // namespace secure_exec
