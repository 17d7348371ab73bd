// Where audit events go.
#pragma once

#include <string>

#include "base/result.h"
#include "plugin/audit/audit_event.h"

namespace secure_exec {

class AuditSink {
 public:
  virtual ~AuditSink() = default;
  // Blocks. Success: the event is where the sink can be held to it (each says what that is). Errors
  // are kIo, one line that names the sink.
  virtual Result<void> Deliver(const AuditSession& session, const AuditEvent& event) = 0;
  // For people: "/var/log/audit.json", "tcp:loghost:601".
  virtual std::string name() const = 0;
};

}  // namespace secure_exec
