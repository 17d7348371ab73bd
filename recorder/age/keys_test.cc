#include "recorder/age/keys.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "recorder/age/bech32.h"

namespace secure_exec {
namespace {

// The example of the specification: the identity is 32 times 0x42.
constexpr char kIdentity[] =
    "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
constexpr char kRecipient[] = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

std::string Folded(std::string text, int (*fold)(int)) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [fold](char c) { return static_cast<char>(fold(c)); });
  return text;
}

TEST(AgeKeys, TheExampleOfTheSpecification) {
  const auto identity = AgeIdentity::Parse(kIdentity);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->scalar().view(), std::string(32, '\x42'));
  EXPECT_EQ(identity->recipient().Text(), kRecipient);
  EXPECT_EQ(identity->Text().view(), kIdentity);
  const auto recipient = AgeRecipient::Parse(kRecipient);
  ASSERT_TRUE(recipient);
  EXPECT_EQ(*recipient, identity->recipient());
}

TEST(AgeKeys, EachIsReadInItsOwnCaseOnly) {
  EXPECT_FALSE(AgeRecipient::Parse(Folded(kRecipient, ::toupper)));
  EXPECT_FALSE(AgeIdentity::Parse(Folded(kIdentity, ::tolower)));
}

TEST(AgeKeys, OtherTypesAndLengthsAreRefused) {
  EXPECT_FALSE(AgeRecipient::Parse(Bech32Encode("age1tag", std::string(33, '\2'))));
  EXPECT_FALSE(AgeRecipient::Parse(Bech32Encode("age", std::string(31, '\2'))));
  EXPECT_FALSE(AgeRecipient::Parse(Bech32Encode("age", std::string(33, '\2'))));
  EXPECT_FALSE(AgeRecipient::Parse(""));
  EXPECT_FALSE(AgeRecipient::Parse("ssh-ed25519 AAAA"));
  EXPECT_FALSE(AgeIdentity::Parse(Folded(Bech32Encode("age-secret-key-", "short"), ::toupper)));
  EXPECT_FALSE(AgeIdentity::Parse("AGE-PLUGIN-YUBIKEY-1"));
}

TEST(AgeKeys, APointOfLowOrderIsNoRecipient) {
  EXPECT_FALSE(AgeRecipient::Parse(Bech32Encode("age", std::string(32, '\0'))));
  EXPECT_FALSE(AgeRecipient::Parse(Bech32Encode("age", '\1' + std::string(31, '\0'))));
}

TEST(AgeKeys, NoErrorShowsASecret) {
  const auto as_recipient = AgeRecipient::Parse(kIdentity);
  ASSERT_FALSE(as_recipient);
  EXPECT_EQ(as_recipient.error().message.find("GFPYYS"), std::string::npos);
  const auto mistyped = AgeIdentity::Parse(std::string(kIdentity) + "Q");
  ASSERT_FALSE(mistyped);
  EXPECT_EQ(mistyped.error().message.find("GFPYYS"), std::string::npos);
}

}  // namespace
}  // namespace secure_exec
