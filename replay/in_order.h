// Work on many things at once, one thread a processor, with results in the order of the things.
// Where threads cannot be had there are fewer; without any the caller's does it all, and `waiting`
// is not called. Run() once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "replay/start_thread.h"

namespace secure_exec {

class InOrder {
 public:
  // How many things may be worked off before one that comes earlier is.
  static constexpr size_t kMaxAhead = 1024;
  // Of the machine, within reason.
  static size_t Threads();

  explicit InOrder(ThreadStart start = StartThread) : start_(std::move(start)) {}

  struct Job {
    size_t count = 0;
    // On any thread, several at once; begun in order, each once.
    std::function<void(size_t index)> work;
    // From the caller's thread, after the work on it: in order, each once.
    std::function<void(size_t index)> done;
    // From the caller's thread, while it waits: about ten times a second. May be empty.
    std::function<void(size_t done)> waiting;
  };
  void Run(const Job& job);

  // From `work`: waits until all before `index` are done. `done` is not called meanwhile, up to the
  // work's end: what it uses may be used. False: Stop() was called.
  bool AwaitTurn(size_t index);
  // Whether AwaitTurn() would return true at once.
  bool HasTurn(size_t index);
  // From any thread: nothing more is begun, nothing more is handed to `done`.
  void Stop();
  bool stopped() const { return stopped_; }
  // From `work`: fewer things are left, those being worked on among them, than there are
  // processors.
  bool has_spare() const { return left_ < threads_; }

 private:
  const ThreadStart start_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<bool> worked_;
  size_t next_ = 0;                    // to be begun
  size_t done_ = 0;                    // handed to `done`
  std::atomic<bool> stopped_ = false;  // set under the lock
  size_t threads_ = 0;                 // the machine's
  std::atomic<size_t> left_ = 0;       // to be worked on, or being so
};

}  // namespace secure_exec
