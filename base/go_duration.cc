#include "base/go_duration.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/go_quote.h"

namespace secure_exec {
namespace {

// The magnitude of the smallest duration; one more than the largest.
constexpr uint64_t kMost = uint64_t{1} << 63;

struct Unit {
  std::string_view name;
  uint64_t ns;
};
constexpr Unit kUnits[] = {
    {"ns", 1},          {"us", 1'000},        {"\u00b5s", 1'000},  // the micro sign
    {"\u03bcs", 1'000},                                            // the Greek letter
    {"ms", 1'000'000},  {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Digits behind the point: value / scale, what is beyond uint64_t's precision left out.
struct Fraction {
  uint64_t value = 0;
  double scale = 1;
};

Fraction TakeFraction(std::string_view& rest) {
  Fraction fraction;
  bool full = false;
  for (; !rest.empty() && IsDigit(rest[0]); rest.remove_prefix(1)) {
    full = full || fraction.value > (kMost - 1) / 10;
    if (full) continue;
    const uint64_t longer = fraction.value * 10 + static_cast<uint64_t>(rest[0] - '0');
    full = longer > kMost;
    if (full) continue;
    fraction.value = longer;
    fraction.scale *= 10;
  }
  return fraction;
}

}  // namespace

Result<int64_t> ParseGoDuration(std::string_view text) {
  const auto invalid = [&] {
    return Fail(ErrorKind::kUsage, "time: invalid duration {}", GoQuoteAscii(text));
  };
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return 0;
  if (rest.empty()) return invalid();
  uint64_t total = 0;
  while (!rest.empty()) {
    const size_t before = rest.size();
    uint64_t whole = 0;
    for (; !rest.empty() && IsDigit(rest[0]); rest.remove_prefix(1)) {
      if (whole > kMost / 10) return invalid();
      whole = whole * 10 + static_cast<uint64_t>(rest[0] - '0');
      if (whole > kMost) return invalid();
    }
    bool digits = rest.size() != before;
    Fraction fraction;
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      const size_t behind_point = rest.size();
      fraction = TakeFraction(rest);
      digits = digits || rest.size() != behind_point;
    }
    if (!digits) return invalid();

    const size_t name_end = std::min(rest.find_first_of(".0123456789"), rest.size());
    const std::string_view name = rest.substr(0, name_end);
    rest.remove_prefix(name_end);
    if (name.empty()) {
      return Fail(ErrorKind::kUsage, "time: missing unit in duration {}", GoQuoteAscii(text));
    }
    const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                    [&](const Unit& each) { return each.name == name; });
    if (unit == std::end(kUnits)) {
      return Fail(ErrorKind::kUsage, "time: unknown unit {} in duration {}", GoQuoteAscii(name),
                  GoQuoteAscii(text));
    }
    if (whole > kMost / unit->ns) return invalid();
    uint64_t part = whole * unit->ns;
    // At most one unit more, so no overflow.
    part += static_cast<uint64_t>(static_cast<double>(fraction.value) *
                                  (static_cast<double>(unit->ns) / fraction.scale));
    if (part > kMost) return invalid();
    total += part;
    if (total > kMost) return invalid();
  }
  if (negative) {
    return total == kMost ? std::numeric_limits<int64_t>::min() : -static_cast<int64_t>(total);
  }
  if (total == kMost) return invalid();
  return static_cast<int64_t>(total);
}

}  // namespace secure_exec
