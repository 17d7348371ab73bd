#include "recorder/recording_source.h"

#include <dirent.h>
#include <errno.h>

#include <charconv>
#include <string_view>

namespace secure_exec {
namespace {

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

std::string TailPrefix(const Uuid& id) { return FormatUuid(id) + ".tail."; }

class Files final : public RecordingSource {
 public:
  Files(std::unique_ptr<ByteSource> main, std::string directory)
      : main_(std::move(main)), directory_(std::move(directory)) {}

  const ByteSource& main() const override { return *main_; }

  Result<std::optional<uint64_t>> FirstTail(const Uuid& id, uint64_t from) const override {
    const std::unique_ptr<DIR, DirCloser> dir(::opendir(directory_.c_str()));
    if (dir == nullptr) {
      // Whoever may read the file need not be allowed to list what is beside it.
      if (errno == EACCES) return std::nullopt;
      return FailErrno(ErrorKind::kIo, fmt::format("reading {}", directory_), errno);
    }
    const std::string prefix = TailPrefix(id);
    std::optional<uint64_t> first;
    while (const dirent* entry = ::readdir(dir.get())) {
      const std::string_view name = entry->d_name;
      if (!name.starts_with(prefix)) continue;
      const std::string_view number = name.substr(prefix.size());
      uint64_t k = 0;
      std::from_chars(number.data(), number.data() + number.size(), k);
      if (fmt::to_string(k) != number || k > kMaxTail) continue;
      if (k >= from && (!first || k < *first)) first = k;
    }
    return first;
  }

  Result<std::unique_ptr<ByteSource>> OpenTail(const Uuid& id, uint64_t k) const override {
    auto file = FileSource::Open(fmt::format("{}/{}{}", directory_, TailPrefix(id), k), false);
    if (file) return std::move(*file);
    if (file.error().kind == ErrorKind::kNotFound) return nullptr;
    return tl::unexpected(file.error());
  }

 private:
  std::unique_ptr<ByteSource> main_;
  std::string directory_;
};

}  // namespace

Result<std::unique_ptr<RecordingSource>> RecordingSource::Open(const std::string& path) {
  auto file = FileSource::Open(path, true);
  if (!file) return tl::unexpected(file.error());
  const size_t slash = path.rfind('/');
  std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return std::make_unique<Files>(std::move(*file), std::move(directory));
}

}  // namespace secure_exec
