#include "base/quantity.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(Quantity, WholeNumbersOfBytes) {
  const std::pair<const char*, uint64_t> cases[] = {{"0", 0},
                                                    {"12", 12},
                                                    {"3k", 3000},
                                                    {"4M", 4'000'000},
                                                    {"1G", 1'000'000'000},
                                                    {"2T", 2'000'000'000'000},
                                                    {"5P", 5'000'000'000'000'000},
                                                    {"18E", 18'000'000'000'000'000'000u},
                                                    {"2Ki", 2048},
                                                    {"5Mi", 5 << 20},
                                                    {"6Gi", uint64_t{6} << 30},
                                                    {"7Ti", uint64_t{7} << 40},
                                                    {"8Pi", uint64_t{8} << 50},
                                                    {"15Ei", uint64_t{15} << 60},
                                                    {"1.5Gi", uint64_t{3} << 29},
                                                    {"1.5k", 1500},
                                                    {".5Ki", 512},
                                                    {"2.", 2},
                                                    {"1.0000000000000000000000000", 1},
                                                    {"15.9375Ei", uint64_t{255} << 56},
                                                    {"0018446744073709551615", UINT64_MAX}};
  for (const auto& [text, bytes] : cases) {
    const auto parsed = ParseByteQuantity(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, bytes) << text;
  }
}

TEST(Quantity, WhatIsNone) {
  for (const char* bad : {"", ".", "k", "-1", "+1", "1K", "1kB", "1 k", " 1", "0x10", "1.5", "1e3",
                          "1m", "1.0005k", "0.1Ki", "0.0000000000000000001E", "1..5k", "\xff"}) {
    const auto parsed = ParseByteQuantity(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_TRUE(parsed.error().message.starts_with("must be a whole number of bytes")) << bad;
  }
}

TEST(Quantity, WhatIsTooLarge) {
  for (const char* bad : {"18446744073709551616", "18446744073709551615k", "17179869184Gi", "16Ei",
                          "19E", "99999999999999999999999"}) {
    const auto parsed = ParseByteQuantity(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().message, "is too large") << bad;
  }
}

}  // namespace
}  // namespace secure_exec
