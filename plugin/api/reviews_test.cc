#include "plugin/api/reviews.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(Reviews, UserWithGroups) {
  const auto user = ParseUserReview(
      R"({"kind":"SelfSubjectReview","status":{"userInfo":{"username":"bob","uid":"7",)"
      R"("groups":["dev","system:authenticated"]}}})");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->name, "bob");
  EXPECT_EQ(user->uid, "7");
  EXPECT_EQ(user->groups, (std::vector<std::string>{"dev", "system:authenticated"}));
}

TEST(Reviews, AUserWithoutANameIsAnError) {
  for (const char* json : {"", "[]", "{}", R"({"status":{"userInfo":{}}})",
                           R"({"status":{"userInfo":{"username":7}}})"}) {
    EXPECT_FALSE(ParseUserReview(json)) << json;
  }
}

TEST(Reviews, NamesAreSafeForATerminal) {
  const auto user = ParseUserReview(
      R"({"status":{"userInfo":{"username":"a\u001b[2Jb","groups":["\u0007g",7]}}})");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->name, "a [2Jb");
  EXPECT_EQ(user->groups, std::vector<std::string>{"g"});
}

TEST(Reviews, VerdictsAreNeverGuessed) {
  EXPECT_TRUE(ParseAccessReview(R"({"status":{"allowed":true}})")->allowed);
  const auto denied = ParseAccessReview(R"({"status":{"allowed":false,"reason":"no role"}})");
  ASSERT_TRUE(denied);
  EXPECT_FALSE(denied->allowed);
  EXPECT_EQ(denied->reason, "no role");
  for (const char* json : {"{}", R"({"status":{}})", R"({"status":{"allowed":"true"}})"}) {
    EXPECT_FALSE(ParseAccessReview(json)) << json;
  }
}

TEST(Reviews, Version) {
  EXPECT_EQ(ParseVersion(R"({"major":"1","minor":"30","gitVersion":"v1.30.2"})").value(),
            "v1.30.2");
  EXPECT_FALSE(ParseVersion(R"({"major":"1"})"));
}

}  // namespace
}  // namespace secure_exec
