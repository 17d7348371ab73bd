// The files of one recording while it is written: the main file and the tail segments beside it
// (docs/format.md sections 1 and 5). Knows nothing of lines, only of bytes that must lie whole or
// not at all: after a torn or failed write the file is cut back to its last good end at once.
//
// With a cipher all of it is encrypted, and the main file lags: an age chunk is made only when more
// than it is there. What is in no chunk yet goes to a rest segment, in the same step, so that
// AppendMain() means the same: these bytes are with the kernel.
//
// Every call may wait for the disk. busy_since() may be asked from any thread; the rest belongs to
// one thread at a time. Errors are kRecording and name the path and the way out.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file_ops.h"
#include "base/result.h"
#include "recorder/recording_cipher.h"

namespace secure_exec {

class RecordingFiles {
 public:
  // `id` is the recording's, as text; `directory` exists.
  // `cipher`: nullptr for a recording in the clear.
  RecordingFiles(FileOps& files, const Clock& clock, std::string directory, std::string id,
                 std::unique_ptr<RecordingCipher> cipher = nullptr);
  ~RecordingFiles();
  RecordingFiles(const RecordingFiles&) = delete;
  RecordingFiles& operator=(const RecordingFiles&) = delete;

  const std::string& path() const { return path_; }

  // Makes the main file with `bytes` in it and reserves space behind them; leaves nothing behind
  // when it fails.
  Result<void> Create(std::string_view bytes, uint64_t min_free_bytes);
  // Syncs the new file and its directory entry.
  Result<void> SyncCreated();

  // `last`: the file ends behind these bytes. When it fails, a file in the clear is as it was
  // before; of an encrypted one see keeps_failed_bytes().
  Result<void> AppendMain(std::string_view bytes, bool last = false);
  // An encrypted chunk is made once. So bytes whose AppendMain() failed stay part of the main file:
  // the next call writes what of it is missing, the same bytes, before its own.
  bool keeps_failed_bytes() const { return cipher_ != nullptr; }
  // The last bytes were taken: no others can follow, whether or not they could be written.
  bool has_ended() const { return cipher_ != nullptr && cipher_->finished(); }
  // Of the encrypted bytes of the main file.
  Hash MainHash() { return main_hash_.Finish(); }
  // Keeps 1 MiB reserved behind the main file, for the ending. Without it a disk counts as full.
  Result<void> KeepReserve();
  uint64_t main_size() const { return static_cast<uint64_t>(main_.good_end); }

  // Appends to segment k, which the first call for it makes. `header` is its first line.
  Result<void> AppendTail(uint64_t k, std::string_view header, std::string_view bytes);
  // fdatasync of the open segment: power loss costs what came after it.
  Result<void> SyncTail();
  bool tail_is_open() const { return tail_.fd >= 0; }
  // The open segment's frame is whole in the main file: after the next Sync() it can go.
  void RetireTail();
  // What segments that wait for a Sync() hold.
  uint64_t retired_bytes() const { return retired_bytes_; }
  bool has_retired() const { return !retired_.empty(); }

  // fdatasync of the main file, then unlinks the retired segments. A sync that failed once may
  // have lost anything written before it, so from then on segments stay.
  Result<void> Sync();
  // What a seal needs: all that the main file and the rest segment hold is on the disk. So zeros
  // before a seal were never left by a power cut. Fails after a failed sync.
  Result<void> SyncBeforeSeal();
  bool sync_failed() const { return sync_failed_; }
  // Gives the reserved space back; then Sync(), and the main file is closed.
  Result<void> Finish();
  // A file `<id>SUFFIX` beside the main one, whole and synced, or none.
  Result<void> WriteBeside(std::string_view suffix, std::string_view bytes);

  // The system's word for the last failure.
  const std::string& failure() const { return failure_; }

  // Since when (BootNs) a call has been waiting for the disk; 0 if none is.
  int64_t busy_since() const { return busy_since_.load(std::memory_order_relaxed); }
  // From any thread: no call is made any more, they all fail at once. The FileOps and the Clock are
  // not touched again, except by a call that is stuck in them now.
  void Abandon() { abandoned_ = true; }
  bool abandoned() const { return abandoned_; }

 private:
  struct File {
    std::string path;
    int fd = -1;
    int64_t good_end = 0;
    bool torn = false;   // bytes may lie behind good_end: nothing is written before they are gone
    bool dirty = false;  // changed since its last sync
  };

  template <class Operation>
  int64_t Call(Operation operation);
  // All of `bytes` or an errno; then the file ends where it did before.
  int WriteWhole(File& file, std::string_view bytes);
  int CutBack(File& file);
  int Open(File& file);
  int ReserveAhead();
  int WriteChunks();
  int CheckMain();
  Result<void> AppendRest();
  Result<void> SyncWritten();
  void Close(File& file);
  tl::unexpected<Error> Failed(const std::string& path, int error_number);

  FileOps& files_;
  const Clock& clock_;
  const std::string directory_;
  const std::string id_;
  const std::string path_;
  std::unique_ptr<RecordingCipher> cipher_;
  std::string unwritten_;  // chunks that were made and could not be written
  Sha256 main_hash_;
  File main_;
  File tail_;
  File rest_;
  uint64_t next_rest_ = 0;
  uint64_t rest_until_ = 0;  // of the main file's plain text: what is in a rest segment
  int64_t reserved_end_ = 0;
  bool can_reserve_ = true;
  bool sync_failed_ = false;
  std::vector<std::string> retired_;
  uint64_t retired_bytes_ = 0;
  std::string failure_;
  std::atomic<int64_t> busy_since_{0};
  std::atomic<bool> abandoned_{false};
};

}  // namespace secure_exec
