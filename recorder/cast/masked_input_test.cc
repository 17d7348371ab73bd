#include "recorder/cast/masked_input.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(MaskedInput, LengthsAreOnlyBuckets) {
  EXPECT_EQ(LengthBucket(0), "1-7");
  EXPECT_EQ(LengthBucket(7), "1-7");
  EXPECT_EQ(LengthBucket(8), "8-15");
  EXPECT_EQ(LengthBucket(15), "8-15");
  EXPECT_EQ(LengthBucket(16), "16-31");
  EXPECT_EQ(LengthBucket(31), "16-31");
  EXPECT_EQ(LengthBucket(32), "32+");
  EXPECT_EQ(LengthBucket(SIZE_MAX), "32+");
}

TEST(MaskedInput, RoundTrips) {
  for (const std::string_view bucket : kLengthBuckets) {
    const MaskedInput masked{bucket, "0123456789abcdef0123456789abcdef"};
    const auto parsed = ParseMaskedInput(FormatMaskedInput(masked));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->bucket, bucket);
    EXPECT_EQ(parsed->hmac, masked.hmac);
  }
}

TEST(MaskedInput, RefusesOtherForms) {
  const std::string hmac = "0123456789abcdef0123456789abcdef";
  for (const std::string& bad :
       {std::string(), std::string("8-15"), std::string("8-15 "), "8-15" + hmac, "8-16 " + hmac,
        "8-15 " + hmac + "0", "8-15 " + hmac.substr(1), "8-15 G" + hmac.substr(1), " 8-15 " + hmac,
        "8-15  " + hmac}) {
    EXPECT_FALSE(ParseMaskedInput(bad)) << bad;
  }
}

}  // namespace
}  // namespace secure_exec
