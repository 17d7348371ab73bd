#include "plugin/policy/glob.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace secure_exec {
namespace {

// Straight from the definition, in exponential time.
bool Slow(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob[0] == '*') {
    return Slow(glob.substr(1), text) || (!text.empty() && Slow(glob, text.substr(1)));
  }
  if (text.empty()) return false;
  if (glob[0] == '\\' && glob.size() > 1) {
    return glob[1] == text[0] && Slow(glob.substr(2), text.substr(1));
  }
  return (glob[0] == '?' || glob[0] == text[0]) && Slow(glob.substr(1), text.substr(1));
}

std::vector<std::string> AllTexts(std::string_view alphabet, size_t longest) {
  std::vector<std::string> texts = {""};
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() == longest) break;
    for (const char c : alphabet) texts.push_back(texts[i] + c);
  }
  return texts;
}

TEST(Glob, EverySmallGlobMatchesWhatItsDefinitionMatches) {
  const auto texts = AllTexts("ab*", 4);
  for (const std::string& glob : AllTexts("ab*?\\", 4)) {
    for (const std::string& text : texts) {
      ASSERT_EQ(GlobMatches(glob, text), Slow(glob, text)) << glob << " on " << text;
    }
  }
}

TEST(Glob, MatchesNames) {
  EXPECT_TRUE(GlobMatches("prod-*", "prod-eu-1"));
  EXPECT_FALSE(GlobMatches("prod-*", "preprod-1"));
  EXPECT_TRUE(GlobMatches("*@example.com", "alice@example.com"));
  EXPECT_FALSE(GlobMatches("Payments", "payments"));
}

TEST(Glob, ManyStarsTakeNoTime) {
  std::string glob, text(20'000, 'a');
  for (int i = 0; i < 200; ++i) glob += "*a";
  EXPECT_FALSE(GlobMatches(glob + "b", text));
}

TEST(Glob, KnowsWhatMatchesEverything) {
  EXPECT_TRUE(GlobMatchesAll("*"));
  EXPECT_TRUE(GlobMatchesAll("**"));
  EXPECT_FALSE(GlobMatchesAll("?*"));
  EXPECT_FALSE(GlobMatchesAll(""));
}

}  // namespace
}  // namespace secure_exec
