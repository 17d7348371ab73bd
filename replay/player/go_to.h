// What is typed after `:` in the player.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "recorder/cast/header.h"

namespace secure_exec {

struct Whereabouts {
  int64_t now_us = 0;
  std::optional<int64_t> end_us{};  // as far as known
};

// A moment, microseconds since the session's start, of
//   what ParseSessionTime() takes: "1:30", "14:03:07Z", "2026-11-23 14:03:07Z"
//   "14:03:07"          the same with Z, where such an offset is beyond the end
//   "+30" "-1:30"       from now on
//   "50%"               of the whole
// Never negative. kUsage.
Result<int64_t> ParseGoTo(std::string_view text, const CastHeader& header,
                          const Whereabouts& where);

}  // namespace secure_exec
