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
  EXPECT_THAT(Svg(), HasSubstr("<text x=\"17\" y=\"39\" textLength=\"18\""));
  EXPECT_THAT(Svg(), HasSubstr(">ab</text>"));
}

TEST_F(SvgTest, WideCharactersTakeTwoColumns) {
  Feed("\u6F22x");
  EXPECT_THAT(Svg(), HasSubstr("<text x=\"17\" y=\"22\" text-anchor=\"middle\""));
  EXPECT_THAT(Svg(), HasSubstr("<text x=\"26\""));
}

TEST_F(SvgTest, LettersAreNotStretchedButLinesMeet) {
  Feed("\u05D5\u2500");
  EXPECT_THAT(Svg(), HasSubstr("<text x=\"12.5\" y=\"22\" text-anchor=\"middle\""));
  EXPECT_THAT(Svg(), HasSubstr("<text x=\"17\" y=\"22\" textLength=\"9\""));
}

TEST_F(SvgTest, ColoursAndAttributes) {
  Feed("\x1B[1;4;38;2;1;2;255;48;5;196mx");
  EXPECT_THAT(Svg(), HasSubstr("fill=\"#0102ff\" font-weight=\"bold\""));
  EXPECT_THAT(Svg(),
              HasSubstr("<rect x=\"8\" y=\"23\" width=\"9\" height=\"1\" fill=\"#0102ff\"/>"));
  EXPECT_THAT(Svg(), HasSubstr("width=\"9\" height=\"17\" fill=\"#ff0000\""));
}

TEST_F(SvgTest, BoldIsBrightSoThatItCanBeReadOnItsOwnColour) {
  Feed("\x1B[1;37;47mx");
  EXPECT_THAT(Svg(), HasSubstr("fill=\"#ffffff\" font-weight=\"bold\""));
  EXPECT_THAT(Svg(), HasSubstr("height=\"17\" fill=\"#e5e5e5\""));
}

TEST_F(SvgTest, LinesAreAsWideAsTheirCells) {
  Feed("\x1B[4m\u6F22 \x1B[21mx\x1B[24;9my");
  EXPECT_THAT(Svg(), HasSubstr("<rect x=\"8\" y=\"23\" width=\"27\" height=\"1\""));
  EXPECT_THAT(Svg(), HasSubstr("<rect x=\"35\" y=\"22\" width=\"9\" height=\"1\""));
  EXPECT_THAT(Svg(), HasSubstr("<rect x=\"35\" y=\"24\" width=\"9\" height=\"1\""));
  EXPECT_THAT(Svg(), HasSubstr("<rect x=\"44\" y=\"17\" width=\"9\" height=\"1\""));
}

TEST_F(SvgTest, TheCursorIsReversed) {
  EXPECT_THAT(Svg(),
              HasSubstr("<rect x=\"8\" y=\"8\" width=\"9\" height=\"17\" fill=\"#e5e5e5\"/>"));
  Feed("\x1B[?25l");
  EXPECT_THAT(Svg(), Not(HasSubstr("height=\"17\"")));
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
