// --max-duration: when a session ends whatever happens in it. Typing does not postpone it.
#pragma once

#include <cstdint>
#include <optional>

#include "plugin/idle_timer.h"

namespace secure_exec {

class TimeLimit {
 public:
  enum class Step { kNone, kNotice, kEnd };

  // 0: there is none.
  TimeLimit(int64_t limit_ns, int64_t now) : limit_(limit_ns), ends_at_(now + limit_ns) {}

  // What is to be done now; to be called at Deadline(). The notice comes WarningOf(limit) before
  // the end, once; after a sleep past the end there is none.
  Step Advance(int64_t now) {
    if (limit_ == 0) return Step::kNone;
    if (now >= ends_at_) return Step::kEnd;
    if (noticed_ || now < ends_at_ - WarningOf(limit_)) return Step::kNone;
    noticed_ = true;
    return Step::kNotice;
  }
  std::optional<int64_t> Deadline() const {
    if (limit_ == 0) return std::nullopt;
    return noticed_ ? ends_at_ : ends_at_ - WarningOf(limit_);
  }
  int64_t ends_at() const { return ends_at_; }

 private:
  const int64_t limit_, ends_at_;
  bool noticed_ = false;
};

}  // namespace secure_exec
