#include <gmock/gmock.h>

#include "replay/render/render.h"
#include "replay/screen/screen_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::Not;

class SvgTest : public ScreenTest {
 protected:
  std::string Svg() { return RenderSvg(screen_); }
};

TEST_F(SvgTest, TextOnAGrid) {
  Feed("\r\n ab\x1B[?25l");
  // The run begins at the second column of the second row.
  EXPECT_THAT(Svg(), HasSubstr("<text x=\"17\" y=\"40\" textLength=\"81\""));
  EXPECT_THAT(Svg(), HasSubstr(">ab       </text>"));
}

TEST_F(SvgTest, WideCharactersTakeTwoColumns) {
  Feed("\u6F22x");
  EXPECT_THAT(Svg(), HasSubstr("<text x=\"8\" y=\"22\" textLength=\"18\""));
  EXPECT_THAT(Svg(), HasSubstr("<text x=\"26\""));
}

TEST_F(SvgTest, ColoursAndAttributes) {
  Feed("\x1B[1;4;38;2;1;2;255;48;5;196mx");
  EXPECT_THAT(Svg(),
              HasSubstr("fill=\"#0102ff\" font-weight=\"bold\" text-decoration=\"underline\""));
  EXPECT_THAT(Svg(), HasSubstr("width=\"9\" height=\"18\" fill=\"#ff0000\""));
}

TEST_F(SvgTest, TheCursorIsReversed) {
  EXPECT_THAT(Svg(),
              HasSubstr("<rect x=\"8\" y=\"8\" width=\"9\" height=\"18\" fill=\"#e5e5e5\"/>"));
  Feed("\x1B[?25l");
  EXPECT_THAT(Svg(), Not(HasSubstr("height=\"18\"")));
}

TEST_F(SvgTest, RecordedTextIsNoMarkup) {
  screen_.Resize({.columns = 80, .rows = 4});
  Feed("<script>alert('1')</script> ]]> &amp; \"x\"\r\n<!-- -- > <![CDATA[ onload=\r\n</svg>");
  const std::string svg = Svg();
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; ]]&gt; &amp;amp; "
                             "&quot;x&quot;"));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, Not(HasSubstr("<!")));
  EXPECT_EQ(svg.find("</svg>"), svg.size() - 7);
}

TEST_F(SvgTest, WhatXmlCannotWrite) {
  Feed("\uFFFE\uFFFFx");
  EXPECT_THAT(Svg(), Not(HasSubstr("\uFFFE")));
  EXPECT_THAT(Svg(), Not(HasSubstr("\uFFFF")));
}

TEST_F(SvgTest, LinksAreText) {
  Feed("\x1B]8;;javascript:alert(1)\alink\x1B]8;;\a");
  EXPECT_THAT(Svg(), Not(HasSubstr("javascript")));
  EXPECT_THAT(Svg(), HasSubstr("link"));
}

}  // namespace
}  // namespace secure_exec
