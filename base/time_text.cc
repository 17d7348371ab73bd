#include "base/time_text.h"

#include <fmt/format.h>
#include <time.h>

#include <chrono>

#include "base/clock.h"

namespace secure_exec {
namespace {

constexpr int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr size_t kMaxFraction = 9;

// Takes from the front of a text; after the first mismatch nothing is taken any more.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  bool done() const { return ok_ && left_.empty(); }
  char Peek() const { return ok_ && !left_.empty() ? left_[0] : '\0'; }

  void Take(char expected) {
    ok_ = ok_ && Peek() == expected;
    if (ok_) left_.remove_prefix(1);
  }
  // A number of exactly `digits` digits, at most 4, between `low` and `high`.
  int Number(size_t digits, int low, int high) {
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      ok_ = ok_ && IsDigit(Peek());
      if (!ok_) return low;
      value = value * 10 + (left_[0] - '0');
      left_.remove_prefix(1);
    }
    ok_ = value >= low && value <= high;
    return ok_ ? value : low;
  }
  // ".5" as nanoseconds; nothing is no fraction.
  int64_t Fraction() {
    if (Peek() != '.') return 0;
    left_.remove_prefix(1);
    size_t count = 0;
    int64_t value = 0;
    int64_t unit = kSecond / 10;
    for (; IsDigit(Peek()); ++count) {
      value += (left_[0] - '0') * unit;
      unit /= 10;
      left_.remove_prefix(1);
    }
    ok_ = count >= 1 && count <= kMaxFraction;
    return value;
  }

 private:
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

  std::string_view left_;
  bool ok_ = true;
};

struct Moment {
  int64_t seconds;
  int64_t nanoseconds;  // on top of `seconds`
};

std::optional<Moment> ParseMoment(std::string_view text) {
  Scanner scan(text);
  const int year = scan.Number(4, 1, 9999);
  scan.Take('-');
  const int month = scan.Number(2, 1, 12);
  scan.Take('-');
  const int day = scan.Number(2, 1, 31);
  scan.Take('T');
  const int hour = scan.Number(2, 0, 23);
  scan.Take(':');
  const int minute = scan.Number(2, 0, 59);
  scan.Take(':');
  const int second = scan.Number(2, 0, 59);
  const int64_t fraction = scan.Fraction();
  int64_t east = 0;
  if (const char sign = scan.Peek(); sign == '+' || sign == '-') {
    scan.Take(sign);
    east = scan.Number(2, 0, 23) * kHour;
    scan.Take(':');
    east += scan.Number(2, 0, 59) * kMinute;
    if (sign == '-') east = -east;
  } else {
    scan.Take('Z');
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!scan.done() || !date.ok()) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return Moment{.seconds = days * kDay + hour * kHour + minute * kMinute + second - east,
                .nanoseconds = fraction};
}

}  // namespace

std::string FormatUtcSeconds(int64_t seconds) {
  const time_t time = seconds;
  tm fields{};
  gmtime_r(&time, &fields);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", fields.tm_year + 1900,
                     fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min,
                     fields.tm_sec);
}

std::optional<int64_t> ParseRfc3339(std::string_view text) {
  const auto moment = ParseMoment(text);
  if (!moment) return std::nullopt;
  return moment->seconds;
}

std::optional<int64_t> ParseUtcTime(std::string_view text) {
  constexpr int64_t kEnd = 7'289'654'400;  // 2201-01-01T00:00:00Z
  const auto moment = text.ends_with('Z') ? ParseMoment(text) : std::nullopt;
  if (!moment || moment->seconds < 0 || moment->seconds >= kEnd) return std::nullopt;
  return moment->seconds * kSecond + moment->nanoseconds;
}

std::optional<int64_t> ParseUtcDate(std::string_view text) {
  return ParseUtcTime(fmt::format("{}T00:00:00Z", text));
}

std::string FormatDuration(int64_t seconds) {
  if (seconds < 0) seconds = 0;
  if (seconds < 2 * kMinute) return fmt::format("{} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{} min", seconds / kMinute);
  if (seconds < 2 * kDay)
    return fmt::format("{} h {} min", seconds / kHour, seconds % kHour / kMinute);
  return fmt::format("{} days", seconds / kDay);
}

}  // namespace secure_exec
