// Time, passed in so that tests can set it. Nanoseconds throughout.
#pragma once

#include <cstdint>

namespace secure_exec {

inline constexpr int64_t kMicrosecond = 1'000;
inline constexpr int64_t kMillisecond = 1'000'000;
inline constexpr int64_t kSecond = 1'000'000'000;

class Clock {
 public:
  virtual ~Clock() = default;
  // CLOCK_BOOTTIME: never steps, goes on while the machine sleeps. For intervals and deadlines.
  virtual int64_t BootNs() const = 0;
  // CLOCK_REALTIME: nanoseconds since 1970 UTC. For people and signatures.
  virtual int64_t WallNs() const = 0;

  static const Clock& System();
};

// A clock that stands still until told otherwise.
class FakeClock : public Clock {
 public:
  int64_t BootNs() const override { return boot_ns; }
  int64_t WallNs() const override { return wall_ns; }
  void Advance(int64_t ns) {
    boot_ns += ns;
    wall_ns += ns;
  }
  int64_t boot_ns = 1'000 * kSecond;
  int64_t wall_ns = 1'700'000'000 * kSecond;
};

}  // namespace secure_exec
