#include "recorder/recording.h"

#include <string_view>

#include "recorder/container_recording.h"
#include "recorder/plain_recording.h"
#include "recorder/recording_source.h"

namespace secure_exec {
namespace {

constexpr std::string_view kZstd("\x28\xB5\x2F\xFD", 4);

}  // namespace

Result<std::unique_ptr<Recording>> Recording::Open(const std::string& path,
                                                   const IdentitySource& identities) {
  auto source = RecordingSource::Open(path);
  if (!source) return tl::unexpected(source.error());
  return Open(std::move(*source), path, identities);
}

Result<std::unique_ptr<Recording>> Recording::Open(std::unique_ptr<RecordingSource> source,
                                                   const std::string& path,
                                                   const IdentitySource& identities) {
  auto opened = DecryptIfNeeded(std::move(source), identities, path);
  if (!opened) return tl::unexpected(opened.error());
  source = std::move(*opened);
  char first[kZstd.size()];
  const auto size = source->main().ReadAt(0, first, sizeof first);
  if (!size) return Fail(size.error().kind, "{}: {}", path, size.error().message);
  const std::string_view start(first, *size);
  if (start.starts_with(kZstd)) return ContainerRecording::Open(std::move(source), path);
  if (start.starts_with('{')) return PlainRecording::Open(std::move(source), path);
  if (start.empty()) {
    return Fail(ErrorKind::kFormat, "{} is empty: its session ended before anything was recorded",
                path);
  }
  return Fail(ErrorKind::kFormat, "{} is neither a recording nor an asciicast", path);
}

}  // namespace secure_exec
