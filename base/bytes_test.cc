#include "base/bytes.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

std::optional<std::string> Decode(std::string_view text) {
  std::string out;
  if (!Base64DecodeAppend(text, out)) return std::nullopt;
  return out;
}

std::string AllBytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST(Hex, EncodesInLowerCase) { EXPECT_EQ(HexEncode(std::string("\0\x7f\xff", 3)), "007fff"); }

TEST(Hex, DecodesEitherCase) { EXPECT_EQ(HexDecode("aBFf"), "\xab\xff"); }

TEST(Hex, RefusesOddLengthAndOtherCharacters) {
  EXPECT_FALSE(HexDecode("abc"));
  EXPECT_FALSE(HexDecode("0g"));
  EXPECT_FALSE(HexDecode(" 0"));
}

TEST(Hex, RoundTripsEveryByte) { EXPECT_EQ(HexDecode(HexEncode(AllBytes())), AllBytes()); }

// RFC 4648 section 10.
TEST(Base64, KnowsTheVectorsOfTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Base64Encode(bytes), text);
    EXPECT_EQ(Decode(text), bytes);
  }
}

TEST(Base64, RoundTripsEveryLength) {
  const std::string bytes = AllBytes();
  for (size_t n = 0; n <= bytes.size(); ++n) {
    EXPECT_EQ(Decode(Base64Encode(bytes.substr(256 - n))), bytes.substr(256 - n));
  }
}

TEST(Base64, AppendsToWhatIsThere) {
  std::string out = "x";
  Base64Append("f", out);
  EXPECT_EQ(out, "xZg==");
  ASSERT_TRUE(Base64DecodeAppend("Zg==", out));
  EXPECT_EQ(out, "xZg==f");
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zh==", "Zm9=", "Zm=v",
                           "Zg==Zg==", "Zm9v\n", "Zm 9", "Zm9-", "Zm9_", "=m9v", "Z\xffg="}) {
    EXPECT_FALSE(Decode(text)) << text;
  }
}

TEST(Uuid, FormatsAndParses) {
  const std::string text = "018f4e2c-9a5b-7c31-8d20-0123456789ab";
  const auto id = ParseUuid(text);
  ASSERT_TRUE(id);
  EXPECT_EQ((*id)[0], 0x01);
  EXPECT_EQ((*id)[15], 0xab);
  EXPECT_EQ(FormatUuid(*id), text);
}

TEST(Uuid, RefusesWhatIsNone) {
  const std::string text = "018f4e2c-9a5b-7c31-8d20-0123456789ab";
  for (size_t n = 0; n < text.size(); ++n) EXPECT_FALSE(ParseUuid(text.substr(0, n))) << n;
  EXPECT_FALSE(ParseUuid(text + "0"));
  EXPECT_FALSE(ParseUuid("018f4e2c09a5b-7c31-8d20-0123456789ab"));
  EXPECT_FALSE(ParseUuid("018f4e2c-9a5b-7c31-8d20-0123456789ag"));
}

TEST(Uuid, Version7HoldsTheTime) {
  const Uuid id = MakeUuidV7(0x0123456789ab * 1'000'000LL + 999'999);
  EXPECT_EQ(FormatUuid(id).substr(0, 15), "01234567-89ab-7");
  EXPECT_EQ(id[8] >> 6, 2);
  EXPECT_NE(id, MakeUuidV7(0x0123456789ab * 1'000'000LL));
  EXPECT_EQ(UuidV7WallNs(id), 0x0123456789ab * 1'000'000LL);
}

TEST(Uuid, VersionSevenOfATimeBeyondNanosecondsIsTheLatest) {
  Uuid id{};
  id.fill(0xff);
  EXPECT_GT(UuidV7WallNs(id), int64_t{9'223'372'036'000'000'000});
}

}  // namespace
}  // namespace secure_exec
