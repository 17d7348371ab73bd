// The audit events of one session, to all its sinks: start, then notices, then end; or denied,
// alone or behind start. Nothing where there are no sinks.
//
// Start(), Denied() and End() wait until each sink has the event, or has failed, for kPatienceNs at
// most; Notice() never waits. What was not delivered is kept for TakeFailures(). Where the sinks
// are required Start() fails when one of them does: no session then. A trail that breaks later ends
// nothing, for what is to be audited goes on all the same.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "plugin/audit/audit_event.h"
#include "plugin/audit/audit_sink.h"
#include "plugin/audit/audit_worker.h"

namespace secure_exec {

struct AuditSinks {
  std::string file = {};    // empty: none
  std::string syslog = {};  // as ParseSyslogAddress() takes it; empty: none
  bool required = false;
};
// kUsage unless they can be what they are to be: required ones are there, and can tell whether an
// event was delivered.
Result<void> CheckAuditSinks(const AuditSinks& sinks);

class AuditTrail {
 public:
  static constexpr int64_t kPatienceNs = 10 * kSecond;

  // The file is written by a process of its own (recorder/disk_process.h): a disk that hangs keeps
  // nothing of ours, and the recording's disk is another. Call before there are threads.
  static Result<std::unique_ptr<AuditTrail>> Open(const AuditSinks& sinks, const Clock& clock);
  // For tests: to these sinks.
  AuditTrail(std::vector<std::unique_ptr<AuditSink>> sinks, bool required, const Clock& clock,
             int64_t patience_ns = kPatienceNs);

  bool on() const { return !workers_.empty(); }
  // What the next events tell of the session.
  AuditSession& session() { return session_; }

  // kPolicy: required, and not delivered. The sinks that failed are left out from now on.
  Result<void> Start();
  void Denied(const Exit& exit, std::string text);
  // `word` is for machines, `text` for people.
  void Notice(std::string_view word, std::string_view text);
  // Waits for the notices.
  void Flush() { Wait(); }
  // Only the fields of kEnd, `exit` and `text` count.
  void End(AuditEvent end);

  // What was not delivered since the last call: a line for each sink, which names it.
  std::vector<std::string> TakeFailures();

 private:
  AuditEvent Event(AuditEvent::Kind kind);
  void Post(const AuditEvent& event);
  void Wait();

  const Clock& clock_;
  const bool required_;
  const int64_t patience_ns_;
  std::vector<std::unique_ptr<AuditWorker>> workers_;
  AuditSession session_;
  uint64_t sequence_ = 0;
  int64_t start_wall_ns_ = 0, start_boot_ns_ = 0;
};

}  // namespace secure_exec
