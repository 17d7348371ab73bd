#include "plugin/string_slice.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using Words = std::vector<std::string>;

TEST(StringSlice, Values) {
  const std::pair<std::string_view, Words> cases[] = {
      {"", {}},
      {"a", {"a"}},
      {"a,b", {"a", "b"}},
      {"a,,b,", {"a", "", "b", ""}},
      {" a, b", {" a", " b"}},
      {R"("a,b",c)", {"a,b", "c"}},
      {R"("say ""x""")", {R"(say "x")"}},
      {R"("")", {""}},
      {"\"a\nb\",c", {"a\nb", "c"}},
      {"\"a\r\nb\"", {"a\nb"}},
      {"\n\na", {"a"}},
      {"a,b\nc", {"a", "b"}},
      {"a,\n\"b", {"a", ""}},
      {"a\r", {"a"}},
      {"\"a\"\r\nb", {"a"}},
  };
  for (const auto& [text, words] : cases) {
    const auto read = ParseStringSlice(text);
    ASSERT_TRUE(read) << text << ": " << read.error().message;
    EXPECT_EQ(*read, words) << text;
  }
}

// The texts are what kubectl 1.36 says to --filename.
TEST(StringSlice, Errors) {
  constexpr char kUnpaired[] = "extraneous or missing \" in quoted-field";
  constexpr char kBare[] = "bare \" in non-quoted-field";
  const std::pair<std::string_view, std::string> cases[] = {
      {"\n", "EOF"},
      {R"("a)", std::string("parse error on line 1, column 3: ") + kUnpaired},
      {R"(a,"b)", std::string("parse error on line 1, column 5: ") + kUnpaired},
      {R"("a"x)", std::string("parse error on line 1, column 3: ") + kUnpaired},
      {R"(a"b)", std::string("parse error on line 1, column 2: ") + kBare},
      {"\"a\nb", std::string("record on line 1; parse error on line 2, column 2: ") + kUnpaired},
      {"\n\"b\"c", std::string("parse error on line 2, column 3: ") + kUnpaired},
      {"\"x\n\"c", std::string("record on line 1; parse error on line 2, column 1: ") + kUnpaired},
  };
  for (const auto& [text, message] : cases) {
    const auto read = ParseStringSlice(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().message, message) << text;
  }
}

}  // namespace
}  // namespace secure_exec
