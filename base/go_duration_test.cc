#include "base/go_duration.h"

#include <gtest/gtest.h>

#include <limits>

namespace secure_exec {
namespace {

std::string ErrorOf(std::string_view text) {
  const auto parsed = ParseGoDuration(text);
  return parsed ? std::to_string(*parsed) : parsed.error().message;
}

TEST(GoDuration, Values) {
  constexpr int64_t kSecond = 1'000'000'000;
  const std::pair<std::string_view, int64_t> cases[] = {
      {"0", 0},
      {"-0", 0},
      {"+5s", 5 * kSecond},
      {"-300ms", -300'000'000},
      {"1m0s", 60 * kSecond},
      {"1.5h", 5400 * kSecond},
      {"1.s", kSecond},
      {".5s", kSecond / 2},
      {"-.5s", -kSecond / 2},
      {"1h1.5m1us1µs1μs1ns", 3690 * kSecond + 3001},
      {"1s2h1s", 7202 * kSecond},
      {"0.99999999999999999999999s", kSecond},  // in Go too: its doubles round up
      {"0.3333333333333333333h", 1200 * kSecond},
      {"0.100000000000000000000h", 360 * kSecond},
      {"0.830103483285477580700h", 2'988'372'539'827},
      {"9223372036854775807ns", std::numeric_limits<int64_t>::max()},
      {"9223372036854775.807us", std::numeric_limits<int64_t>::max()},
      {"-9223372036854775808ns", std::numeric_limits<int64_t>::min()},
  };
  for (const auto& [text, ns] : cases) EXPECT_EQ(ErrorOf(text), std::to_string(ns)) << text;
}

// The texts are what kubectl 1.36 says to --pod-running-timeout.
TEST(GoDuration, Errors) {
  const std::pair<std::string_view, std::string> cases[] = {
      {"", R"(time: invalid duration "")"},
      {"+", R"(time: invalid duration "+")"},
      {"x", R"(time: invalid duration "x")"},
      {".s", R"(time: invalid duration ".s")"},
      {"--5s", R"(time: invalid duration "--5s")"},
      {" 5s", R"(time: invalid duration " 5s")"},
      {"µ", R"(time: invalid duration "\xc2\xb5")"},
      {"5", R"(time: missing unit in duration "5")"},
      {"5s5", R"(time: missing unit in duration "5s5")"},
      {"1.2.3s", R"(time: missing unit in duration "1.2.3s")"},
      {"5y", R"(time: unknown unit "y" in duration "5y")"},
      {"5µy", R"(time: unknown unit "\xc2\xb5y" in duration "5\xc2\xb5y")"},
      {"5\x01\"", R"(time: unknown unit "\x01\"" in duration "5\x01\"")"},
      {"5 s", R"(time: unknown unit " s" in duration "5 s")"},
      {"5S", R"(time: unknown unit "S" in duration "5S")"},
      {"9999999999h", R"(time: invalid duration "9999999999h")"},
      {"9223372036854775808ns", R"(time: invalid duration "9223372036854775808ns")"},
      {"-9223372036854775809ns", R"(time: invalid duration "-9223372036854775809ns")"},
      {"9223372036854775807ns1ns", R"(time: invalid duration "9223372036854775807ns1ns")"},
      {"99999999999999999999s", R"(time: invalid duration "99999999999999999999s")"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(ErrorOf(text), message) << text;
}

}  // namespace
}  // namespace secure_exec
