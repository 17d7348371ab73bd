#include "recorder/age/armor.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace secure_exec {
namespace {

std::string Armor(std::string_view bytes, std::string_view eol = "\n") {
  const std::string text = Base64Encode(bytes);
  std::string out = std::string(kAgeArmorStart) + std::string(eol);
  for (size_t at = 0; at < text.size(); at += 64) out += text.substr(at, 64) + std::string(eol);
  return out + "-----END AGE ENCRYPTED FILE-----" + std::string(eol);
}

TEST(AgeArmor, EveryLengthIsRead) {
  std::string bytes;
  for (int size = 1; size < 200; ++size) {
    bytes += static_cast<char>(size);
    EXPECT_EQ(DecodeAgeArmor(Armor(bytes)), bytes);
    EXPECT_EQ(DecodeAgeArmor(Armor(bytes, "\r\n")), bytes);
  }
}

TEST(AgeArmor, SpaceAroundItIsPassedOver) {
  EXPECT_TRUE(DecodeAgeArmor(" \n\r\n\t" + Armor("abc") + "\n \n"));
  const std::string armor = Armor("abc");
  EXPECT_TRUE(DecodeAgeArmor(armor.substr(0, armor.size() - 1)));
}

TEST(AgeArmor, NothingElseIs) {
  const std::string good = Armor(std::string(100, 'x'));
  const size_t first = good.find('\n') + 1, last = good.rfind("-----END");
  const auto with = [&](size_t at, std::string_view text) {
    return DecodeAgeArmor(std::string(good).insert(at, text));
  };
  ASSERT_TRUE(with(0, ""));
  EXPECT_FALSE(with(0, "x"));
  EXPECT_FALSE(with(good.size(), "x"));
  EXPECT_FALSE(with(first, "\n"));
  EXPECT_FALSE(with(first, "Header: x\n\n"));
  EXPECT_FALSE(with(first, " "));
  EXPECT_FALSE(with(first, "AAAA"));    // 68 columns
  EXPECT_FALSE(with(first, "AAAA\n"));  // a short line in the middle
  EXPECT_FALSE(with(last, "\n"));
  EXPECT_FALSE(with(last, "=njUN\n"));
  EXPECT_FALSE(with(last - 1, " "));
  EXPECT_FALSE(with(last - 1, "="));
  EXPECT_FALSE(DecodeAgeArmor(good.substr(0, last)));
  EXPECT_FALSE(DecodeAgeArmor(Armor("")));
  EXPECT_FALSE(DecodeAgeArmor(""));
  EXPECT_FALSE(DecodeAgeArmor(Armor("a").replace(good.find('\n') + 1, 4, "YR==")));
}

}  // namespace
}  // namespace secure_exec
