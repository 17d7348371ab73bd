#include "replay/options.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

constexpr OptionSpec kSpecs[] = {{"ignore-case,i", nullptr, "help"},
                                 {"count,c", nullptr, "help"},
                                 {"speed,s", "X", "help"},
                                 {"json", nullptr, "help"}};

using Words = std::vector<std::string>;

TEST(OptionsTest, AnywhereAmongTheArguments) {
  const auto got = ParseArguments(kSpecs, {"a", "-i", "b", "--speed", "2", "--json", "c"});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->positional, (Words{"a", "b", "c"}));
  EXPECT_TRUE(got->Has("ignore-case"));
  EXPECT_FALSE(got->Has("count"));
  EXPECT_EQ(got->Get("speed"), "2");
  EXPECT_TRUE(got->Has("json"));
}

TEST(OptionsTest, FormsOfValues) {
  for (const Words& words : {Words{"-s", "2"}, {"-s2"}, {"--speed=2"}, {"--speed", "2"}}) {
    const auto got = ParseArguments(kSpecs, words);
    ASSERT_TRUE(got) << words[0];
    EXPECT_EQ(got->Get("speed"), "2") << words[0];
  }
}

TEST(OptionsTest, ValuesThatLookLikeOptions) {
  for (const Words& words : {Words{"-s", "-i"}, {"--speed", "-i"}, {"-s-i"}, {"--speed=-i"}}) {
    const auto got = ParseArguments(kSpecs, words);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->Get("speed"), "-i");
    EXPECT_FALSE(got->Has("ignore-case"));
  }
}

TEST(OptionsTest, ShortOptionsInOneWord) {
  const auto got = ParseArguments(kSpecs, {"-ic"});
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->Has("ignore-case") && got->Has("count"));
}

TEST(OptionsTest, DoubleDashEndsOptions) {
  const auto got = ParseArguments(kSpecs, {"-i", "--", "-c", "--json"});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->positional, (Words{"-c", "--json"}));
  EXPECT_FALSE(got->Has("count"));
}

TEST(OptionsTest, RepeatedOptionsKeepAllValues) {
  const auto got = ParseArguments(kSpecs, {"-s", "1", "-s", "2", "-i", "-i"});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->All("speed"), (Words{"1", "2"}));
  EXPECT_EQ(got->Get("speed"), "2");
}

TEST(OptionsTest, Mistakes) {
  for (const Words& words :
       {Words{"--unknown"}, {"-x"}, {"--speed"}, {"--spee", "2"}, {"--json=1"}}) {
    const auto got = ParseArguments(kSpecs, words);
    ASSERT_FALSE(got) << words[0];
    EXPECT_EQ(got.error().kind, ErrorKind::kUsage);
  }
}

TEST(OptionsTest, PositiveNumbers) {
  const auto number = [](const char* text) {
    Arguments arguments;
    arguments.options["speed"] = {text};
    return PositiveNumber(arguments, "speed", 7);
  };
  EXPECT_EQ(number("2").value(), 2);
  EXPECT_EQ(number("0.5").value(), 0.5);
  for (const char* bad : {"", "x", "0", "-1", "2x", "inf", "nan", "1e999"}) {
    EXPECT_FALSE(number(bad)) << bad;
  }
  EXPECT_EQ(PositiveNumber({}, "speed", 7).value(), 7);
}

}  // namespace
}  // namespace secure_exec
