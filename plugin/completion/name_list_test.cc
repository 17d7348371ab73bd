#include "plugin/completion/name_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugin/completion/sources.h"

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> NamesOf(const NamePage& page) {
  std::vector<std::string> names;
  for (const Candidate& each : page.names) names.push_back(each.text);
  return names;
}

TEST(ReadNamePage, ReadsATable) {
  const auto page = ReadNamePage(R"({"kind":"Table","metadata":{"continue":"abc"},
    "columnDefinitions":[{"name":"Name"},{"name":"Ready"},{"name":"Status"},{"name":"Restarts"},{"name":"Age"}],
    "rows":[{"cells":["web-0","1/1","Running",3,"2d"]},{"cells":["web-1","0/1","Pending","0","1s"]}]})");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->names, ElementsAre(Candidate{"web-0", "1/1 Running 2d"},
                                       Candidate{"web-1", "0/1 Pending 1s"}));
  EXPECT_EQ(page->next, "abc");
}

TEST(ReadNamePage, ReadsAListOfObjects) {
  const auto page = ReadNamePage(
      R"({"kind":"PodList","items":[{"metadata":{"name":"a"},"status":{"phase":"Running"}},{"metadata":{}},3]})");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->names, ElementsAre(Candidate{"a", "Running"}));
  EXPECT_EQ(page->next, "");
}

TEST(ReadNamePage, LeavesOutNamesThatNoObjectHas) {
  std::string items;
  for (const char* name : {"$(touch x)", "a\\nb", "A", "-a", "\\u001b[2J", "a.b-c", ""})
    items += fmt::format(R"({}{{"metadata":{{"name":"{}"}}}})", items.empty() ? "" : ",", name);
  const auto page = ReadNamePage(R"({"items":[)" + items + "]}");
  ASSERT_TRUE(page);
  EXPECT_THAT(NamesOf(*page), ElementsAre("a.b-c"));
}

TEST(ReadNamePage, TakesAnythingForNoList) {
  for (const char* text : {"", "[]", "3", "{}", R"({"kind":"Status"})", R"({"items":3})", "\xff"})
    EXPECT_FALSE(ReadNamePage(text)) << text;
  for (const char* text :
       {R"({"kind":"Table"})", R"({"kind":"Table","rows":[3],"columnDefinitions":{}})",
        R"({"kind":"Table","rows":[{"cells":[]},{"cells":[3]}],"columnDefinitions":[3]})"}) {
    const auto page = ReadNamePage(text);
    ASSERT_TRUE(page) << text;
    EXPECT_THAT(page->names, IsEmpty()) << text;
  }
}

TEST(ReadNamePage, TakesNoTokenThatDoesNotFitAUrl) {
  const auto page = ReadNamePage(R"({"items":[],"metadata":{"continue":"a&b=c"}})");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->next, "");
}

// A list of two pages, and what was asked for.
struct TwoPages {
  std::vector<std::string> paths = {};
  Result<std::string> operator()(const std::string& path) {
    paths.push_back(path);
    return path.find("continue=") == std::string::npos
               ? std::string(
                     R"({"items":[{"metadata":{"name":"a"}}],"metadata":{"continue":"next"}})")
               : std::string(R"({"items":[{"metadata":{"name":"b"}}]})");
  }
};

TEST(ListNames, FollowsThePages) {
  TwoPages server;
  std::vector<std::string> names;
  ASSERT_TRUE(ListNames(
      std::ref(server), "/api/v1/pods", [] { return true; },
      [&](const Candidate& name) {
        names.push_back(name.text);
        return true;
      }));
  EXPECT_THAT(names, ElementsAre("a", "b"));
  EXPECT_THAT(server.paths, ElementsAre("/api/v1/pods?includeObject=None&limit=500",
                                        "/api/v1/pods?includeObject=None&limit=500&continue=next"));
}

TEST(ListNames, StopsWhereThereIsEnoughOrTheTimeIsOver) {
  TwoPages enough;
  ASSERT_TRUE(ListNames(
      std::ref(enough), "/p", [] { return true; }, [](const Candidate&) { return false; }));
  EXPECT_EQ(enough.paths.size(), 1u);
  TwoPages late;
  ASSERT_TRUE(ListNames(
      std::ref(late), "/p", [&] { return late.paths.empty(); },
      [](const Candidate&) { return true; }));
  EXPECT_EQ(late.paths.size(), 1u);
}

}  // namespace
}  // namespace secure_exec
