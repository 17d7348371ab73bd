#include "base/json.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(ParseJson, DiscardsWhatIsNoneOrTooDeep) {
  EXPECT_EQ(ParseJson(R"({"a":[1]})", 2).dump(), R"({"a":[1]})");
  EXPECT_TRUE(ParseJson(R"({"a":[1]})", 1).is_discarded());
  EXPECT_TRUE(ParseJson(R"([1,[2],3])", 1).is_discarded());
  for (const char* text : {"", "{", "[1]]"}) EXPECT_TRUE(ParseJson(text, 2).is_discarded()) << text;
  EXPECT_TRUE(ParseJson(std::string(1'000'000, '['), 2).is_discarded());
}

TEST(JsonText, IsEmptyForWhatIsMissingOrNoText) {
  const auto json = ParseJson(R"({"a":{"b":"c","n":1}})", 2);
  EXPECT_EQ(JsonText(JsonMember(json, "a"), "b"), "c");
  EXPECT_EQ(JsonText(JsonMember(json, "a"), "n"), "");
  EXPECT_EQ(JsonText(JsonMember(json, "x"), "b"), "");
  EXPECT_EQ(JsonText(ParseJson("[1]", 2), "b"), "");
}

}  // namespace
}  // namespace secure_exec
