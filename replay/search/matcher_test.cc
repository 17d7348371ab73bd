#include "replay/search/matcher.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

Matcher Make(std::string_view pattern, Matcher::Options options = {}) {
  auto matcher = Matcher::Create(pattern, options);
  EXPECT_TRUE(matcher.has_value());
  return std::move(*matcher);
}

TEST(MatcherTest, Lines) {
  EXPECT_TRUE(Make("ne+dle").Wants("a needle here"));
  EXPECT_FALSE(Make("Needle").Wants("a needle here"));
  EXPECT_TRUE(Make("Needle", {.ignore_case = true}).Wants("a needle here"));
  EXPECT_FALSE(Make("a.b", {.fixed = true}).Wants("axb"));
  EXPECT_TRUE(Make("a.b", {.fixed = true}).Wants("xa.bx"));
  EXPECT_TRUE(Make("rm", {.word = true}).Wants("sudo rm -rf"));
  EXPECT_FALSE(Make("rm", {.word = true}).Wants("alarm"));
  EXPECT_FALSE(Make("x", {.invert = true}).Wants("axb"));
  EXPECT_TRUE(Make("x", {.invert = true}).Wants("ab"));
}

TEST(MatcherTest, WordsHaveNoWordBesideThem) {
  const Matcher matcher = Make("--force", {.fixed = true, .word = true});
  EXPECT_TRUE(matcher.Wants("rm --force x"));
  EXPECT_TRUE(matcher.Wants("--force"));
  EXPECT_FALSE(matcher.Wants("x--force"));
  EXPECT_FALSE(matcher.Wants("--forced"));
  EXPECT_EQ(matcher.Find("rm --force --force", 0).begin, 3u);
  EXPECT_EQ(matcher.Find("rm --force --force", 0).end, 10u);
  EXPECT_EQ(matcher.Find("rm --force --force", 10).begin, 11u);
  EXPECT_TRUE(Make("a|ab", {.word = true}).Wants("ab")) << "a shorter match or a longer one";
  EXPECT_EQ(Make("rm|x", {.word = true}).Find("xrm rm", 0).begin, 4u);
}

TEST(MatcherTest, WordsBesideEachOther) {
  const Matcher matcher = Make("-|\u00FC", {.word = true});
  EXPECT_EQ(matcher.Find("--\u00FC", 0).begin, 0u);
  EXPECT_EQ(matcher.Find("---\u00FC", 1).begin, 1u);
  EXPECT_EQ(matcher.Find("---\u00FC", 2).begin, 3u) << "a letter is beside the last -";
  EXPECT_EQ(matcher.Find("--\u00FC", 2).begin, 2u);
  EXPECT_EQ(matcher.Find("\u00FC-", 2).begin, Matcher::kNone);
  EXPECT_EQ(Make("", {.word = true}).Find("a", 1).begin, Matcher::kNone);
}

TEST(MatcherTest, LettersOfAnyLanguageMakeWords) {
  EXPECT_FALSE(Make("caf", {.word = true}).Wants("caf\u00E9"));
  EXPECT_FALSE(Make("t", {.word = true}).Wants("\u00E9t\u00E9"));
  EXPECT_TRUE(Make("caf\u00E9", {.word = true}).Wants("un caf\u00E9\u2026"));
}

// As of every part of the line by itself.
TEST(MatcherTest, WordsAreWhatHasNoWordBesideIt) {
  const auto is_word = [](char c) { return c == 'a' || c == '_'; };
  for (const char* pattern : {"a", "-", "a-", "-a", "-a|a", "a+", "-*", "--", ""}) {
    const Matcher matcher = Make(pattern, {.word = true});
    const Matcher whole = Make("^(?:" + std::string(pattern) + ")$");
    for (unsigned n = 0; n < 256; ++n) {
      std::string line;
      for (unsigned bits = n + 256; bits > 1; bits >>= 2) line += "a-_ "[bits & 3];
      bool want = false;
      for (size_t begin = 0; begin <= line.size(); ++begin) {
        for (size_t end = begin; end <= line.size(); ++end) {
          want = want || ((begin == 0 || !is_word(line[begin - 1])) &&
                          (end == line.size() || !is_word(line[end])) &&
                          whole.Wants(line.substr(begin, end - begin)));
        }
      }
      EXPECT_EQ(matcher.Wants(line), want) << pattern << " in \"" << line << "\"";
    }
  }
}

TEST(MatcherTest, AnOpenQuoteEndsWithThePattern) {
  EXPECT_TRUE(Make("\\Qa.b").Wants("a.b"));
  EXPECT_FALSE(Make("\\Qa.b").Wants("axb"));
  EXPECT_TRUE(Make("\\Q--a.b", {.word = true}).Wants("x --a.b"));
}

TEST(MatcherTest, FindsTheMatches) {
  const Matcher matcher = Make("o+");
  EXPECT_EQ(matcher.Find("foo o", 0).begin, 1u);
  EXPECT_EQ(matcher.Find("foo o", 0).end, 3u);
  EXPECT_EQ(matcher.Find("foo o", 3).begin, 4u);
  EXPECT_EQ(matcher.Find("foo o", 5).begin, Matcher::kNone);
}

TEST(MatcherTest, WhyAPatternIsBadIsSaid) {
  for (const char* pattern : {"a(", "[", "\\Qa\\E)", "(?-m", "a{99999}", "\\"}) {
    for (const bool word : {false, true}) {
      const auto matcher = Matcher::Create(pattern, {.word = word});
      ASSERT_FALSE(matcher.has_value()) << pattern;
      EXPECT_EQ(matcher.error().message.find(":  "), std::string::npos) << pattern;
      EXPECT_FALSE(matcher.error().message.ends_with(": ")) << pattern;
    }
  }
}

TEST(MatcherTest, ABadPatternIsNamed) {
  const auto matcher = Matcher::Create("a(", {});
  ASSERT_FALSE(matcher.has_value());
  EXPECT_EQ(matcher.error().kind, ErrorKind::kUsage);
  EXPECT_NE(matcher.error().message.find("\"a(\""), std::string::npos);
}

// Many lines at once give what each line by itself gives.
TEST(MatcherTest, ManyLinesAtOnce) {
  const std::string text = "one\ntwo needle\n\nneedle\nend of\nneed\nle\n needle \nxneedle\n";
  for (const char* pattern :
       {"needle", "^needle", "needle$", "^$", "", "e", "\\Aneedle", "needle\\z", "need\\s*le",
        "[^x]$", "(?m)^n", "x|^t", ".*", "\\bneedle", "(?-m)^needle", "(?i-m:E$)"}) {
    for (const bool invert : {false, true}) {
      const Matcher matcher = Make(pattern, {.invert = invert});
      std::string want;
      std::string got;
      for (size_t at = 0; at < text.size();) {
        const size_t end = text.find('\n', at);
        if (matcher.Wants(std::string_view(text).substr(at, end - at)))
          want += std::to_string(at) + " ";
        at = end + 1;
      }
      size_t at = 0;
      while ((at = matcher.FindLine(text, at)) != Matcher::kNone) {
        got += std::to_string(at) + " ";
        at = text.find('\n', at) + 1;
      }
      EXPECT_EQ(got, want) << pattern << (invert ? " inverted" : "");
    }
  }
}

TEST(MatcherTest, WholeLines) {
  const auto matcher = *Matcher::Create("a|bc+", {.line = true});
  for (const char* line : {"a", "bc", "bccc"}) EXPECT_TRUE(matcher.Wants(line)) << line;
  for (const char* line : {"", "ab", "xa", "bcd"}) EXPECT_FALSE(matcher.Wants(line)) << line;
  EXPECT_EQ(matcher.FindLine("ab\nbcc\na\n", 0), 3u);
  EXPECT_TRUE(Matcher::Create("a.", {.fixed = true, .line = true})->Wants("a."));
  EXPECT_FALSE(Matcher::Create("a", {.word = true, .line = true})->Wants("a b"));
}

}  // namespace
}  // namespace secure_exec
