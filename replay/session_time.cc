#include "replay/session_time.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/go_duration.h"
#include "base/time_text.h"
#include "replay/format.h"

namespace secure_exec {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kMaxSeconds = int64_t{100} * 365 * 24 * 3600;
constexpr int64_t kDayNs = 24 * 3600 * kSecond;

// Digits alone, at most `most`.
std::optional<int64_t> Number(std::string_view digits, int64_t most) {
  if (digits.empty() || digits.size() > 12) return std::nullopt;
  int64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number <= most ? std::optional(number) : std::nullopt;
}

// The microseconds of "250" in "1.250"; more than six digits are cut off.
std::optional<int64_t> Fraction(std::string_view digits) {
  std::string six(digits.substr(0, 6));
  if (digits.empty() || !Number(six, kUsPerSecond) ||
      digits.find_first_not_of("0123456789") != digits.npos) {
    return std::nullopt;
  }
  six.resize(6, '0');
  return Number(six, kUsPerSecond);
}

// "90", "1:30.5", "0:01:30": minutes and seconds below 60 where something stands before them.
std::optional<int64_t> ClockUs(std::string_view text) {
  int64_t fraction = 0;
  if (const size_t dot = text.find('.'); dot != text.npos) {
    const auto part = Fraction(text.substr(dot + 1));
    if (!part) return std::nullopt;
    fraction = *part;
    text = text.substr(0, dot);
  }
  int64_t seconds = 0;
  for (int fields = 0;; ++fields) {
    const size_t colon = text.find(':');
    const auto number = Number(text.substr(0, colon), fields == 0 ? kMaxSeconds : 59);
    if (!number || fields == 3) return std::nullopt;
    seconds = seconds * 60 + *number;
    if (seconds > kMaxSeconds) return std::nullopt;
    if (colon == text.npos) return seconds * kUsPerSecond + fraction;
    text.remove_prefix(colon + 1);
  }
}

// Nanoseconds since 1970 of a date and time; a fraction counts to the microsecond.
std::optional<int64_t> WallNs(std::string_view text) {
  std::string rfc(text);
  if (rfc.size() > 10 && rfc[10] == ' ') rfc[10] = 'T';
  const auto seconds = ParseRfc3339(rfc);
  if (!seconds || *seconds < 0 || *seconds > INT64_MAX / kSecond - 1) return std::nullopt;
  int64_t fraction = 0;
  if (const size_t dot = rfc.find('.'); dot != rfc.npos) {
    const size_t end = rfc.find_first_not_of("0123456789", dot + 1);
    fraction = Fraction(std::string_view(rfc).substr(dot + 1, end - dot - 1)).value_or(0);
  }
  return *seconds * kSecond + fraction * kMicrosecond;
}

// "14:03:07.5Z": nanoseconds since midnight.
std::optional<int64_t> DayTimeNs(std::string_view text) {
  if (!text.ends_with('Z') || std::count(text.begin(), text.end(), ':') != 2) return std::nullopt;
  const auto us = ClockUs(text.substr(0, text.size() - 1));
  if (!us || *us >= kDayNs / kMicrosecond) return std::nullopt;
  return *us * kMicrosecond;
}

}  // namespace

Result<int64_t> ParseSessionTime(std::string_view text, const CastHeader& header) {
  text = TrimSpace(text);
  if (const auto us = ClockUs(text)) return *us;
  const int64_t start = StartWallNs(header);
  const auto wall = WallNs(text);
  const auto day = DayTimeNs(text);
  if ((wall || day) && start == 0) {
    return Fail(ErrorKind::kUsage,
                "\"{}\": the recording does not say when it was made; give an offset, 0:01:30",
                text);
  }
  if (wall) {
    int64_t since = 0;  // the start may be any number
    if (__builtin_sub_overflow(*wall, start, &since)) since = *wall < start ? 0 : INT64_MAX;
    return std::max<int64_t>(since, 0) / kMicrosecond;
  }
  if (day) {
    const int64_t since = *day - (start % kDayNs + kDayNs) % kDayNs;
    return (since < 0 ? since + kDayNs : since) / kMicrosecond;
  }
  if (const auto ns = ParseGoDuration(text); ns && *ns >= 0) return *ns / kMicrosecond;
  return Fail(ErrorKind::kUsage,
              "\"{}\" is no time: give an offset (90, 1:30, 0:01:30.5, 1m30s) or a time of day "
              "(2026-11-23 14:03:07Z, 14:03:07Z)",
              text);
}

}  // namespace secure_exec
