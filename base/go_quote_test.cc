#include "base/go_quote.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(GoQuote, AsGoDoes) {
  EXPECT_EQ(GoQuote("a\"b\\c\n\t\x1b\x7f\xff\xc3\xa9"), R"("a\"b\\c\n\t\x1b\x7f\xffé")");
  EXPECT_EQ(GoQuote("\xc2\x9b"), R"("\u009b")");
  EXPECT_EQ(GoQuote(""), "\"\"");
}

TEST(GoQuoteByte, AsGoDoes) {
  EXPECT_EQ(GoQuoteByte('z'), "'z'");
  EXPECT_EQ(GoQuoteByte('\''), R"('\'')");
  EXPECT_EQ(GoQuoteByte('"'), "'\"'");
  EXPECT_EQ(GoQuoteByte('\x1b'), R"('\x1b')");
  EXPECT_EQ(GoQuoteByte('\xc3'), "'Ã'");
}

}  // namespace
}  // namespace secure_exec
