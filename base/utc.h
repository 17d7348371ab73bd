// Times of day as RFC 3339 writes them in UTC, in nanoseconds since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace secure_exec {

// "2026-11-23T14:03:07Z", with 1 to 9 digits of a fraction or none. Exactly this form, with a date
// that exists and a year from 1970 to 2200; leap seconds are refused.
std::optional<int64_t> ParseUtcTime(std::string_view text);
// "2026-11-23": when that day begins.
std::optional<int64_t> ParseUtcDate(std::string_view text);

}  // namespace secure_exec
