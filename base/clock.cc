#include "base/clock.h"

#include <time.h>

namespace secure_exec {
namespace {

int64_t Read(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  int64_t BootNs() const override { return Read(CLOCK_BOOTTIME); }
  int64_t WallNs() const override { return Read(CLOCK_REALTIME); }
};

}  // namespace

const Clock& Clock::System() {
  static const SystemClock clock;
  return clock;
}

}  // namespace secure_exec
