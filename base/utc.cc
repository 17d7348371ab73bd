#include "base/utc.h"

#include <chrono>

#include "base/clock.h"

namespace secure_exec {
namespace {

constexpr size_t kDateSize = 10;  // YYYY-MM-DD
constexpr size_t kTimeSize = 8;   // HH:MM:SS
constexpr size_t kMaxFraction = 9;

// `text` is digits where `form` has 0, and otherwise what `form` says.
bool HasForm(std::string_view text, std::string_view form) {
  if (text.size() != form.size()) return false;
  for (size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !digit : text[i] != form[i]) return false;
  }
  return true;
}

unsigned Number(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

}  // namespace

std::optional<int64_t> ParseUtcDate(std::string_view text) {
  if (!HasForm(text, "0000-00-00")) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(static_cast<int>(Number(text.substr(0, 4)))),
      std::chrono::month(Number(text.substr(5, 2))), std::chrono::day(Number(text.substr(8, 2)))};
  if (!date.ok() || date.year() < std::chrono::year(1970) ||
      date.year() > std::chrono::year(2200)) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date).time_since_epoch().count() * int64_t{86'400} * kSecond;
}

std::optional<int64_t> ParseUtcTime(std::string_view text) {
  if (text.size() < kDateSize + 1 + kTimeSize + 1 || text[kDateSize] != 'T' || text.back() != 'Z') {
    return std::nullopt;
  }
  const auto day = ParseUtcDate(text.substr(0, kDateSize));
  const std::string_view time = text.substr(kDateSize + 1, kTimeSize);
  if (!day || !HasForm(time, "00:00:00")) return std::nullopt;
  const unsigned hour = Number(time.substr(0, 2));
  const unsigned minute = Number(time.substr(3, 2));
  const unsigned second = Number(time.substr(6, 2));
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  std::string_view fraction = text.substr(kDateSize + 1 + kTimeSize);
  fraction.remove_suffix(1);
  int64_t ns = 0;
  if (!fraction.empty()) {
    if (fraction[0] != '.' || fraction.size() < 2 || fraction.size() > kMaxFraction + 1) {
      return std::nullopt;
    }
    fraction.remove_prefix(1);
    if (!HasForm(fraction, std::string_view("000000000").substr(0, fraction.size()))) {
      return std::nullopt;
    }
    ns = Number(fraction);
    for (size_t i = fraction.size(); i < kMaxFraction; ++i) ns *= 10;
  }
  return *day + (int64_t{hour} * 3600 + minute * 60 + second) * kSecond + ns;
}

}  // namespace secure_exec
