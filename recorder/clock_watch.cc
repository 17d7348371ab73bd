#include "recorder/clock_watch.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cmath>

namespace secure_exec {
namespace {

constexpr double kStepNs = 2e9;

}  // namespace

std::string FormatWall(uint64_t wall_ns) {
  const auto seconds = static_cast<time_t>(wall_ns / 1'000'000'000);
  struct tm utc {};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::optional<std::string> ClockWatch::Signed(uint64_t wall_ns, uint64_t earliest_us,
                                              uint64_t latest_us) {
  const auto wall = static_cast<double>(wall_ns);
  const double low = wall - static_cast<double>(latest_us) * 1e3;
  const double high = wall - static_cast<double>(earliest_us) * 1e3;
  double step = 0;
  if (low > high_ + kStepNs) step = low - high_;
  if (high < low_ - kStepNs) step = high - low_;
  if (step == 0) {
    if (low <= high_ && high >= low_) {
      low_ = std::max(low_, low);
      high_ = std::min(high_, high);
    }
    return std::nullopt;
  }
  low_ = low;
  high_ = high;
  return fmt::format("before {} the wall clock was set at least {:.1f} s {}", FormatWall(wall_ns),
                     std::abs(step) / 1e9, step < 0 ? "back" : "ahead, or the recorder stalled");
}

}  // namespace secure_exec
