// Holds recordings against an audit log (docs/verifying.md). A recording is anchored where an exec
// event of the log has its id and the hash of its first signed body, and agrees on who, where, how
// and when. The id alone proves nothing: any client may send any.
#pragma once

#include <cstddef>
#include <vector>

#include "recorder/verify.h"
#include "replay/audit_log.h"

namespace secure_exec {

class AuditJoin {
 public:
  // `log` outlives this.
  explicit AuditJoin(const AuditLog& log);

  // Adds to the report what the log says of it: an anchored recording's signer is trusted, one that
  // the log knows to have gone on is altered. Each exec of the log stands for one recording.
  // Returns the exec, or nullptr.
  const AuditEvent* Join(VerifyReport& report);

  // Execs that no joined recording stands for, but for leashes.
  std::vector<const AuditEvent*> Unrecorded() const;
  // The leashes of joined recordings: execs by who began the session, in the same pod, of the one
  // script that lists and signals processes. What is called sh there is the container's word.
  std::vector<const AuditEvent*> Leashes() const;

 private:
  void CheckLaterAnchors(const AuditEvent& start, VerifyReport& report) const;

  bool IsLeash(const AuditEvent& event) const;

  const AuditLog& log_;
  std::vector<bool> recorded_;  // by index in the log's events
  std::multimap<Uuid, size_t> by_id_;
  std::map<Uuid, const AuditEvent*> starts_;  // of joined recordings
};

}  // namespace secure_exec
