#include "recorder/recording_files.h"

#include <errno.h>
#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace secure_exec {
namespace {

constexpr int64_t kReserve = 1 << 20;
// Reserved in steps of this size, so that not every frame costs a call.
constexpr int64_t kReserveStep = 2 * kReserve;
constexpr mode_t kFileMode = 0600;
// A rest segment that is longer is followed by another: only the last 64 KiB of them count.
constexpr int64_t kMaxRest = 1 << 20;

std::string_view WayOut(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "make room there, or set SECURE_EXEC_STORE to a directory that has some";
    case EACCES:
    case EPERM:
    case EROFS:
      return "allow writing there, or set SECURE_EXEC_STORE to a directory of yours";
    case EEXIST:
      return "recordings are never overwritten: start again";
    case ENOENT:
    case ENOTDIR:
      return "it was removed while it was in use: start again";
    default:
      return "check the disk, or set SECURE_EXEC_STORE to a directory on another";
  }
}

bool IsFull(int error_number) { return error_number == ENOSPC || error_number == EDQUOT; }

}  // namespace

RecordingFiles::RecordingFiles(FileOps& files, const Clock& clock, std::string directory,
                               std::string id, std::unique_ptr<RecordingCipher> cipher)
    : files_(files),
      clock_(clock),
      directory_(std::move(directory)),
      id_(std::move(id)),
      path_(directory_ + "/" + id_ + (cipher == nullptr ? ".cast.zst" : ".cast.zst.age")),
      cipher_(std::move(cipher)) {
  main_.path = path_;
}

template <class Operation>
int64_t RecordingFiles::Call(Operation operation) {
  if (abandoned_) return -EIO;
  busy_since_.store(clock_.BootNs(), std::memory_order_relaxed);
  int64_t result = 0;
  do {
    result = operation();
  } while (result == -EINTR && !abandoned_);
  busy_since_.store(0, std::memory_order_relaxed);
  return abandoned_ ? -EIO : result;
}

RecordingFiles::~RecordingFiles() {
  Close(tail_);
  Close(rest_);
  Close(main_);
}

tl::unexpected<Error> RecordingFiles::Failed(const std::string& path, int error_number) {
  failure_ = ErrnoText(error_number);
  return Fail(ErrorKind::kRecording, "recording: {}: {}; {}", path, failure_, WayOut(error_number));
}

int RecordingFiles::Open(File& file) {
  // O_APPEND: after a truncation the next write must not leave a hole where the torn one was.
  const int64_t fd = Call([&] {
    return files_.Open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND, kFileMode);
  });
  if (fd < 0) return static_cast<int>(-fd);
  file.fd = static_cast<int>(fd);
  file.good_end = 0;
  file.torn = false;
  file.dirty = true;
  return 0;
}

void RecordingFiles::Close(File& file) {
  if (file.fd < 0) return;
  const int fd = std::exchange(file.fd, -1);
  // An error of close says nothing that the sync before it did not.
  Call([&] { return files_.Close(fd); });
}

int RecordingFiles::CutBack(File& file) {
  if (!file.torn) return 0;
  const int64_t result = Call([&] { return files_.Truncate(file.fd, file.good_end); });
  if (result < 0) return static_cast<int>(-result);
  file.torn = false;
  return 0;
}

int RecordingFiles::WriteWhole(File& file, std::string_view bytes) {
  if (const int error = CutBack(file); error != 0) return error;
  file.dirty = true;
  std::string_view left = bytes;
  while (!left.empty()) {
    const int64_t count = Call([&] { return files_.Write(file.fd, left.data(), left.size()); });
    if (count <= 0 || static_cast<size_t>(count) > left.size()) {
      // Even when nothing seems written: a failed write may have left bytes behind.
      file.torn = true;
      CutBack(file);
      return count < 0 ? static_cast<int>(-count) : EIO;
    }
    left.remove_prefix(static_cast<size_t>(count));
  }
  file.good_end += static_cast<int64_t>(bytes.size());
  return 0;
}

int RecordingFiles::ReserveAhead() {
  if (!can_reserve_ || main_.good_end + kReserve <= reserved_end_) return 0;
  for (const int64_t length : {kReserveStep, kReserve}) {
    const auto result = Call([&] { return files_.Reserve(main_.fd, main_.good_end, length); });
    if (result == 0) {
      reserved_end_ = main_.good_end + length;
      return 0;
    }
    if (result == -EOPNOTSUPP || result == -ENOSYS) {
      can_reserve_ = false;
      return 0;
    }
    if (!IsFull(static_cast<int>(-result))) return static_cast<int>(-result);
  }
  return ENOSPC;
}

Result<void> RecordingFiles::Create(std::string_view bytes, uint64_t min_free_bytes) {
  uint64_t free_bytes = 0;
  if (const auto result = Call([&] { return files_.FreeBytes(directory_, &free_bytes); });
      result < 0) {
    return Failed(directory_, static_cast<int>(-result));
  }
  if (free_bytes < min_free_bytes) {
    failure_ = ErrnoText(ENOSPC);
    return Fail(ErrorKind::kRecording, "recording: {}: only {} KiB are free, {} are needed; {}",
                directory_, free_bytes / 1024, min_free_bytes / 1024, WayOut(ENOSPC));
  }
  if (const int error = Open(main_); error != 0) return Failed(path_, error);
  if (cipher_ != nullptr) unwritten_ = cipher_->start();
  auto ok = AppendMain(bytes);
  if (ok) ok = KeepReserve();
  if (ok) return {};
  Close(main_);
  Call([&] { return files_.Unlink(path_); });
  if (rest_.fd >= 0) {
    Close(rest_);
    Call([&] { return files_.Unlink(rest_.path); });
  }
  return ok;
}

Result<void> RecordingFiles::SyncCreated() {
  if (auto ok = SyncWritten(); !ok) return ok;
  const auto fd = Call([&] { return files_.Open(directory_, O_RDONLY | O_DIRECTORY, 0); });
  // A directory that may be written but not read: its entry reaches the disk a little later.
  if (fd == -EACCES) return {};
  if (fd < 0) return Failed(directory_, static_cast<int>(-fd));
  const auto result = Call([&] { return files_.DataSync(static_cast<int>(fd)); });
  Call([&] { return files_.Close(static_cast<int>(fd)); });
  // Some file systems cannot sync a directory.
  if (result < 0 && result != -EINVAL && result != -ENOTSUP && result != -ENOSYS) {
    return Failed(directory_, static_cast<int>(-result));
  }
  return {};
}

int RecordingFiles::WriteChunks() {
  if (unwritten_.empty()) return 0;
  if (const int error = WriteWhole(main_, unwritten_); error != 0) return error;
  main_hash_.Update(unwritten_);
  unwritten_.clear();
  return 0;
}

// The key to all segments is in the main file: where that was removed they are worth nothing, and
// it may be long until a chunk is written to it. A write of nothing tells.
int RecordingFiles::CheckMain() {
  const int64_t result = Call([&] { return files_.Write(main_.fd, "", 0); });
  return result < 0 ? static_cast<int>(-result) : 0;
}

Result<void> RecordingFiles::AppendMain(std::string_view bytes, bool last) {
  if (main_.fd < 0) return Failed(path_, EBADF);
  int error = 0;
  if (cipher_ == nullptr) {
    error = WriteWhole(main_, bytes);
  } else if (error = WriteChunks(); error == 0) {
    cipher_->Append(bytes, unwritten_);
    if (last) cipher_->Finish(unwritten_);
    error = unwritten_.empty() ? CheckMain() : WriteChunks();
  }
  if (error != 0) {
    // The truncation gave the reserve back too; take it again for what is written last.
    reserved_end_ = 0;
    ReserveAhead();
    return Failed(path_, error);
  }
  return cipher_ == nullptr || last ? Result<void>() : AppendRest();
}

// Records what of the main file is in no chunk and in no record yet.
Result<void> RecordingFiles::AppendRest() {
  if (rest_.fd >= 0 && rest_.good_end > kMaxRest) {
    // The next one has all that counts; this one goes when that is on the disk.
    retired_.push_back(rest_.path);
    Close(rest_);
  }
  std::string bytes;
  uint64_t from = std::max(rest_until_, cipher_->pending_start());
  if (rest_.fd < 0) {
    rest_.path = fmt::format("{}/{}.rest.{}", directory_, id_, next_rest_);
    if (const int error = Open(rest_); error != 0) return Failed(rest_.path, error);
    bytes = cipher_->BeginSegment(SegmentKind::kRest, next_rest_++);
    from = cipher_->pending_start();
  }
  bytes += cipher_->SealRest(from);
  if (const int error = WriteWhole(rest_, bytes); error != 0) return Failed(rest_.path, error);
  rest_until_ = cipher_->pending_start() + cipher_->pending().size();
  return {};
}

Result<void> RecordingFiles::KeepReserve() {
  if (const int error = ReserveAhead(); error != 0) return Failed(path_, error);
  return {};
}

Result<void> RecordingFiles::AppendTail(uint64_t k, std::string_view header,
                                        std::string_view bytes) {
  std::string first(header);
  first += bytes;
  if (tail_.fd < 0) {
    tail_.path = fmt::format("{}/{}.tail.{}", directory_, id_, k);
    if (const int error = Open(tail_); error != 0) return Failed(tail_.path, error);
    if (cipher_ != nullptr) {
      const std::string start = cipher_->BeginSegment(SegmentKind::kTail, k);
      first = start + cipher_->SealTail(first);
    }
    if (const int error = WriteWhole(tail_, first); error != 0) {
      Close(tail_);
      Call([&] { return files_.Unlink(tail_.path); });
      return Failed(tail_.path, error);
    }
    return {};
  }
  if (cipher_ != nullptr) first = cipher_->SealTail(first);
  if (const int error = WriteWhole(tail_, first); error != 0) return Failed(tail_.path, error);
  return {};
}

Result<void> RecordingFiles::SyncTail() {
  const auto result = Call([&] { return files_.DataSync(tail_.fd); });
  if (result < 0) return Failed(tail_.path, static_cast<int>(-result));
  return {};
}

void RecordingFiles::RetireTail() {
  if (tail_.fd < 0) return;
  retired_.push_back(tail_.path);
  retired_bytes_ += static_cast<uint64_t>(tail_.good_end);
  Close(tail_);
}

Result<void> RecordingFiles::SyncWritten() {
  for (File* file : {&main_, &rest_}) {
    if (file->fd < 0) continue;
    const auto result = Call([&] { return files_.DataSync(file->fd); });
    if (result < 0) {
      sync_failed_ = true;
      return Failed(file->path, static_cast<int>(-result));
    }
    file->dirty = false;
  }
  return {};
}

Result<void> RecordingFiles::Sync() {
  if (auto ok = SyncWritten(); !ok) return ok;
  if (sync_failed_) return {};
  for (const std::string& path : retired_) {
    const auto unlinked = Call([&] { return files_.Unlink(path); });
    // One that somebody else removed is gone as well.
    if (unlinked < 0 && unlinked != -ENOENT) return Failed(path, static_cast<int>(-unlinked));
  }
  retired_.clear();
  retired_bytes_ = 0;
  return {};
}

Result<void> RecordingFiles::SyncBeforeSeal() {
  if (sync_failed_) return Failed(path_, EIO);
  const bool dirty = main_.dirty || (rest_.fd >= 0 && rest_.dirty);
  return dirty ? Sync() : Result<void>();
}

Result<void> RecordingFiles::Finish() {
  if (can_reserve_) Call([&] { return files_.Truncate(main_.fd, main_.good_end); });
  if (rest_.fd >= 0) {  // its bytes are in the last chunk
    retired_.push_back(rest_.path);
    Close(rest_);
  }
  if (auto ok = Sync(); !ok) return ok;
  Close(main_);
  return {};
}

Result<void> RecordingFiles::WriteBeside(std::string_view suffix, std::string_view bytes) {
  File file;
  file.path = fmt::format("{}/{}{}", directory_, id_, suffix);
  int error = Open(file);
  if (error != 0) return Failed(file.path, error);
  error = WriteWhole(file, bytes);
  if (error == 0) error = static_cast<int>(-Call([&] { return files_.DataSync(file.fd); }));
  Close(file);
  if (error == 0) return {};
  Call([&] { return files_.Unlink(file.path); });
  return Failed(file.path, error);
}

}  // namespace secure_exec
