#include "tools/manual/roff.h"

#include <gmock/gmock.h>

namespace secure_exec {
namespace {

using testing::HasSubstr;

std::string Of(ManualSection section) {
  return RoffPage({"x-y", "x y", "do x", {std::move(section)}}, "2026-01-02", "x 1");
}

TEST(Roff, NothingIsARequestOrAnEscape) {
  EXPECT_EQ(EscapeRoff("\\n"), "\\en");
  EXPECT_EQ(EscapeRoff("a-b ~'`^\""), "a\\-b \\(ti\\(aq\\(ga\\(ha\\(dq");
  EXPECT_THAT(
      Of({"T", "One.\n.so /etc/passwd\n'br … ~. x\n  .so x\n", {}}),
      HasSubstr("\nOne.\n\\&.so /etc/passwd\n\\(aqbr \\[u2026] \\(ti. x\n.nf\n\\&.so x\n.fi\n"));
}

TEST(Roff, HasItsNameDateAndSource) {
  EXPECT_THAT(Of({"T", "", {}}), HasSubstr(".TH X\\-Y 1 2026-01-02 \"x 1\" \"User Commands\"\n"
                                           ".SH NAME\nx\\-y \\- do x\n.SH T\n"));
}

TEST(Roff, FlagsAreBoldAndTheirValuesSlanted) {
  EXPECT_THAT(Of({"T", "", {{"-c, --name FILE", "As (--other-one), and -5 - x--y."}}}),
              HasSubstr(".TP\n\\fB\\-c\\fR, \\fB\\-\\-name\\fR \\fIFILE\\fR\n"
                        "As (\\fB\\-\\-other\\-one\\fR), and \\-5 \\- x\\-\\-y.\n"));
}

TEST(Roff, ParagraphsAndLiteralLines) {
  EXPECT_THAT(Of({"T", "One. Two.\n\nThree:\n  a  b\n  c\nFour", {}, true}),
              HasSubstr(".SS T\nOne.\nTwo.\n.PP\nThree:\n.nf\na  b\nc\n.fi\nFour\n"));
}

}  // namespace
}  // namespace secure_exec
