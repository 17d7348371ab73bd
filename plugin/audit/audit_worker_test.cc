#include "plugin/audit/audit_worker.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <future>
#include <memory>

#include "base/clock.h"

namespace secure_exec {
namespace {

constexpr int64_t kLong = 20 * kSecond;

// What a sink was given, which outlives it. `script` decides what comes of an event.
struct Sent {
  std::mutex mutex;
  std::vector<std::string> ids;
  std::function<Result<void>(const AuditEvent&)> script;
};

class TestSink final : public AuditSink {
 public:
  explicit TestSink(std::shared_ptr<Sent> sent) : sent_(std::move(sent)) {}
  Result<void> Deliver(const AuditSession&, const AuditEvent& event) override {
    const Result<void> result = sent_->script ? sent_->script(event) : Result<void>();
    const std::lock_guard lock(sent_->mutex);
    if (result) sent_->ids.push_back(event.id);
    return result;
  }
  std::string name() const override { return "sink"; }

 private:
  const std::shared_ptr<Sent> sent_;
};

class AuditWorkerTest : public ::testing::Test {
 protected:
  void Post(const std::string& id) {
    AuditEvent event;
    event.id = id;
    worker_->Post({}, event);
  }
  // "": none; else the count and the last one.
  std::string Failures() {
    const auto failures = worker_->TakeFailures();
    return failures ? fmt::format("{} {}", failures->count, failures->last) : "";
  }
  std::vector<std::string> ids() {
    const std::lock_guard lock(sent_->mutex);
    return sent_->ids;
  }

  std::shared_ptr<Sent> sent_ = std::make_shared<Sent>();
  std::unique_ptr<AuditWorker> worker_ =
      std::make_unique<AuditWorker>(std::make_unique<TestSink>(sent_));
};

TEST_F(AuditWorkerTest, DeliversInOrder) {
  std::vector<std::string> all;
  for (int i = 0; i < 50; ++i) {
    all.push_back(std::to_string(i));
    Post(all.back());
  }
  worker_->Wait(kLong);
  EXPECT_EQ(ids(), all);
  EXPECT_EQ(Failures(), "");
}

TEST_F(AuditWorkerTest, TellsAFailureOnce) {
  sent_->script = [](const AuditEvent& event) -> Result<void> {
    if (event.id == "3") return {};
    return Fail(ErrorKind::kIo, "no {}", event.id);
  };
  for (const char* id : {"1", "2", "3"}) Post(id);
  worker_->Wait(kLong);
  EXPECT_EQ(Failures(), "2 no 2");
  EXPECT_EQ(Failures(), "");
  EXPECT_EQ(ids(), std::vector<std::string>{"3"});
}

TEST_F(AuditWorkerTest, ASinkThatHangsIsWaitedForOnce) {
  std::promise<void> release;
  std::promise<void> begun;
  sent_->script = [&](const AuditEvent& event) -> Result<void> {
    if (event.id != "1") return {};
    begun.set_value();
    release.get_future().wait();
    return Fail(ErrorKind::kIo, "late");
  };
  Post("1");
  begun.get_future().wait();
  Post("2");
  worker_->Wait(kMillisecond);
  EXPECT_EQ(Failures(), "2 sink: did not take it in time");
  Post("3");
  worker_->Wait(3600 * kSecond);  // returns at once
  EXPECT_EQ(Failures(), "1 sink: did not take it in time");
  // When it moves on after all, so do we; and what was told to have failed is not told again.
  release.set_value();
  Post("4");
  worker_->Wait(kLong);
  while (ids().empty()) {  // 4 was posted before, or given up on with, what hung
    Post("5");
    worker_->Wait(kLong);
  }
  EXPECT_EQ(Failures().find("late"), std::string::npos);
}

TEST_F(AuditWorkerTest, ASinkThatHangsIsLeftBehind) {
  auto release = std::make_shared<std::promise<void>>();
  auto begun = std::make_shared<std::promise<void>>();
  auto done = std::make_shared<std::promise<void>>();
  sent_->script = [=](const AuditEvent&) -> Result<void> {
    begun->set_value();
    release->get_future().wait();
    done->set_value();
    return {};
  };
  Post("1");
  begun->get_future().wait();
  worker_.reset();
  release->set_value();
  done->get_future().wait();
}

TEST_F(AuditWorkerTest, WhatWaitsIsBounded) {
  std::promise<void> release;
  std::promise<void> begun;
  sent_->script = [&, first = true](const AuditEvent&) mutable -> Result<void> {
    if (std::exchange(first, false)) {
      begun.set_value();
      release.get_future().wait();
    }
    return {};
  };
  Post("first");
  begun.get_future().wait();
  for (size_t i = 0; i < AuditWorker::kMaxWaiting + 3; ++i) Post("more");
  EXPECT_EQ(Failures(), "3 sink: 64 events wait already");
  release.set_value();
  worker_->Wait(kLong);
  EXPECT_EQ(ids().size(), 1 + AuditWorker::kMaxWaiting);
}

TEST_F(AuditWorkerTest, ItsThreadTakesNoSignals) {
  std::promise<bool> blocked;
  sent_->script = [&](const AuditEvent&) -> Result<void> {
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    blocked.set_value(sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGHUP) == 1 &&
                      sigismember(&mask, SIGINT) == 1);
    return {};
  };
  Post("1");
  worker_->Wait(kLong);
  EXPECT_TRUE(blocked.get_future().get());
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
}

}  // namespace
}  // namespace secure_exec
