#include "plugin/escape_key.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

struct EscapeKeyTest : testing::Test {
  std::string Armed(std::string_view bytes) {
    typed = key.Feed(bytes, true);
    return typed.pass;
  }
  std::string Disarmed(std::string_view bytes) {
    typed = key.Feed(bytes, false);
    return typed.pass;
  }
  EscapeKey key;
  EscapeKey::Typed typed;
};

TEST_F(EscapeKeyTest, EndsAtTheSessionsStart) {
  EXPECT_EQ("", Armed("~."));
  EXPECT_TRUE(typed.disconnect);
}

TEST_F(EscapeKeyTest, EndsAtALinesStart) {
  for (const char* end : {"\r", "\n"}) {
    key = {};
    EXPECT_EQ(std::string("ls") + end, Armed(std::string("ls") + end + "~.rest"));
    EXPECT_TRUE(typed.disconnect);
  }
}

TEST_F(EscapeKeyTest, EndsKeyByKey) {
  EXPECT_EQ("x\r", Armed("x\r"));
  EXPECT_EQ("", Armed("~"));
  EXPECT_TRUE(key.holding());
  EXPECT_EQ("", Armed("."));
  EXPECT_TRUE(typed.disconnect);
}

TEST_F(EscapeKeyTest, InALineItIsText) {
  EXPECT_EQ("cd ~.", Armed("cd ~."));
  EXPECT_FALSE(typed.disconnect);
}

TEST_F(EscapeKeyTest, DisarmedEverythingPasses) {
  EXPECT_EQ("~.\r~.\r~~", Disarmed("~.\r~.\r~~"));
  EXPECT_FALSE(typed.disconnect);
}

TEST_F(EscapeKeyTest, TwoAreOne) {
  EXPECT_EQ("~", Armed("~~"));
  EXPECT_FALSE(key.holding());
  EXPECT_EQ(".", Armed("."));
  EXPECT_FALSE(typed.disconnect);
}

TEST_F(EscapeKeyTest, WithAnythingElseBothPass) {
  EXPECT_EQ("~a", Armed("~a"));
  EXPECT_EQ("\r~\r", Armed("\r~\r"));
  EXPECT_EQ("", Armed("~."));  // that CR began a line
  EXPECT_TRUE(typed.disconnect);
}

TEST_F(EscapeKeyTest, HelpPassesNothing) {
  EXPECT_EQ("", Armed("~?"));
  EXPECT_TRUE(typed.help);
  EXPECT_EQ("", Armed("~."));  // the line's start is still there
  EXPECT_TRUE(typed.disconnect);
}

TEST_F(EscapeKeyTest, AHeldTildeGoesOnWhenDisarmed) {
  EXPECT_EQ("", Armed("~"));
  EXPECT_EQ("~", key.Release());
  EXPECT_EQ("", key.Release());
  EXPECT_EQ(".", Armed("."));
  EXPECT_FALSE(typed.disconnect);
}

TEST_F(EscapeKeyTest, AHeldTildeGoesOnBeforeWhatIsTypedDisarmed) {
  EXPECT_EQ("", Armed("~"));
  EXPECT_EQ("~.", Disarmed("."));
}

TEST_F(EscapeKeyTest, ATildeSentBeforeArmingBeginsNothing) {
  EXPECT_EQ("\r~", Disarmed("\r~"));
  EXPECT_EQ(".", Armed("."));
  EXPECT_FALSE(typed.disconnect);
}

TEST_F(EscapeKeyTest, ALinesStartIsKnownFromBeforeArming) {
  Disarmed("ls\r");
  EXPECT_EQ("", Armed("~."));
  EXPECT_TRUE(typed.disconnect);
}

// Every text of four keys, in every two-way split: the same, and what ssh makes of it.
TEST_F(EscapeKeyTest, SplitsDoNotMatter) {
  constexpr std::string_view kKeys = "~.?\rx";
  for (int number = 0; number < 625; ++number) {
    std::string text;
    for (int rest = number, i = 0; i < 4; ++i, rest /= 5) text += kKeys[rest % 5];
    EscapeKey whole;
    const auto expected = whole.Feed(text, true);
    for (size_t cut = 1; cut < text.size(); ++cut) {
      EscapeKey split;
      auto first = split.Feed(text.substr(0, cut), true);
      if (!first.disconnect) {
        const auto second = split.Feed(text.substr(cut), true);
        first.pass += second.pass;
        first.disconnect = second.disconnect;
        first.help |= second.help;
      }
      EXPECT_EQ(expected.pass, first.pass) << text << cut;
      EXPECT_EQ(expected.disconnect, first.disconnect) << text << cut;
      EXPECT_EQ(expected.help, first.help) << text << cut;
    }
  }
}

}  // namespace
}  // namespace secure_exec
