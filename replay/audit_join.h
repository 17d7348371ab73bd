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

  // Execs that no joined recording stands for.
  std::vector<const AuditEvent*> Unrecorded() const;

 private:
  void CheckLaterAnchors(const AuditEvent& start, VerifyReport& report) const;

  const AuditLog& log_;
  std::vector<bool> recorded_;  // by index in the log's events
  std::multimap<Uuid, size_t> by_id_;
};

}  // namespace secure_exec
