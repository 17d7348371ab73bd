#include "plugin/target/pod_list.h"

#include <gtest/gtest.h>

#include "plugin/api/pod.h"

namespace secure_exec {
namespace {

std::string PodNamed(const std::string& name, const std::string& phase) {
  return R"({"metadata":{"name":")" + name + R"("},"spec":{"nodeName":"n"},"status":{"phase":")" +
         phase + R"("}})";
}

std::string Page(const std::string& items, const std::string& metadata = "{}") {
  return R"({"kind":"PodList","metadata":)" + metadata + R"(,"items":[)" + items + "]}";
}

TEST(BestPod, IsTheBestOfAllPages) {
  BestPod best;
  EXPECT_EQ("next", best.AddPage(Page(PodNamed("a", "Pending"), R"({"continue":"next"})")));
  EXPECT_EQ("a", ParsePod(best.json())->name);
  EXPECT_EQ("", best.AddPage(Page(PodNamed("b", "Running") + "," + PodNamed("c", "Running"),
                                  R"({"resourceVersion":"7"})")));
  EXPECT_EQ("b", ParsePod(best.json())->name) << "of equal ones the first";
  EXPECT_EQ("7", best.resource_version());
}

TEST(BestPod, AnEmptyListHasNone) {
  BestPod best;
  EXPECT_EQ("", best.AddPage(Page("")));
  EXPECT_EQ("", best.AddPage(R"({"kind":"PodList","items":null})"));
  EXPECT_EQ("", best.AddPage(Page("null,5,[]")));
  EXPECT_FALSE(best.found());
}

TEST(BestPod, RefusesWhatIsNoList) {
  BestPod best;
  for (const char* text : {"", "{", "[]", R"({"kind":"Pod"})"}) EXPECT_FALSE(best.AddPage(text));
  EXPECT_FALSE(best.AddPage(Page("", "\"" + std::string(kMaxListPage, 'x') + "\"")));
}

// One that no stack holds, were it written by recursion.
std::string Nested(size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(BestPod, RefusesAPodThatNestsTooDeep) {
  const auto page = [](size_t levels) { return Page("{\"a\":" + Nested(levels) + "}"); };
  BestPod fine;
  EXPECT_TRUE(fine.AddPage(page(499)));
  EXPECT_NE(std::string::npos, fine.json().find(Nested(499)));
  for (const size_t levels : {500, 200'000}) {
    const auto next = BestPod().AddPage(page(levels));
    ASSERT_FALSE(next);
    EXPECT_EQ("the server sent a pod that nests deeper than 500 levels", next.error().message);
  }
}

constexpr char kStream[] =
    R"({"type":"BOOKMARK","object":{"kind":"Pod"}})"
    "\n"
    R"({"type":"DELETED","object":{"kind":"Pod","metadata":{"name":"gone"}}})"
    "\n\r\n"
    R"({"type":"MODIFIED","object":{"kind":"Pod","metadata":{"name":"p"}}})"
    "\n";

TEST(WatchReader, FindsThePodHoweverTheBytesCome) {
  const std::string stream = kStream;
  for (size_t cut = 0; cut < stream.size(); ++cut) {
    WatchReader reader;
    const auto first = reader.Feed(stream.substr(0, cut));
    ASSERT_TRUE(first && !*first) << cut;
    const auto second = reader.Feed(stream.substr(cut));
    ASSERT_TRUE(second && *second) << cut;
    EXPECT_EQ("p", ParsePod((*second)->json)->name);
  }
}

TEST(WatchReader, TellsAStaleWatchFromAnError) {
  const auto read = [](const std::string& status) {
    return **WatchReader().Feed(R"({"type":"ERROR","object":)" + status + "}\n");
  };
  EXPECT_TRUE(read(R"({"kind":"Status","code":410})").stale);
  EXPECT_TRUE(read(R"({"kind":"Status","reason":"Expired"})").stale);
  EXPECT_FALSE(read(R"({"kind":"Status","code":500})").stale);
  EXPECT_FALSE(read("null").stale);
  EXPECT_EQ(WatchEvent::Type::kError, read("null").type);
}

TEST(WatchReader, RefusesAnEventThatNestsTooDeep) {
  for (const char* type : {"ADDED", "MODIFIED", "ERROR"}) {
    const std::string head = std::string(R"({"type":")") + type + R"(","object":)";
    EXPECT_TRUE(WatchReader().Feed(head + Nested(500) + "}\n"));
    const auto event = WatchReader().Feed(head + Nested(200'000) + "}\n");
    ASSERT_FALSE(event) << type;
    EXPECT_EQ("the server sent an event that nests deeper than 500 levels", event.error().message);
  }
}

TEST(WatchReader, RefusesWhatIsNoEvent) {
  for (const char* line : {"x\n", "{}\n", "[1]\n", "{\"type\":5}\n"})
    EXPECT_FALSE(WatchReader().Feed(line)) << line;
  WatchReader reader;
  const std::string piece(1 << 20, ' ');
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(reader.Feed(piece));
  EXPECT_FALSE(reader.Feed(" "));
}

}  // namespace
}  // namespace secure_exec
