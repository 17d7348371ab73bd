#include "recorder/disk_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/standard_descriptors.h"

namespace secure_exec {

enum class DiskProcess::Call : int32_t {
  kMakeDirectory,
  kOpen,
  kWrite,
  kTruncate,
  kDataSync,
  kReserve,
  kUnlink,
  kClose,
  kFreeBytes,
};

// Sent whole over a SOCK_SEQPACKET pair: a message arrives complete or not at all.
struct DiskProcess::Command {
  Call call;
  int32_t fd = -1;
  int32_t flags = 0;
  uint32_t mode = 0;
  int64_t a = 0;  // offset or size
  int64_t b = 0;  // length
};

struct DiskProcess::Reply {
  int64_t result;
  uint64_t value = 0;
};

Result<std::unique_ptr<DiskProcess>> DiskProcess::Start() {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
    return FailErrno(ErrorKind::kRecording, "recording: starting the process that writes it",
                     errno);
  UniqueFd ours(sockets[0]), theirs(sockets[1]);
  void* shared =
      ::mmap(nullptr, kShared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    return FailErrno(ErrorKind::kRecording, "recording: memory for the process that writes it",
                     errno);
  const pid_t child = ::fork();
  if (child < 0) {
    const int error = errno;
    ::munmap(shared, kShared);
    return FailErrno(ErrorKind::kRecording, "recording: starting the process that writes it",
                     error);
  }
  if (child == 0) Serve(theirs.get(), static_cast<char*>(shared));
  return std::unique_ptr<DiskProcess>(
      new DiskProcess(std::move(ours), static_cast<char*>(shared), child));
}

DiskProcess::~DiskProcess() {
  ::shutdown(socket_.get(), SHUT_RDWR);  // a call that still waits for a stuck child fails now
  const std::lock_guard lock(mutex_);
  // It ends by itself at once, unless it is stuck; then init reaps it some day.
  ::waitpid(child_, nullptr, WNOHANG);
  ::munmap(shared_, kShared);
}

void DiskProcess::Serve(int socket, char* shared) {
  // The terminal's signals and the parent's are not for us: what was handed over is still written.
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP, SIGXFSZ})
    ::signal(signal, SIG_IGN);
  ::prctl(PR_SET_NAME, "secure-exec-disk");
  // Nobody's pipe or terminal stays open because a disk hangs.
  constexpr int kSocket = 3;
  ::dup2(socket, kSocket);
  if (::close_range(kSocket + 1, ~0U, 0) != 0) {  // a kernel before 5.9
    const long limit = ::sysconf(_SC_OPEN_MAX);
    for (long fd = kSocket + 1; fd < limit; ++fd) ::close(static_cast<int>(fd));
  }
  // The numbers 0 to 2 stay taken: a library might write messages to them, and never to a
  // recording.
  for (int fd = 0; fd < kSocket; ++fd) ::close(fd);
  for (int fd = 0; fd < kSocket; ++fd) (void)OpenNothing();
  Command command;
  for (;;) {
    const ssize_t count = ::recv(kSocket, &command, sizeof command, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count != static_cast<ssize_t>(sizeof command)) ::_exit(0);
    const Reply reply = Execute(command, shared);
    if (::send(kSocket, &reply, sizeof reply, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof reply))
      ::_exit(0);
  }
}

DiskProcess::Reply DiskProcess::Execute(const Command& command, char* shared) {
  FileOps& disk = FileOps::System();
  const auto path = [shared] { return std::string(shared, ::strnlen(shared, kShared)); };
  Reply reply{};
  switch (command.call) {
    case Call::kMakeDirectory:
      reply.result = disk.MakeDirectory(path(), command.mode);
      break;
    case Call::kOpen:
      reply.result = disk.Open(path(), command.flags, command.mode);
      break;
    case Call::kWrite:
      reply.result = disk.Write(command.fd, shared, static_cast<size_t>(command.a));
      break;
    case Call::kTruncate:
      reply.result = disk.Truncate(command.fd, command.a);
      break;
    case Call::kDataSync:
      reply.result = disk.DataSync(command.fd);
      break;
    case Call::kReserve:
      reply.result = disk.Reserve(command.fd, command.a, command.b);
      break;
    case Call::kUnlink:
      reply.result = disk.Unlink(path());
      break;
    case Call::kClose:
      reply.result = disk.Close(command.fd);
      break;
    case Call::kFreeBytes:
      reply.result = disk.FreeBytes(path(), &reply.value);
      break;
  }
  return reply;
}

DiskProcess::Reply DiskProcess::Ask(const Command& command) {
  Reply reply{.result = -EIO};
  if (::send(socket_.get(), &command, sizeof command, MSG_NOSIGNAL) !=
      static_cast<ssize_t>(sizeof command))
    return {.result = -EIO};
  ssize_t count = 0;
  do {
    count = ::recv(socket_.get(), &reply, sizeof reply, 0);
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(sizeof reply)) return {.result = -EIO};
  return reply;
}

int DiskProcess::AskWithPath(Command command, const std::string& path, uint64_t* value) {
  if (path.size() >= kShared) return -ENAMETOOLONG;
  const std::lock_guard lock(mutex_);
  ::memcpy(shared_, path.c_str(), path.size() + 1);
  const Reply reply = Ask(command);
  if (value != nullptr) *value = reply.value;
  return static_cast<int>(reply.result);
}

int DiskProcess::MakeDirectory(const std::string& path, mode_t mode) {
  return AskWithPath({.call = Call::kMakeDirectory, .mode = mode}, path);
}

int DiskProcess::Open(const std::string& path, int flags, mode_t mode) {
  return AskWithPath({.call = Call::kOpen, .flags = flags, .mode = mode}, path);
}

ssize_t DiskProcess::Write(int fd, const void* data, size_t size) {
  const size_t part = std::min(size, kShared);
  const std::lock_guard lock(mutex_);
  ::memcpy(shared_, data, part);
  return Ask({.call = Call::kWrite, .fd = fd, .a = static_cast<int64_t>(part)}).result;
}

int DiskProcess::Truncate(int fd, off_t size) {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(Ask({.call = Call::kTruncate, .fd = fd, .a = size}).result);
}

int DiskProcess::DataSync(int fd) {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(Ask({.call = Call::kDataSync, .fd = fd}).result);
}

int DiskProcess::Reserve(int fd, off_t offset, off_t length) {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(Ask({.call = Call::kReserve, .fd = fd, .a = offset, .b = length}).result);
}

int DiskProcess::Unlink(const std::string& path) {
  return AskWithPath({.call = Call::kUnlink}, path);
}

int DiskProcess::Close(int fd) {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(Ask({.call = Call::kClose, .fd = fd}).result);
}

int DiskProcess::FreeBytes(const std::string& path, uint64_t* bytes) {
  return AskWithPath({.call = Call::kFreeBytes}, path, bytes);
}

}  // namespace secure_exec
