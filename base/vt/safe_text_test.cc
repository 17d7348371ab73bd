#include "base/vt/safe_text.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

std::string Safe(std::string_view text) {
  std::string out;
  AppendSafeText(text, out);
  return out;
}

TEST(SafeTextTest, OrdinaryTextPasses) {
  EXPECT_EQ(Safe("plain ascii, long enough for words"), "plain ascii, long enough for words");
  EXPECT_EQ(Safe("\u00FC\u4E2D\U0001F600\u0301"), "\u00FC\u4E2D\U0001F600\u0301");
  EXPECT_EQ(Safe("\u2764\uFE0F\u200D\U0001F525"), "\u2764\uFE0F\u200D\U0001F525");
}

TEST(SafeTextTest, InvisibleCharactersAreShown) {
  EXPECT_EQ(Safe("a\u202E"
                 "b"),
            "a\uFFFD"
            "b");
  EXPECT_EQ(Safe("\u2066\u2069\u200E\u200F\u061C"), "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(Safe("\U000E0041\U000E0100"), "\uFFFD\uFFFD");
  EXPECT_EQ(Safe("\u200B\uFEFF\uFFF9\u2028"), "\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(SafeTextTest, InvisibleRangesHaveTheirEnds) {
  EXPECT_FALSE(IsInvisible(0x2029 + 6));
  EXPECT_TRUE(IsInvisible(0x202A));
  EXPECT_TRUE(IsInvisible(0x202E));
  EXPECT_FALSE(IsInvisible(0x202F));
  EXPECT_FALSE(IsInvisible(0xFFFC));
  EXPECT_FALSE(IsInvisible(0xFFFD));
  EXPECT_TRUE(IsInvisible(0xE0FFF));
  EXPECT_FALSE(IsInvisible(0xE1000));
  EXPECT_FALSE(IsInvisible('a'));
}

TEST(SafeTextTest, LineEscapesControls) {
  EXPECT_EQ(SafeLine("sh -c 'a\nb'\t\r"), "sh -c 'a\\nb'\\t\\r");
  EXPECT_EQ(SafeLine("\x1B]52;c;QQ==\a\x7F"), "\\x1b]52;c;QQ==\\x07\\x7f");
  EXPECT_EQ(SafeLine(std::string_view("\0", 1)), "\\x00");
}

TEST(SafeTextTest, LineReplacesWhatIsNotText) {
  EXPECT_EQ(SafeLine("\x9B"
                     "31m"),
            "\uFFFD"
            "31m");
  EXPECT_EQ(SafeLine("\xC2\x9B"
                     "31m\u202E\xE2\x82"),
            "\uFFFD"
            "31m\uFFFD\uFFFD");
}

}  // namespace
}  // namespace secure_exec
