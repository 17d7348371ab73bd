#include "base/manual.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(Manual, ParagraphsAreFilled) {
  EXPECT_EQ(FillText("one\ntwo\n\nthree", 2), "  one two\n\n  three\n");
  const std::string long_text = FillText(std::string(60, 'a') + " " + std::string(20, 'b'), 0);
  EXPECT_EQ(long_text, std::string(60, 'a') + "\n" + std::string(20, 'b') + "\n");
  EXPECT_EQ(FillText(std::string(59, 'a') + " " + std::string(20, 'b'), 0).find('\n'), kHelpWidth);
}

TEST(Manual, IndentedLinesStandAsTheyAre) {
  EXPECT_EQ(FillText("say:\n  a   b\n  c\nthen", 1), " say:\n   a   b\n   c\n then\n");
}

TEST(Manual, ItemsStandInTwoColumns) {
  EXPECT_EQ(ItemsText({{"-q", "quiet"}, {"--much-longer", "loud"}, {"-x", ""}}, 10),
            "  -q      quiet\n"
            "  --much-longer\n"
            "          loud\n"
            "  -x\n");
}

TEST(Manual, ASectionHasATitle) {
  EXPECT_EQ(SectionText({"Files", "Yours:", {{"~/x", "it"}}}, 8),
            "Files:\n  Yours:\n\n  ~/x   it\n");
}

}  // namespace
}  // namespace secure_exec
