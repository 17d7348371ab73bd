#include "replay/in_order.h"

#include <gtest/gtest.h>

#include <atomic>

namespace secure_exec {
namespace {

TEST(InOrderTest, ResultsComeInOrder) {
  constexpr size_t kCount = 5000;
  std::vector<size_t> results(kCount, 0);
  std::vector<size_t> order;
  InOrder all;
  all.Run({.count = kCount,
           .work = [&](size_t index) { results[index] = index + 1; },
           .done =
               [&](size_t index) {
                 EXPECT_EQ(results[index], index + 1);
                 order.push_back(index);
               },
           .waiting = nullptr});
  ASSERT_EQ(order.size(), kCount);
  for (size_t i = 0; i < kCount; ++i) ASSERT_EQ(order[i], i);
}

TEST(InOrderTest, NothingToDo) {
  InOrder all;
  all.Run({.count = 0, .work = [](size_t) { FAIL(); }, .done = nullptr, .waiting = nullptr});
}

TEST(InOrderTest, WhoHasTheTurnIsAlone) {
  std::vector<size_t> order;  // written by whose turn it is, and by `done`
  InOrder all;
  all.Run({.count = 500,
           .work =
               [&](size_t index) {
                 if (index % 3 == 0 && all.AwaitTurn(index)) order.push_back(index);
               },
           .done = [&](size_t index) { order.push_back(index); },
           .waiting = nullptr});
  std::vector<size_t> expected;
  for (size_t i = 0; i < 500; ++i) {
    if (i % 3 == 0) expected.push_back(i);
    expected.push_back(i);
  }
  EXPECT_EQ(order, expected);
}

TEST(InOrderTest, StopsEarly) {
  std::atomic<size_t> begun = 0;
  size_t done = 0;
  InOrder all;
  all.Run({.count = 1 << 20,
           .work =
               [&](size_t index) {
                 ++begun;
                 if (index > 10) (void)all.AwaitTurn(index);
               },
           .done =
               [&](size_t index) {
                 ++done;
                 if (index == 5) all.Stop();
               },
           .waiting = nullptr});
  EXPECT_EQ(done, 6U);
  EXPECT_TRUE(all.stopped());
  EXPECT_LE(begun, 5 + InOrder::kMaxAhead + 1);
}

TEST(InOrderTest, DoesNotRunFarAhead) {
  size_t done = 0;
  std::atomic<size_t> farthest = 0;
  InOrder all;
  all.Run({.count = 3 * InOrder::kMaxAhead,
           .work =
               [&](size_t index) {
                 size_t seen = farthest;
                 while (index > seen && !farthest.compare_exchange_weak(seen, index)) {
                 }
               },
           .done =
               [&](size_t index) {
                 EXPECT_LE(farthest, index + InOrder::kMaxAhead);
                 ++done;
               },
           .waiting = nullptr});
  EXPECT_EQ(done, 3 * InOrder::kMaxAhead);
}

// Threads up to a number.
ThreadStart AtMost(size_t threads) {
  return [threads](std::function<void()> work) mutable {
    if (threads == 0) return std::thread();
    --threads;
    return StartThread(std::move(work));
  };
}

TEST(InOrderTest, FewerThreadsOrNoneDoIt) {
  for (const size_t threads : {0U, 1U}) {
    std::vector<size_t> order;
    InOrder all(AtMost(threads));
    all.Run({.count = 2 * InOrder::kMaxAhead,
             .work =
                 [&](size_t index) {
                   if (index % 3 == 0) {
                     EXPECT_TRUE(all.AwaitTurn(index));
                   }
                 },
             .done = [&](size_t index) { order.push_back(index); },
             .waiting = nullptr});
    ASSERT_EQ(order.size(), 2 * InOrder::kMaxAhead);
    for (size_t i = 0; i < order.size(); ++i) ASSERT_EQ(order[i], i);
  }
}

TEST(InOrderTest, StopsEarlyWithoutThreads) {
  std::vector<size_t> order;
  InOrder all(AtMost(0));
  all.Run({.count = 10,
           .work =
               [&](size_t index) {
                 if (index == 3) all.Stop();
               },
           .done = [&](size_t index) { order.push_back(index); },
           .waiting = nullptr});
  EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2}));
}

}  // namespace
}  // namespace secure_exec
