#include "replay/screen/width.h"

#include <gtest/gtest.h>
#include <locale.h>
#include <utf8proc.h>
#include <wchar.h>

namespace secure_exec {
namespace {

TEST(WidthTest, Examples) {
  EXPECT_EQ(CharWidth('a'), 1);
  EXPECT_EQ(CharWidth(0xE9), 1);
  EXPECT_EQ(CharWidth(0x4E2D), 2);
  EXPECT_EQ(CharWidth(0x1F600), 2);
  EXPECT_EQ(CharWidth(0x301), 0);
  EXPECT_EQ(CharWidth(0xFE0F), 0);
  EXPECT_EQ(CharWidth(0x200B), 0);
  EXPECT_EQ(CharWidth(0xFFFD), 1);
  EXPECT_EQ(CharWidth(0xE000), 1);
  EXPECT_EQ(CharWidth(0x1160), 0);
  EXPECT_EQ(CharWidth(0x903), 1);
}

// Where the C library knows a character, its width is ours; where it does not (newer ones), the
// character is not hidden.
TEST(WidthTest, AgreesWithTheCLibrary) {
  const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  ASSERT_NE(utf8, locale_t{});
  const locale_t before = uselocale(utf8);
  for (char32_t c = 0xA0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const int width = wcwidth(static_cast<wchar_t>(c));
    if (width >= 0) {
      ASSERT_EQ(CharWidth(c), width) << std::hex << static_cast<uint32_t>(c);
    }
  }
  uselocale(before);
  freelocale(utf8);
}

TEST(WidthTest, DecGraphics) {
  EXPECT_EQ(DecGraphic('q'), U'\u2500');
  EXPECT_EQ(DecGraphic('`'), U'\u25C6');
  EXPECT_EQ(DecGraphic('~'), U'\u00B7');
  EXPECT_EQ(DecGraphic('A'), U'A');
  EXPECT_EQ(DecGraphic(' '), U' ');
}

}  // namespace
}  // namespace secure_exec
