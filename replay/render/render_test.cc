#include "replay/render/render.h"

#include <gmock/gmock.h>

#include "base/vt/safe_output_check.h"
#include "replay/screen/screen_fixture.h"

namespace secure_exec {
namespace {

class RenderTest : public ScreenTest {};

TEST_F(RenderTest, Text) {
  Feed("one\r\n\r\n  two  ");
  EXPECT_EQ(RenderText(screen_), "one\n\n  two\n");
}

TEST_F(RenderTest, AnEmptyScreenIsEmpty) {
  EXPECT_EQ(RenderText(screen_), "");
  EXPECT_EQ(RenderAnsi(screen_), "");
}

TEST_F(RenderTest, Colours) {
  Feed("a\x1B[1;31mb\x1B[48;5;200mc\x1B[38;2;1;2;3md\x1B[me");
  EXPECT_EQ(RenderAnsi(screen_),
            "a\x1B[0;1;31mb\x1B[0;1;31;48;5;200mc\x1B[0;1;38;2;1;2;3;48;5;200md\x1B[0me\n");
}

TEST_F(RenderTest, ColoursEndWithTheirRow) {
  Feed("\x1B[92ma\r\nb");
  EXPECT_EQ(RenderAnsi(screen_), "\x1B[0;92ma\x1B[0m\n\x1B[0;92mb\x1B[0m\n");
}

TEST_F(RenderTest, ConcealedTextIsShown) {
  Feed("\x1B[8msecret\x1B[28m");
  EXPECT_EQ(RenderAnsi(screen_), "secret\n");
}

TEST_F(RenderTest, WideCharacters) {
  Feed("\u6F22\u5B57x");
  EXPECT_EQ(RenderText(screen_), "\u6F22\u5B57x\n");
}

TEST_F(RenderTest, HalfAWideCharacterIsABlank) {
  Feed("\u6F22\rx");
  EXPECT_EQ(RenderText(screen_), "x\n");
}

TEST_F(RenderTest, InvisibleCharactersAreTold) {
  Feed("a\u202Eb\u200Bc");
  EXPECT_EQ(RenderText(screen_),
            "a\uFFFD"
            "b\uFFFD"
            "c\n");
}

TEST_F(RenderTest, NothingButSafeSequences) {
  Feed("\x1B]52;c;ZXZpbA==\a\x1B[c\x05\x1B[21t\x1BP$qm\x1B\\\x9B[31m\x1B]8;;http://x\aL\x1B]8;;\a");
  Feed("\u202E\xC2\x9B\u2066x\x1B[5;4:3;58;5;9my");
  EXPECT_EQ(FindUnsafe(RenderAnsi(screen_)), "");
  EXPECT_THAT(RenderAnsi(screen_), testing::Not(testing::HasSubstr("evil")));
}

}  // namespace
}  // namespace secure_exec
