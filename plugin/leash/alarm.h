// A descriptor that becomes readable at a deadline, or when told to: what ends a blocking call of
// the leash's thread. Ring() may be called from any thread.
#pragma once

#include <cstdint>

#include "base/unique_fd.h"

namespace secure_exec {

class Alarm {
 public:
  // `at_ns` on CLOCK_BOOTTIME.
  explicit Alarm(int64_t at_ns);
  int fd() const { return fd_.get(); }
  void Ring();  // now
  bool rung() const;

 private:
  void Set(int64_t at_ns);
  UniqueFd fd_;
};

}  // namespace secure_exec
