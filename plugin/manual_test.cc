#include "plugin/manual.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "plugin/flag_help.h"
#include "plugin/options_table.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

size_t Lines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

size_t LongestLine(const std::string& text) {
  size_t longest = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) longest = std::max(longest, line.size());
  return longest;
}

std::string LongName(const FlagEntry& entry) {
  const std::string declared = entry.declared;
  return declared.substr(0, declared.find(','));
}

std::string FileText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

TEST(FlagHelp, IsOfEveryFlagOnce) {
  std::vector<std::string> flags, told;
  for (const FlagEntry& entry : FlagTable()) flags.push_back(LongName(entry));
  for (const FlagHelp& flag : FlagHelpTable()) told.emplace_back(flag.name);
  EXPECT_THAT(told, testing::UnorderedElementsAreArray(flags));
}

TEST(FlagHelp, ValuesAreToldWhereThereAreSome) {
  for (const FlagEntry& entry : FlagTable()) {
    const auto flag =
        std::find_if(FlagHelpTable().begin(), FlagHelpTable().end(),
                     [&](const FlagHelp& each) { return each.name == LongName(entry); });
    ASSERT_NE(flag, FlagHelpTable().end()) << entry.declared;
    if (entry.implicit == nullptr) {
      EXPECT_THAT(std::string(flag->value), testing::Not(testing::AnyOf("", StartsWith("["))));
    } else if (entry.implicit == std::string("true")) {
      EXPECT_EQ(flag->value, "") << entry.declared;
    } else {
      EXPECT_THAT(std::string(flag->value), StartsWith("[=")) << entry.declared;
    }
  }
}

TEST(FlagHelp, StandsInTheDocumentToo) {
  const std::string document = FileText(SECURE_EXEC_DOCS "/flags.md");
  for (const FlagHelp& flag : FlagHelpTable()) {
    EXPECT_THAT(document, testing::ContainsRegex(fmt::format("`--{}[`=]", flag.name)));
  }
}

TEST(Help, FitsAScreen) {
  EXPECT_LE(LongestLine(HelpText()), 80u);
  EXPECT_LT(Lines(HelpText()), 24u) << "the prompt needs a line too";
}

TEST(Help, SaysHowToStartAndWhereTheRestIs) {
  for (const char* text : {"kubectl secure-exec (POD | TYPE/NAME)", "kubectl options", "--help=all",
                           "man kubectl-secure-exec", "-i, --stdin ", "-t, --tty ", "--explain"}) {
    EXPECT_THAT(HelpText(), HasSubstr(text));
  }
}

TEST(Help, InFullHasEveryFlagAndExitCode) {
  const std::string help = FullHelpText();
  for (const FlagHelp& flag : FlagHelpTable()) EXPECT_THAT(help, HasSubstr(FlagTerm(flag)));
  for (const char* code : {"\n  119 ", "\n  120 ", "\n  121 ", "\n  122 "})
    EXPECT_THAT(help, HasSubstr(code));
  EXPECT_LE(LongestLine(help), 80u);
}

TEST(Manual, HasEveryFlag) {
  std::string terms;
  for (const ManualSection& section : PluginManual().sections) {
    for (const ManualItem& item : section.items) terms += "\n" + item.term;
  }
  for (const FlagHelp& flag : FlagHelpTable()) {
    EXPECT_THAT(terms, testing::ContainsRegex(fmt::format("(\n|, )--{}(\n| |\\[|$)", flag.name)));
  }
}

}  // namespace
}  // namespace secure_exec
