// The audit events of a run: what plugin/audit/ is told of it, and when. Everything here is empty
// of effect where no sink was asked for.
//
// Where a run fails before there is a session it is "denied", whoever refused it; what was typed
// wrongly is not told. What is known of the target by then is in the event.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/result.h"
#include "plugin/audit/audit_trail.h"
#include "plugin/leash/leash.h"
#include "plugin/options.h"
#include "plugin/outcome.h"
#include "plugin/prepare.h"
#include "recorder/recorder.h"

namespace secure_exec {

// The sinks that were asked for.
AuditSinks AuditSinksOf(const Options& options);

class SessionAudit {
 public:
  // kUsage where the sinks cannot be what they are to be (CheckAuditSinks()). Call before there are
  // threads. `options` and `environment` outlive this.
  static Result<std::unique_ptr<SessionAudit>> Open(const Options& options,
                                                    const Environment& environment,
                                                    const Clock& clock);

  // What became known of the session, for the events that follow.
  void Describe(const Prepared& prepared);
  void Describe(const Recorder& recorder, const Uuid& id);
  // Of a session that is not recorded there is its id alone.
  void DescribeUnrecorded(const Uuid& id);
  void SetRule(std::string rule) { trail_->session().rule = std::move(rule); }

  // Before the command is asked for. kPolicy: there must be no session.
  Result<void> Start() { return trail_->Start(); }
  // Does not wait. `word` is for machines: idle, time-limit, recording-stalled, …
  void Notice(std::string_view word, std::string_view text) { trail_->Notice(word, text); }

  struct End {
    std::string protocol;
    std::optional<Recorder::Totals> totals;  // nullopt: not sealed
    bool stdin_counts = true;                // how many bytes of it there were may be told
    std::optional<AuditLeash> leash;
  };
  void Ended(const Outcome& outcome, const End& end);
  // What is told of a leash.
  static AuditLeash Describe(const LeashReport& report);
  void Denied(const Outcome& outcome);

  // Waits for the notices: what became of them can still be recorded then.
  void Flush() { trail_->Flush(); }
  // What could not be delivered since the last call, for the user: a line for each sink.
  std::vector<std::string> TakeFailures() { return trail_->TakeFailures(); }

 private:
  SessionAudit(const Options& options, const Environment& environment,
               std::unique_ptr<AuditTrail> trail);
  void Describe(const ClusterAccess& access);
  // Where Describe(Prepared) was never called.
  void DescribeWhatWasAskedFor();

  const Options& options_;
  const Environment& environment_;
  const std::unique_ptr<AuditTrail> trail_;
  bool described_ = false;
};

}  // namespace secure_exec
