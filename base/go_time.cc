#include "base/go_time.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>

#include "base/clock.h"
#include "base/go_quote.h"

namespace secure_exec {
namespace {

// Only the front of a text that is no time is shown.
std::string Quoted(std::string_view text) { return GoQuoteAscii(text.substr(0, 100)); }

bool IsDigit(std::string_view text, size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

// Reads `whole` from front to back. The first thing that does not fit is kept as the error.
class Reader {
 public:
  explicit Reader(std::string_view whole) : whole_(whole), rest_(whole) {}

  void Literal(std::string_view wanted) {
    if (failed()) return;
    if (!rest_.starts_with(wanted)) return Bad(wanted);
    rest_.remove_prefix(wanted.size());
  }

  // Exactly `digits` digits, or with `lenient` one at least.
  int Number(size_t digits, std::string_view element, bool lenient = false) {
    if (failed()) return 0;
    size_t count = 0;
    int value = 0;
    while (count < digits && IsDigit(rest_, count)) value = value * 10 + (rest_[count++] - '0');
    if (count == 0 || (count < digits && !lenient)) {
      Bad(element);
      return 0;
    }
    rest_.remove_prefix(count);
    return value;
  }

  void Check(bool in_range, std::string_view what) {
    if (!failed() && !in_range) {
      error_ = fmt::format("parsing time {}: {} out of range", Quoted(whole_), what);
    }
  }

  // ".5" as nanoseconds; nothing is no fraction.
  int64_t Fraction() {
    if (failed() || rest_.empty() || (rest_[0] != '.' && rest_[0] != ',') || !IsDigit(rest_, 1)) {
      return 0;
    }
    rest_.remove_prefix(1);
    int64_t value = 0;
    int64_t unit = kSecond / 10;
    while (IsDigit(rest_, 0)) {
      value += (rest_[0] - '0') * unit;
      unit /= 10;
      rest_.remove_prefix(1);
    }
    return value;
  }

  // Seconds east of UTC.
  int64_t Zone() {
    constexpr std::string_view kElement = "Z07:00";
    if (failed()) return 0;
    if (rest_.starts_with('Z')) {
      rest_.remove_prefix(1);
      return 0;
    }
    const bool whole = rest_.size() >= 6 && (rest_[0] == '+' || rest_[0] == '-') &&
                       IsDigit(rest_, 1) && IsDigit(rest_, 2) && rest_[3] == ':' &&
                       IsDigit(rest_, 4) && IsDigit(rest_, 5);
    if (!whole) {
      Bad(kElement);
      return 0;
    }
    const int sign = rest_[0] == '-' ? -1 : 1;
    rest_.remove_prefix(1);
    const int hours = Number(2, kElement);
    Literal(":");
    const int minutes = Number(2, kElement);
    Check(hours <= 24, "time zone offset hour");
    Check(minutes <= 60, "time zone offset minute");
    return sign * (hours * 3600 + minutes * 60);
  }

  void End() {
    if (failed() || rest_.empty()) return;
    error_ = fmt::format("parsing time {}: extra text: {}", Quoted(whole_), Quoted(rest_));
  }

  bool failed() const { return !error_.empty(); }
  const std::string& error() const { return error_; }

 private:
  void Bad(std::string_view element) {
    error_ =
        fmt::format("parsing time {} as \"2006-01-02T15:04:05Z07:00\": cannot parse {} as \"{}\"",
                    Quoted(whole_), Quoted(rest_), element);
  }

  std::string_view whole_, rest_;
  std::string error_;
};

}  // namespace

tl::expected<int64_t, std::string> ParseGoTime(std::string_view text) {
  Reader reader(text);
  const int year = reader.Number(4, "2006");
  reader.Literal("-");
  const int month = reader.Number(2, "01");
  reader.Check(month >= 1 && month <= 12, "month");
  reader.Literal("-");
  const int day = reader.Number(2, "02");
  reader.Literal("T");
  const int hour = reader.Number(2, "15", true);
  reader.Check(hour < 24, "hour");
  reader.Literal(":");
  const int minute = reader.Number(2, "04");
  reader.Check(minute < 60, "minute");
  reader.Literal(":");
  const int second = reader.Number(2, "05");
  reader.Check(second < 60, "second");
  const int64_t fraction = reader.Fraction();
  const int64_t zone = reader.Zone();
  reader.End();
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  reader.Check(date.ok(), "day");
  if (reader.failed()) return tl::unexpected(reader.error());

  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds = days * 86'400 + hour * 3'600 + minute * 60 + second - zone;
  int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(seconds, kSecond, &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, fraction, &nanoseconds)) {
    return seconds < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
  }
  return nanoseconds;
}

}  // namespace secure_exec
