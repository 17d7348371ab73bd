#include "plugin/audit/audit_trail.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>

#include "base/json.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

struct Log {
  std::mutex mutex;
  std::vector<AuditEvent> events;
  bool broken = false;
};

class LogSink final : public AuditSink {
 public:
  LogSink(std::shared_ptr<Log> log, std::string name)
      : log_(std::move(log)), name_(std::move(name)) {}
  Result<void> Deliver(const AuditSession&, const AuditEvent& event) override {
    const std::lock_guard lock(log_->mutex);
    if (log_->broken) return Fail(ErrorKind::kIo, "{}: broken", name_);
    log_->events.push_back(event);
    return {};
  }
  std::string name() const override { return name_; }

 private:
  const std::shared_ptr<Log> log_;
  const std::string name_;
};

class AuditTrailTest : public ::testing::Test {
 protected:
  void Open(bool required) {
    std::vector<std::unique_ptr<AuditSink>> sinks;
    sinks.push_back(std::make_unique<LogSink>(one_, "one"));
    sinks.push_back(std::make_unique<LogSink>(two_, "two"));
    trail_ = std::make_unique<AuditTrail>(std::move(sinks), required, clock_);
  }
  void SetBroken(bool broken) {
    const std::lock_guard lock(two_->mutex);
    two_->broken = broken;
  }

  FakeClock clock_;
  std::shared_ptr<Log> one_ = std::make_shared<Log>(), two_ = std::make_shared<Log>();
  std::unique_ptr<AuditTrail> trail_;
};

using Kind = AuditEvent::Kind;
using Texts = std::vector<std::string>;

TEST_F(AuditTrailTest, TellsAllSinksOfASession) {
  Open(/*required=*/false);
  EXPECT_TRUE(trail_->Start());
  trail_->Notice("idle", "ends soon");
  clock_.Advance(5 * kSecond);
  AuditEvent end;
  end.exit = Exit{.code = 3, .remote = true, .kind = "exit"};
  trail_->End(end);
  for (const auto& log : {one_, two_}) {
    const auto& events = log->events;
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].kind, Kind::kStart);
    EXPECT_EQ(events[1].kind, Kind::kNotice);
    EXPECT_EQ(events[1].notice, "idle");
    EXPECT_EQ(events[2].kind, Kind::kEnd);
    EXPECT_EQ(events[2].exit->code, 3);
    EXPECT_EQ(events[2].duration_ns, 5 * kSecond);
    EXPECT_EQ(events[2].start_wall_ns, events[0].wall_ns);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(events[i].sequence, i + 1);
    EXPECT_NE(events[0].id, events[1].id);
  }
  // One event, one id: whoever gets it twice can tell.
  EXPECT_EQ(one_->events[2].id, two_->events[2].id);
  EXPECT_EQ(trail_->TakeFailures(), Texts{});
}

TEST_F(AuditTrailTest, ADenialStandsAlone) {
  Open(/*required=*/false);
  trail_->Denied({.code = 1, .remote = false, .kind = "refused"}, "error: no");
  ASSERT_EQ(one_->events.size(), 1u);
  EXPECT_EQ(one_->events[0].kind, Kind::kDenied);
  EXPECT_EQ(one_->events[0].text, "error: no");
}

TEST_F(AuditTrailTest, NoSessionWithoutARequiredSink) {
  Open(/*required=*/true);
  SetBroken(true);
  const auto started = trail_->Start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::kPolicy);
  EXPECT_EQ(started.error().message,
            "the audit event cannot be delivered: two: broken; it is required, so there is no "
            "session");
  // The other one has it, and hears how it went on.
  trail_->Denied({.code = 121, .remote = false, .kind = "policy"}, "");
  EXPECT_EQ(one_->events.size(), 2u);
  EXPECT_EQ(trail_->TakeFailures(), Texts{});
}

TEST_F(AuditTrailTest, ASinkThatIsNotRequiredIsWarnedOf) {
  Open(/*required=*/false);
  SetBroken(true);
  EXPECT_TRUE(trail_->Start());
  EXPECT_EQ(trail_->TakeFailures(), Texts{"an audit event was not delivered: two: broken"});
  EXPECT_EQ(trail_->TakeFailures(), Texts{});
  SetBroken(false);
  trail_->End({});
  EXPECT_EQ(trail_->TakeFailures(), Texts{});
  ASSERT_EQ(two_->events.size(), 1u);
  EXPECT_EQ(two_->events[0].sequence, 2u);  // the first is missing, and that shows
}

TEST_F(AuditTrailTest, ASinkThatBreaksLaterIsTold) {
  Open(/*required=*/true);
  EXPECT_TRUE(trail_->Start());
  SetBroken(true);
  trail_->Notice("idle", "");
  trail_->Notice("idle", "");
  trail_->End({});
  EXPECT_EQ(trail_->TakeFailures(), Texts{"3 audit events were not delivered: two: broken"});
}

TEST_F(AuditTrailTest, WithoutSinksNothingHappens) {
  const auto trail = AuditTrail::Open({}, clock_);
  ASSERT_TRUE(trail);
  EXPECT_FALSE((*trail)->on());
  EXPECT_TRUE((*trail)->Start());
  (*trail)->Notice("idle", "");
  (*trail)->End({});
  EXPECT_EQ((*trail)->TakeFailures(), Texts{});
}

TEST_F(AuditTrailTest, TheFileIsWrittenByAnotherProcess) {
  TempDirectory directory;
  auto trail = AuditTrail::Open({.file = directory / "audit", .required = true}, Clock::System());
  ASSERT_TRUE(trail);
  EXPECT_TRUE((*trail)->Start());
  const auto json = ParseJson(directory.Read("audit"), 9);
  EXPECT_EQ(JsonText(JsonMember(json, "event"), "action"), "session-started");
  std::filesystem::remove(directory / "audit");
  std::filesystem::create_directory(directory / "audit");
  EXPECT_EQ((*trail)->Start().error().kind, ErrorKind::kPolicy);
}

TEST_F(AuditTrailTest, SinksMustBeWhatTheyAreToBe) {
  EXPECT_TRUE(CheckAuditSinks({}));
  EXPECT_TRUE(CheckAuditSinks({.file = "f", .syslog = "tcp:h:1", .required = true}));
  EXPECT_TRUE(CheckAuditSinks({.syslog = "udp:h:1"}));
  for (const AuditSinks& sinks : {AuditSinks{.required = true}, AuditSinks{.syslog = "h:1"},
                                  AuditSinks{.file = "f", .syslog = "udp:h:1", .required = true}}) {
    const auto sound = CheckAuditSinks(sinks);
    ASSERT_FALSE(sound);
    EXPECT_EQ(sound.error().kind, ErrorKind::kUsage);
    EXPECT_FALSE(AuditTrail::Open(sinks, clock_));
  }
}

}  // namespace
}  // namespace secure_exec
