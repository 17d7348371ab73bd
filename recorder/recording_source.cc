#include "recorder/recording_source.h"

#include <dirent.h>
#include <errno.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace secure_exec {
namespace {

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

std::string TailPrefix(const Uuid& id) { return FormatUuid(id) + ".tail."; }
std::string RestPrefix(const Uuid& id) { return FormatUuid(id) + ".rest."; }

constexpr size_t kUuidText = 36;

class Files final : public RecordingSource {
 public:
  Files(std::unique_ptr<ByteSource> main, std::string directory, std::string_view name)
      : main_(std::move(main)), directory_(std::move(directory)) {
    if (name.substr(std::min(kUuidText, name.size())) == ".cast.zst.age") {
      named_id_ = ParseUuid(name.substr(0, kUuidText));
    }
  }

  const ByteSource& main() const override { return *main_; }

  Result<std::optional<uint64_t>> FirstTail(const Uuid& id, uint64_t from) const override {
    return First(TailPrefix(id), from);
  }
  Result<std::unique_ptr<ByteSource>> OpenTail(const Uuid& id, uint64_t k) const override {
    return Open(TailPrefix(id), k);
  }
  Result<std::optional<uint64_t>> FirstRest(uint64_t from) const override {
    return named_id_ ? First(RestPrefix(*named_id_), from) : std::nullopt;
  }
  Result<std::unique_ptr<ByteSource>> OpenRest(uint64_t number) const override {
    return named_id_ ? Open(RestPrefix(*named_id_), number) : nullptr;
  }
  std::optional<Uuid> NamedId() const override { return named_id_; }

 private:
  Result<std::optional<uint64_t>> First(const std::string& prefix, uint64_t from) const {
    const std::unique_ptr<DIR, DirCloser> dir(::opendir(directory_.c_str()));
    if (dir == nullptr) {
      // Whoever may read the file need not be allowed to list what is beside it.
      if (errno == EACCES) return std::nullopt;
      return FailErrno(ErrorKind::kIo, fmt::format("reading {}", directory_), errno);
    }
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
  Result<std::unique_ptr<ByteSource>> Open(const std::string& prefix, uint64_t number) const {
    auto file = FileSource::Open(fmt::format("{}/{}{}", directory_, prefix, number), false);
    if (file) return std::move(*file);
    if (file.error().kind == ErrorKind::kNotFound) return nullptr;
    return tl::unexpected(file.error());
  }

  std::unique_ptr<ByteSource> main_;
  std::string directory_;
  std::optional<Uuid> named_id_;
};

}  // namespace

Result<std::unique_ptr<RecordingSource>> RecordingSource::Open(const std::string& path) {
  auto file = FileSource::Open(path, true);
  if (!file) return tl::unexpected(file.error());
  const size_t slash = path.rfind('/');
  std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string_view name =
      std::string_view(path).substr(slash == std::string::npos ? 0 : slash + 1);
  return std::make_unique<Files>(std::move(*file), std::move(directory), name);
}

}  // namespace secure_exec
