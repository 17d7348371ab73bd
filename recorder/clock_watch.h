// Compares the wall clock of signatures with the session's own clock, which never steps
// (docs/format.md section 4), and tells of steps over 2 s. What a signature's wall time should be
// is known only between bounds: it is made after its frame's last line and, unless it is the
// seal, before the next frame's first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace secure_exec {

// "2025-11-23 14:03:07Z"
std::string FormatWall(uint64_t wall_ns);

class ClockWatch {
 public:
  // `wall_ns` at the time 0 of the session.
  explicit ClockWatch(uint64_t start_wall_ns)
      : low_(static_cast<double>(start_wall_ns)), high_(low_) {}

  // A signature made at some time from `earliest_us` to `latest_us` of the session, whose clock
  // said `wall_ns`. Tells of a step since the one before.
  std::optional<std::string> Signed(uint64_t wall_ns, uint64_t earliest_us, uint64_t latest_us);

 private:
  // Between these is the wall clock's reading at the session's time 0, as the signatures since the
  // last step say. double: hostile numbers may be anything, and 2 s is far above its precision.
  double low_, high_;
};

}  // namespace secure_exec
