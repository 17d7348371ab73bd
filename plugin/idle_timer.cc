#include "plugin/idle_timer.h"

#include <algorithm>

namespace secure_exec {

void IdleTimer::Live(int64_t now) {
  life_ = now;
  ends_at_ = now + options_.timeout_ns;
  answered_ = answered_ || noticed_;
  noticed_ = job_runs_ = asked_last_ = waiting_ = false;
  known_.reset();
}

void IdleTimer::Ask() {
  if (probe_ != nullptr) probe_->Ask();
}

// The shorter the warning, the later: the two questions are not to be one.
int64_t IdleTimer::ask_again_at() const { return ends_at_ - std::min(kAskAgainNs, warning() / 4); }

IdleTimer::Step IdleTimer::Advance(int64_t now) {
  if (options_.timeout_ns == 0) return Step::kNone;
  if (answered_) {
    answered_ = false;
    return Step::kAnswered;
  }
  if (!noticed_) {
    if (now < ends_at_ - warning()) return Step::kNone;
    noticed_ = true;
    Ask();
    if (now < ends_at_) return Step::kNotice;
  }
  if (probe_ != nullptr && !asked_last_ && now >= ask_again_at()) {
    if (!job_runs_) known_ = probe_->answer();
    asked_last_ = true;
    give_up_at_ = std::max(now, ends_at_) + kPatienceNs;
    Ask();
  }
  return now < ends_at_ ? Step::kNone : Judge(now);
}

IdleTimer::Step IdleTimer::Judge(int64_t now) {
  if (probe_ == nullptr) return Step::kEnd;
  auto answer = probe_->answer();
  waiting_ = !answer && now < give_up_at_;
  if (waiting_) return Step::kNone;
  if (!answer) answer = known_;
  if (answer != ForegroundProbe::Answer::kJobRuns) return Step::kEnd;
  ends_at_ = now + std::min(kAskJobEveryNs, options_.timeout_ns);
  asked_last_ = false;
  known_.reset();
  if (job_runs_) return Step::kNone;
  job_runs_ = true;
  return Step::kJobRuns;
}

std::optional<int64_t> IdleTimer::Deadline() const {
  if (options_.timeout_ns == 0) return std::nullopt;
  if (answered_) return INT64_MIN;
  if (!noticed_) return ends_at_ - warning();
  if (waiting_) return give_up_at_;
  return probe_ == nullptr || asked_last_ ? ends_at_ : ask_again_at();
}

}  // namespace secure_exec
