#include "replay/output_file.h"

#include <sys/stat.h>

namespace secure_exec {
namespace {

bool IsSameFile(const std::string& a, const std::string& b) {
  struct stat first {};
  struct stat second {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace

bool OutputFile::IsStandard(const Arguments& arguments) {
  const std::string path = arguments.Get("output", "-");
  return path == "-" || path == "/dev/stdout";
}

Result<OutputFile> OutputFile::Open(const Arguments& arguments, World& world,
                                    const std::string& recording) {
  OutputFile output(world);
  if (IsStandard(arguments)) return output;
  const std::string path = arguments.Get("output");
  if (IsSameFile(path, recording)) {
    return Fail(ErrorKind::kUsage, "{} is the recording itself; --output needs another name", path);
  }
  auto fd = CreateFile(path, arguments.Has("force"));
  if (!fd) return tl::unexpected(fd.error());
  output.fd_ = std::move(*fd);
  output.file_ = std::make_unique<FdOutput>(output.fd_.get(), path);
  return output;
}

Result<void> OutputFile::Close() {
  out().Flush();
  if (file_ && file_->failed()) return tl::unexpected(*file_->error());
  return {};
}

}  // namespace secure_exec
