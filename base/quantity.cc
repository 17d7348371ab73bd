#include "base/quantity.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <utility>

namespace secure_exec {
namespace {

// Products of two 64-bit numbers below.
__extension__ using Wide = unsigned __int128;

constexpr size_t kMaxFractionDigits = 18;  // 10^18 times 2^60 fits Wide

constexpr std::pair<std::string_view, uint64_t> kSuffixes[] = {
    {"", 1},
    {"k", 1'000},
    {"M", 1'000'000},
    {"G", 1'000'000'000},
    {"T", 1'000'000'000'000},
    {"P", 1'000'000'000'000'000},
    {"E", 1'000'000'000'000'000'000},
    {"Ki", uint64_t{1} << 10},
    {"Mi", uint64_t{1} << 20},
    {"Gi", uint64_t{1} << 30},
    {"Ti", uint64_t{1} << 40},
    {"Pi", uint64_t{1} << 50},
    {"Ei", uint64_t{1} << 60},
};

std::string_view TakeDigits(std::string_view& rest) {
  const size_t size = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const std::string_view digits = rest.substr(0, size);
  rest.remove_prefix(size);
  return digits;
}

bool ReadDigits(std::string_view digits, uint64_t& number) {
  number = 0;
  if (digits.empty()) return true;
  return std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc();
}

}  // namespace

Result<uint64_t> ParseByteQuantity(std::string_view text) {
  const auto malformed = [] {
    return Fail(ErrorKind::kUsage,
                "must be a whole number of bytes, which k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi or Ei "
                "may follow");
  };
  const auto too_large = [] { return Fail(ErrorKind::kUsage, "is too large"); };

  std::string_view rest = text;
  const std::string_view whole_digits = TakeDigits(rest);
  std::string_view fraction_digits;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction_digits = TakeDigits(rest);
  }
  if (whole_digits.empty() && fraction_digits.empty()) return malformed();
  const auto* suffix = std::find_if(std::begin(kSuffixes), std::end(kSuffixes),
                                    [&](const auto& each) { return each.first == rest; });
  if (suffix == std::end(kSuffixes)) return malformed();
  while (fraction_digits.ends_with('0')) fraction_digits.remove_suffix(1);
  if (fraction_digits.size() > kMaxFractionDigits) return malformed();

  uint64_t whole = 0, fraction = 0;
  if (!ReadDigits(whole_digits, whole)) return too_large();
  if (!ReadDigits(fraction_digits, fraction)) return malformed();
  Wide scale = 1;
  for (size_t i = 0; i < fraction_digits.size(); ++i) scale *= 10;
  const Wide part = Wide{fraction} * suffix->second;
  if (part % scale != 0) return malformed();
  const Wide bytes = Wide{whole} * suffix->second + part / scale;
  if (bytes > std::numeric_limits<uint64_t>::max()) return too_large();
  return static_cast<uint64_t>(bytes);
}

}  // namespace secure_exec
