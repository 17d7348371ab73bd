#include "plugin/target/pod_rank.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace secure_exec {
namespace {

TEST(RankOf, ReadsAPod) {
  const PodRank rank = RankOf(nlohmann::json::parse(R"({
    "metadata": {"creationTimestamp": "1970-01-01T00:00:07Z",
                 "deletionTimestamp": "1970-01-01T00:00:09Z"},
    "spec": {"nodeName": "n", "initContainers": [{"name": "a"},
             {"name": "b", "restartPolicy": "Always"}]},
    "status": {"phase": "Running",
      "conditions": [{"type": "Initialized", "status": "False"},
        {"type": "Ready", "status": "True", "lastTransitionTime": "1970-01-01T00:00:08Z"}],
      "containerStatuses": [{"restartCount": 2}, {"restartCount": 5}],
      "initContainerStatuses": [{"name": "a", "restartCount": 9},
                                {"name": "b", "restartCount": 3}]}})"));
  EXPECT_TRUE(rank.assigned);
  EXPECT_EQ(2, rank.phase);
  EXPECT_TRUE(rank.ready);
  EXPECT_EQ(8, rank.ready_since);
  EXPECT_EQ(7, rank.created);
  EXPECT_TRUE(rank.deleting);
  EXPECT_EQ(9, rank.deletion);
  EXPECT_EQ(5, rank.restarts);
  EXPECT_EQ(3, rank.sidecar_restarts);
}

TEST(RankOf, TakesAnything) {
  for (const char* text : {"null", "[]", "5", R"({"metadata": 1, "spec": [], "status": "x"})",
                           R"({"status": {"conditions": {}, "containerStatuses": [1, null]}})"}) {
    const PodRank rank = RankOf(nlohmann::json::parse(text));
    EXPECT_FALSE(IsBetter(rank, PodRank{})) << text;
    EXPECT_FALSE(IsBetter(PodRank{}, rank)) << text;
  }
}

// Best first, each step by one rule alone; what the rules before it say is equal.
TEST(IsBetter, FollowsKubectlsOrder) {
  PodRank best;
  best.assigned = best.ready = true;
  best.phase = 2;
  best.ready_since = best.created = 10;
  const auto with = [&](auto change) {
    PodRank rank = best;
    change(rank);
    return rank;
  };
  const std::vector<PodRank> order = {
      best,
      with([](PodRank& r) { r.created = 11; }),
      with([](PodRank& r) { r.created.reset(); }),
      with([](PodRank& r) { r.sidecar_restarts = 1, r.created = 1; }),
      with([](PodRank& r) { r.restarts = 1, r.created = 1; }),
      with([](PodRank& r) { r.ready_since = 11, r.created = 1; }),
      with([](PodRank& r) { r.ready_since.reset(), r.created = 1; }),
      with([](PodRank& r) { r.deleting = true, r.deletion = 6, r.ready_since = 1; }),
      with([](PodRank& r) { r.deleting = true, r.deletion = 5, r.ready_since = 1; }),
      with([](PodRank& r) { r.ready = false, r.created = 1; }),
      with([](PodRank& r) { r.phase = 1; }),
      with([](PodRank& r) { r.phase = 0; }),
      with([](PodRank& r) { r.assigned = false; }),
  };
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t j = 0; j < order.size(); ++j)
      EXPECT_EQ(i < j, IsBetter(order[i], order[j])) << i << " " << j;
  }
}

TEST(IsBetter, ReadinessTimesCountForReadyPodsAlone) {
  PodRank a, b;
  a.ready_since = 1;
  b.ready_since = 2;
  EXPECT_FALSE(IsBetter(a, b));
  EXPECT_FALSE(IsBetter(b, a));
}

}  // namespace
}  // namespace secure_exec
