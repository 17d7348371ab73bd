// Points in time and durations as text: RFC 3339 both ways, and durations for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace secure_exec {

// "2026-11-23T04:57:17Z"
std::string FormatUtcSeconds(int64_t seconds);

// Seconds since 1970 of an RFC 3339 time of the years 1 to 9999, as Go writes and reads it:
// "2026-11-23T04:57:17Z", "2026-11-23T05:57:17.123456+01:00". A fraction (up to nine digits) is cut
// off. nullopt for everything else: small letters, days that a month does not have, leap seconds.
std::optional<int64_t> ParseRfc3339(std::string_view text);

// Nanoseconds since 1970 of a time in UTC, "2026-11-23T14:03:07.5Z": what ParseRfc3339 takes, but
// only with a Z and of the years 1970 to 2200.
std::optional<int64_t> ParseUtcTime(std::string_view text);
// "2026-11-23": when that day begins, in nanoseconds likewise.
std::optional<int64_t> ParseUtcDate(std::string_view text);

// Two units at most: "45 s", "12 min", "3 h 20 min", "5 days". Less than nothing is "0 s".
std::string FormatDuration(int64_t seconds);

}  // namespace secure_exec
