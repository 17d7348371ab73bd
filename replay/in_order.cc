#include "replay/in_order.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace secure_exec {
namespace {

constexpr unsigned kMaxThreads = 64;
constexpr auto kTick = std::chrono::milliseconds(100);

}  // namespace

size_t InOrder::Threads() {
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads);
}

void InOrder::Run(const Job& job) {
  worked_.assign(job.count, false);
  next_ = done_ = 0;
  threads_ = Threads();
  left_ = job.count;
  const auto work = [&] {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock,
                    [&] { return stopped_ || next_ == job.count || next_ < done_ + kMaxAhead; });
      if (stopped_ || next_ == job.count) return;
      const size_t index = next_++;
      lock.unlock();
      job.work(index);
      --left_;
      lock.lock();
      worked_[index] = true;
      changed_.notify_all();
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = std::min(job.count, threads_); i > 0; --i) {
    std::thread thread = start_(work);
    if (!thread.joinable()) break;
    threads.push_back(std::move(thread));
  }
  if (threads.empty()) {
    for (; done_ < job.count && !stopped_; ++done_) {
      job.work(done_);
      --left_;
      if (!stopped_) job.done(done_);
    }
    return;
  }

  std::unique_lock lock(mutex_);
  while (!stopped_ && done_ < job.count) {
    if (!worked_[done_]) {
      changed_.wait_for(lock, kTick);
      if (!job.waiting) continue;
      const size_t done = done_;
      lock.unlock();
      job.waiting(done);
      lock.lock();
      continue;
    }
    // Counted behind the call: until then it is nobody's turn.
    const size_t index = done_;
    lock.unlock();
    job.done(index);
    lock.lock();
    ++done_;
    changed_.notify_all();
  }
  lock.unlock();
  for (std::thread& thread : threads) thread.join();
}

bool InOrder::AwaitTurn(size_t index) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopped_ || done_ == index; });
  return !stopped_;
}

bool InOrder::HasTurn(size_t index) {
  const std::lock_guard lock(mutex_);
  return !stopped_ && done_ == index;
}

void InOrder::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace secure_exec
