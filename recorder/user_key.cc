#include "recorder/user_key.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/unique_fd.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxKeyFile = 16 * 1024;
constexpr std::string_view kMakeAnew = "remove it and a new one is made";
constexpr std::string_view kNameAnother = "name another";

// mkdir -p with mode 0700 for what is missing.
Result<void> MakeDirectories(const std::string& path) {
  for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    if (::mkdir(part.c_str(), 0700) == 0) {
      // What the umask took.
      (void)!::fchmodat(AT_FDCWD, part.c_str(), 0700, AT_SYMLINK_NOFOLLOW);
    } else if (errno != EEXIST) {
      return FailErrno(ErrorKind::kRecording, "user key: making directory " + part, errno);
    }
    if (at == std::string::npos) return {};
  }
}

Result<void> WriteAll(const UniqueFd& fd, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailErrno(ErrorKind::kRecording, "user key: writing " + path, errno);
    text.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

constexpr std::string_view kOpenSsh = "-----BEGIN OPENSSH PRIVATE KEY-----";

Result<SigningKey> Parse(std::string_view text) {
  return text.starts_with(kOpenSsh) ? SigningKeyFromOpenSsh(text) : SigningKey::FromPem(text);
}

// `way_out`: what to do about a key that cannot be used.
Result<SigningKey> Read(const std::string& path, std::string_view way_out) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return FailErrno(ErrorKind::kRecording, "user key: opening " + path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0)
    return FailErrno(ErrorKind::kRecording, "user key: reading " + path, errno);
  if ((info.st_mode & 077) != 0)
    return Fail(ErrorKind::kRecording,
                "user key: {} can be read by others (mode {:04o}): chmod 600 it, or {}", path,
                info.st_mode & 07777, way_out);
  std::string text(kMaxKeyFile, '\0');
  const ssize_t count = ::read(fd.get(), text.data(), text.size());
  if (count < 0) return FailErrno(ErrorKind::kRecording, "user key: reading " + path, errno);
  auto key = Parse(std::string_view(text).substr(0, static_cast<size_t>(count)));
  Wipe(text.data(), text.size());
  if (!key)
    return Fail(ErrorKind::kRecording, "user key: {}: {}; {}", path, key.error().message, way_out);
  return key;
}

// Made under a name of its own and linked into place, so that two first sessions at once agree on
// one whole key: the second link fails, and its maker reads the first one's.
Result<SigningKey> Create(const std::string& directory, const std::string& path) {
  SigningKey key = SigningKey::Generate();
  auto pem = key.ToPem();
  if (!pem) return tl::unexpected(pem.error());
  const std::string temporary = path + "." + HexEncode(AsView(RandomArray<8>()));
  UniqueFd fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return FailErrno(ErrorKind::kRecording, "user key: making " + temporary, errno);
  ::fchmod(fd.get(), 0600);
  auto written = WriteAll(fd, temporary, *pem);
  Wipe(pem->data(), pem->size());
  if (written && ::fsync(fd.get()) != 0)
    written = FailErrno(ErrorKind::kRecording, "user key: writing " + temporary, errno);
  if (!written) {
    ::unlink(temporary.c_str());
    return tl::unexpected(written.error());
  }
  const bool ours = ::link(temporary.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(temporary.c_str());
  if (!ours)
    return error == EEXIST ? Read(path, kMakeAnew)
                           : FailErrno(ErrorKind::kRecording, "user key: making " + path, error);
  // A key that power loss took would leave its first recordings signed by nobody.
  UniqueFd parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent) (void)::fsync(parent.get());
  // The public half is a convenience (`verify --signer`); it can be had from the private one.
  const std::string public_path = directory + "/user-key.pub.pem";
  UniqueFd out(
      ::open(public_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (out) (void)WriteAll(out, public_path, key.PublicPem());
  return key;
}

}  // namespace

Result<SigningKey> LoadUserKey(const std::string& path) { return Read(path, kNameAnother); }

Result<SigningKey> LoadOrCreateUserKey(const std::string& directory) {
  const std::string path = directory + "/user-key.pem";
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return Read(path, kMakeAnew);
  if (errno != ENOENT) return FailErrno(ErrorKind::kRecording, "user key: " + path, errno);
  if (auto made = MakeDirectories(directory); !made) return tl::unexpected(made.error());
  return Create(directory, path);
}

}  // namespace secure_exec
