#include "recorder/age/bech32.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(Bech32, ReadsTheValidStringsOfBip173) {
  for (const char* text :
       {"A12UEL5L", "a12uel5l", "?1ezyfcl",
        "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcha"
        "ractersbio1tt5tgs",
        "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"}) {
    EXPECT_TRUE(Bech32Decode(text)) << text;
  }
}

TEST(Bech32, RefusesTheInvalidStringsOfBip173) {
  for (const char* text : {"\x20"
                           "1nwldj5",
                           "\x7f"
                           "1axkwrx",
                           "\x80"
                           "1eym55h",
                           "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "de1lg7wt\xff",
                           "A1G7SGD8", "10a06t8", "1qzzfhee", "A12uEL5L", ""}) {
    EXPECT_FALSE(Bech32Decode(text)) << text;
  }
}

TEST(Bech32, RoundTripsEveryLength) {
  std::string data;
  for (int size = 0; size < 70; ++size) {
    const std::string text = Bech32Encode("age", data);
    const auto back = Bech32Decode(text);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(back->prefix, "age");
    EXPECT_EQ(back->data.view(), data);
    data += static_cast<char>(size * 37);
  }
}

TEST(Bech32, RefusesPaddingThatIsNotZero) {
  // One byte is two symbols, of whose ten bits two are padding.
  const std::string good = Bech32Encode("a", "\xff");
  ASSERT_EQ(good.substr(2, 2), "lu");  // 11111 11100
  constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  // Of all checksums behind "l7" (11111 11110) none makes it good; the right one is among them.
  int tried = 0;
  for (const char last : std::string("7al")) {
    std::string text = good;
    text[3] = last;
    for (size_t i = 4; i < text.size(); ++i) {
      for (const char symbol : kAlphabet) {
        std::string other = text;
        other[i] = symbol;
        EXPECT_FALSE(Bech32Decode(other));
        ++tried;
      }
    }
  }
  EXPECT_EQ(tried, 3 * 6 * 32);
}

TEST(Bech32, ASingleWrongSymbolShows) {
  const std::string good = Bech32Encode("age", "0123456789abcdef0123456789abcdef");
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char c : std::string("qpzry9x8gf2tvdw0s3jn54khce6mua7l1b")) {
      std::string text = good;
      if (text[i] == c) continue;
      text[i] = c;
      EXPECT_FALSE(Bech32Decode(text)) << text;
    }
  }
}

}  // namespace
}  // namespace secure_exec
