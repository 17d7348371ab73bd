#include "replay/read_ahead.h"

#include <utility>

namespace secure_exec {

ReadAhead::~ReadAhead() {
  if (!started()) return;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  room_.notify_one();
  thread_.join();
}

void ReadAhead::Start() {
  thread_ = start_([this] { Read(); });
}

Result<bool> ReadAhead::Next(Event& event) {
  if (!started()) return recording_.Next(event);
  while (true) {
    if (at_hand_ == nullptr) {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return filled_ > taken_; });
      at_hand_ = &batches_[taken_ % kBatches];
      at_ = 0;
    }
    if (at_ < at_hand_->count) {
      Event& next = at_hand_->events[at_++];
      event.t_us = next.t_us;
      event.code = next.code;
      event.data.swap(next.data);
      return true;
    }
    if (at_hand_->last) {
      if (auto error = std::exchange(at_hand_->error, std::nullopt)) return tl::unexpected(*error);
      return false;
    }
    at_hand_ = nullptr;
    bool awaited = false;
    {
      const std::lock_guard lock(mutex_);
      ++taken_;
      awaited = filled_ - taken_ == kBatches / 2;
    }
    if (awaited) room_.notify_one();
  }
}

void ReadAhead::Read() {
  bool last = false;
  while (!last) {
    {
      // Threads that wake each other for each batch do little else.
      std::unique_lock lock(mutex_);
      if (filled_ - taken_ == kBatches) {
        room_.wait(lock, [&] { return stopped_ || filled_ - taken_ <= kBatches / 2; });
      }
      if (stopped_) return;
    }
    Batch& batch = batches_[filled_ % kBatches];
    Fill(batch);
    last = batch.last;
    {
      const std::lock_guard lock(mutex_);
      ++filled_;
    }
    ready_.notify_one();
  }
}

void ReadAhead::Fill(Batch& batch) {
  batch.events.resize(kMaxEvents);
  batch.count = 0;
  for (size_t bytes = 0; batch.count < kMaxEvents && bytes < kMaxBytes;) {
    Event& event = batch.events[batch.count];
    if (event.data.capacity() > kMaxKept) event.data = std::string();
    const auto more = recording_.Next(event);
    if (!more || !*more) {
      batch.last = true;
      if (!more) batch.error = more.error();
      return;
    }
    bytes += event.data.size();
    ++batch.count;
  }
}

}  // namespace secure_exec
