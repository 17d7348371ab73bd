#include "replay/manual.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "replay/program.h"

namespace secure_exec {
namespace {

size_t LongestLine(const std::string& text) {
  size_t longest = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) longest = std::max(longest, line.size());
  return longest;
}

TEST(ReplayHelp, FitsAScreen) {
  EXPECT_LE(LongestLine(ReplayHelp()), 80u);
  const std::string help = ReplayHelp();
  EXPECT_LE(std::count(help.begin(), help.end(), '\n'), 28);
}

TEST(ReplayHelp, OfEveryCommandFitsItsWidth) {
  for (const Command* command : Commands()) {
    const std::string help = CommandHelp(*command);
    const size_t usage =
        help.find("\nusage: ") + 1;  // a line that is to be one, in a script's eyes too
    EXPECT_LE(LongestLine(help.substr(help.find('\n', usage))), 90u) << help;  // "…" is three bytes
  }
}

TEST(ReplayManual, HasEveryCommandWithEveryOption) {
  const ManualPage page = ReplayManual();
  for (const Command* command : Commands()) {
    const auto section = std::find_if(
        page.sections.begin(), page.sections.end(),
        [&](const auto& each) { return each.subsection && each.title == command->name; });
    ASSERT_NE(section, page.sections.end()) << command->name;
    EXPECT_EQ(section->items.size(), command->options.size());
    EXPECT_THAT(section->text, testing::HasSubstr(std::string(command->synopsis)));
  }
}

}  // namespace
}  // namespace secure_exec
