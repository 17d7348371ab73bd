// Points in a session's time as people name them: in options, and as grep and info print them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "recorder/cast/header.h"

namespace secure_exec {

// Microseconds since the session's start of
//   an offset      "90", "90.5", "1:30", "0:01:30.250", "1m30s"
//   a time of day  "2026-11-23 14:03:07.5Z", "2026-11-23T15:03:07+01:00", or "14:03:07Z": the first
//                  such time after the start
// Never negative: what lies before the start is the start. kUsage.
Result<int64_t> ParseSessionTime(std::string_view text, const CastHeader& header);

}  // namespace secure_exec
