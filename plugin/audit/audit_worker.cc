#include "plugin/audit/audit_worker.h"

#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace secure_exec {

struct AuditWorker::State {
  explicit State(std::unique_ptr<AuditSink> to) : sink(std::move(to)) {}

  void AddFailure(std::string text) {
    ++failures.count;
    failures.last = std::move(text);
  }

  const std::unique_ptr<AuditSink> sink;
  std::mutex mutex;
  std::condition_variable wake;
  std::thread thread;
  std::deque<std::pair<AuditSession, AuditEvent>> waiting;
  bool busy = false;      // with one that is no longer in `waiting`
  bool given_up = false;  // on that one; its outcome does not count
  bool stop = false;
  Failures failures;
};

AuditWorker::AuditWorker(std::unique_ptr<AuditSink> sink)
    : state_(std::make_shared<State>(std::move(sink))) {}

AuditWorker::~AuditWorker() {
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  state_->waiting.clear();
  state_->wake.notify_all();
  if (!state_->thread.joinable()) return;
  std::thread thread = std::move(state_->thread);
  const bool stuck = state_->busy;
  lock.unlock();
  stuck ? thread.detach() : thread.join();
}

void AuditWorker::Run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->wake.wait(lock, [&] { return state->stop || !state->waiting.empty(); });
    if (state->stop) return;
    const auto next = std::move(state->waiting.front());
    state->waiting.pop_front();
    state->busy = true;
    lock.unlock();
    auto delivered = state->sink->Deliver(next.first, next.second);
    lock.lock();
    if (!delivered && !state->given_up) state->AddFailure(std::move(delivered.error().message));
    state->busy = state->given_up = false;
    state->wake.notify_all();
  }
}

void AuditWorker::Post(AuditSession session, AuditEvent event) {
  const std::lock_guard lock(state_->mutex);
  if (state_->waiting.size() >= kMaxWaiting) {
    return state_->AddFailure(
        fmt::format("{}: {} events wait already", state_->sink->name(), kMaxWaiting));
  }
  if (!state_->thread.joinable()) {
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    try {
      state_->thread = std::thread([state = state_] { Run(state); });
    } catch (const std::system_error& error) {
      state_->AddFailure(
          fmt::format("{}: starting a thread: {}", state_->sink->name(), error.what()));
    }
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    if (!state_->thread.joinable()) return;
  }
  state_->waiting.emplace_back(std::move(session), std::move(event));
  state_->wake.notify_all();
}

void AuditWorker::Wait(int64_t patience_ns) {
  std::unique_lock lock(state_->mutex);
  const auto idle = [this] { return !state_->busy && state_->waiting.empty(); };
  // The condition holds at once where a delivery was given up on before.
  const auto over = [&] { return state_->given_up || idle(); };
  const bool in_time = state_->wake.wait_for(lock, std::chrono::nanoseconds(patience_ns), over);
  if (in_time && idle()) return;
  const std::string text = state_->sink->name() + ": did not take it in time";
  if (state_->busy && !state_->given_up) state_->AddFailure(text);
  state_->given_up = state_->busy;
  for (; !state_->waiting.empty(); state_->waiting.pop_front()) state_->AddFailure(text);
}

std::optional<AuditWorker::Failures> AuditWorker::TakeFailures() {
  const std::lock_guard lock(state_->mutex);
  if (state_->failures.count == 0) return std::nullopt;
  return std::exchange(state_->failures, {});
}

}  // namespace secure_exec
