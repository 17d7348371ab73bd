// Durations as Go's time.ParseDuration reads them, which is how kubectl takes them: "1m0s", "1.5h",
// "-300ms", "0". Units: ns us (or µs, μs) ms s m h. At most 2^63-1 ns, some 292 years.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace secure_exec {

// In nanoseconds; may be negative. kUsage in Go's words: time: invalid duration "x", time: missing
// unit in duration "5", time: unknown unit "y" in duration "5y".
Result<int64_t> ParseGoDuration(std::string_view text);

}  // namespace secure_exec
