// Delivers to one sink, in order and on a thread of its own: no session waits for a disk or a name
// server, unless it wants to, and not for ever.
//
// The thread begins with the first event, with all signals blocked, so that they still find whom
// they are meant for. One that hangs is left behind when this goes, with the sink.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "plugin/audit/audit_sink.h"

namespace secure_exec {

class AuditWorker {
 public:
  // Events that wait; another one is refused then, and counts as a failure.
  static constexpr size_t kMaxWaiting = 64;

  explicit AuditWorker(std::unique_ptr<AuditSink> sink);
  ~AuditWorker();
  AuditWorker(const AuditWorker&) = delete;
  AuditWorker& operator=(const AuditWorker&) = delete;

  void Post(AuditSession session, AuditEvent event);
  // Waits until everything that was posted is delivered or has failed; `patience_ns` at most, and
  // then that is a failure, and whatever still waits is given up. A delivery that outlasted an
  // earlier wait is not waited for again.
  void Wait(int64_t patience_ns);

  struct Failures {
    int count = 0;
    std::string last;  // one line, which names the sink
  };
  // Since the last call; nullopt: none.
  std::optional<Failures> TakeFailures();

 private:
  struct State;
  static void Run(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;
};

}  // namespace secure_exec
