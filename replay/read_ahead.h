// A recording's events, read ahead by a thread of their own from when it is told to: reading,
// decrypting, decompressing and parsing then happen beside what is made of the events. They are the
// same, in the same order, and so is the error or the end behind them.
//
// Batches are small, so that both threads find what they work on in their caches. Memory: kBatches,
// each of kMaxEvents events or, if that is less, so many that they reach kMaxBytes. When all are
// full the thread waits until half of them are taken.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"
#include "recorder/recording.h"
#include "replay/start_thread.h"

namespace secure_exec {

class ReadAhead {
 public:
  static constexpr size_t kBatches = 16;
  static constexpr size_t kMaxEvents = 64;
  static constexpr size_t kMaxBytes = 32 * 1024;
  // An event's place in a batch keeps this much memory for the next one; the rare longer line (of a
  // foreign cast up to kMaxForeignLine) gives its own back.
  static constexpr size_t kMaxKept = 16 * 1024;

  // `recording` outlives it, and is nobody else's until then.
  explicit ReadAhead(Recording& recording, ThreadStart start = StartThread)
      : recording_(recording), start_(std::move(start)) {}
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // From the next event on. Not started() after it: no thread can be had, now; Next() goes on
  // without. At most once where it started.
  void Start();
  bool started() const { return thread_.joinable(); }

  // As Recording::Next().
  Result<bool> Next(Event& event);

 private:
  struct Batch {
    std::vector<Event> events;
    size_t count = 0;
    bool last = false;  // the end, or `error`, is behind it
    std::optional<Error> error;
  };

  void Read();
  void Fill(Batch& batch);

  Recording& recording_;
  const ThreadStart start_;
  std::array<Batch, kBatches> batches_;  // a ring
  Batch* at_hand_ = nullptr;             // is read; null: none
  size_t at_ = 0;                        // its next event

  std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable room_;
  // Batches since the start; those between belong to who reads events, the others to the thread.
  size_t taken_ = 0;
  size_t filled_ = 0;  // changed by the thread alone
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace secure_exec
