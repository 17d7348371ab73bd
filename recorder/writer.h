// The writer thread of a recording: takes batches of lines, writes frames and tail segments, and
// says how far it is. recorder.h has the promises; this is the thread behind them.
//
// Lines that fill a frame are compressed and written straight away. Lines that do not go to the
// frame's tail segment, after a short wait for more where the session is in bulk. "Recorded" is
// counted in bytes of lines (that is what a ticket is).
//
// One thread calls Hand(), Seal() and the questions; Run() belongs to the thread that the Recorder
// starts. Both hold the Writer by shared_ptr, so that a thread stuck in a system call can be
// left behind.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "recorder/cast/line_writer.h"
#include "recorder/container/frame_writer.h"
#include "recorder/recording_files.h"
#include "recorder/writer_limits.h"

namespace secure_exec {

// Whole lines one after the other, and what is known of each.
struct LineBatch {
  std::string lines;
  std::vector<LineInfo> infos;
  bool empty() const { return infos.empty(); }
  void Clear() {
    lines.clear();
    infos.clear();
  }
};

class Writer {
 public:
  struct Sealed {
    uint64_t file_size = 0;
    Hash link{};
  };
  // The last frame that is whole in the main file; the header's is frame 0.
  struct Whole {
    uint64_t k = 0;
    Hash link{};  // H(body_k)
  };

  // `files` is created and holds what `frames` returned as genesis. `start_boot_ns` is t = 0.
  Writer(std::unique_ptr<RecordingFiles> files, std::unique_ptr<FrameWriter> frames,
         const Clock& clock, int64_t start_boot_ns, UniqueFd event_fd, const WriterLimits& limits);

  void Run();

  // Takes what `batch` holds and leaves it empty. Also wakes a thread whose timer is due.
  void Hand(LineBatch& batch);
  // Takes the last lines and seals; waits for that until `deadline_ns` (BootNs) at most. In one
  // step, so that the exit event never stands in a tail before the thread knows that it is the end.
  Result<Sealed> Seal(LineBatch& last, int64_t deadline_ns);
  // Closes the open frame as soon as the thread comes to it, where there are lines in it.
  void CloseFrameSoon();
  Whole whole() const;
  // The thread ends without sealing. True if it has ended; a stuck one is abandoned after a while.
  bool Stop();

  // Bytes of lines that are recorded, since the recording began.
  uint64_t recorded() const { return recorded_.load(std::memory_order_acquire); }
  bool has_failed() const { return has_failed_.load(std::memory_order_acquire); }
  std::optional<Error> failed() const;
  std::optional<int64_t> stalled_since() const;
  int event_fd() const { return event_fd_.get(); }
  const std::string& path() const { return files_->path(); }

 private:
  struct Orders {
    bool stop = false;
    bool seal = false;
    bool close = false;
    bool waited = false;  // for more lines, and none came
  };
  void Enqueue(LineBatch& batch);  // under mutex_
  Orders Await(std::vector<LineBatch>& batches);
  Result<void> Record(const LineBatch& batch);
  Result<void> CloseFrame();
  Result<void> WriteTail();
  Result<void> RunTimers();
  Result<void> SealFile();
  void EndAfterFailure(const Error& error);
  // The text of the seal beside an encrypted file, whose bytes are all written.
  std::string MakeOuterSeal(uint64_t wall_ns) const;

  bool HoldsBack() const;
  int64_t NextTimer() const;
  void Publish();
  void Notify();
  std::string_view OpenLinesNotInTail() const;

  // The thread's own.
  std::unique_ptr<RecordingFiles> files_;
  std::unique_ptr<FrameWriter> frames_;
  const Clock& clock_;
  const int64_t start_boot_ns_;
  const WriterLimits limits_;
  uint64_t closed_bytes_ = 0;  // lines in closed frames
  size_t tail_bytes_ = 0;      // lines of the open frame that are in its tail segment
  uint32_t tail_lines_ = 0;
  int64_t frame_began_ = 0;  // BootNs of the open frame's first line
  int64_t held_since_ = 0;   // BootNs of the first line that is not in the tail
  int64_t last_t_us_ = 0;
  int64_t closed_straight_ = INT64_MIN / 2;  // when bulk filled a frame last
  int64_t interim_due_ = INT64_MAX;
  int64_t sync_due_ = INT64_MAX;
  int64_t last_sync_ = INT64_MIN / 2;
  bool ended_ = false;  // the seal's bytes are in the file: nothing may follow

  std::atomic<uint64_t> recorded_{0};
  std::atomic<bool> has_failed_{false};
  std::atomic<int64_t> next_timer_{INT64_MAX};
  UniqueFd event_fd_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;  // the thread: lines, an order
  std::condition_variable done_;  // the caller: done_flag_
  std::vector<LineBatch> queue_;  // bounded by the Recorder's Room()
  std::vector<LineBatch> spare_;  // empty ones, to use their memory again
  bool seal_ = false;
  bool close_ = false;
  Whole whole_;
  bool stop_ = false;
  bool done_flag_ = false;
  std::optional<Error> error_;
  std::optional<Sealed> sealed_;
};

}  // namespace secure_exec
