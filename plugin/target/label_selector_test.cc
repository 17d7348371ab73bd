#include "plugin/target/label_selector.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace secure_exec {
namespace {

std::string Outcome(const char* type, const std::string& selector) {
  const auto text = SelectorOf(
      nlohmann::json::parse(R"({"metadata":{"name":"x"},"spec":{"selector":)" + selector + "}}"),
      *FindStandardResource(type));
  return text ? *text : text.error().message;
}

TEST(SelectorOf, WritesLabelsAndExpressions) {
  EXPECT_EQ("app%3Dweb%2Ctier%3Da", Outcome("svc", R"({"tier":"a","app":"web"})"));
  EXPECT_EQ("a%3D", Outcome("rc", R"({"a":""})"));
  EXPECT_EQ("a%20in%20%28x%2Cy%29%2C%21b%2Cc%20notin%20%28z%29%2Cd%2Ce%2Ff%3Dg",
            Outcome("deploy", R"({"matchLabels":{"e/f":"g"},"matchExpressions":[
              {"key":"d","operator":"Exists"},{"key":"c","operator":"NotIn","values":["z"]},
              {"key":"b","operator":"DoesNotExist"},
              {"key":"a","operator":"In","values":["y","x"]}]})"));
}

TEST(SelectorOf, RefusesWhatWouldSelectEverything) {
  EXPECT_EQ(
      "cannot attach to *v1.Service: invalid service 'x': Service is defined without a selector",
      Outcome("svc", "{}"));
  for (const char* type : {"rc", "deploy", "job"}) {
    for (const char* selector : {"{}", "null"})
      EXPECT_NE(std::string::npos, Outcome(type, selector).find("has no selector")) << type;
  }
}

TEST(SelectorOf, RefusesWhatIsNoSelector) {
  for (const char* selector :
       {R"({"matchLabels":{"a":"b,c"}})", R"x({"matchLabels":{"a":"b)"}})x",
        R"({"matchLabels":{"a=b":"c"}})", R"({"matchLabels":{"":"c"}})",
        R"({"matchLabels":{"a":1}})", R"({"matchLabels":[]})", R"({"matchExpressions":{}})",
        R"({"matchExpressions":[null]})",
        R"({"matchExpressions":[{"key":"a","operator":"Near","values":["b"]}]})",
        R"({"matchExpressions":[{"key":"a","operator":"In"}]})",
        R"({"matchExpressions":[{"key":"a","operator":"Exists","values":["b"]}]})", "5", "[]"})
    EXPECT_TRUE(Outcome("deploy", selector).starts_with("cannot attach to *v1.Deployment: invalid"))
        << Outcome("deploy", selector);
}

TEST(SelectorOf, KnowsTheTypesThatHaveNone) {
  const ApiResource cron{"batch", "v1beta1", "cronjobs", "", "CronJob"};
  EXPECT_EQ("cannot attach to *v1beta1.CronJob: selector for *v1beta1.CronJob not implemented",
            SelectorOf(nlohmann::json::object(), cron).error().message);
}

}  // namespace
}  // namespace secure_exec
