// An audit event as a message of syslog (RFC 5424): facility authpriv, MSGID the kind of event, and
// as the message the event's JSON, which is ASCII and so has no byte order mark.
#pragma once

#include <cstdint>
#include <string>

#include "plugin/audit/audit_event.h"

namespace secure_exec {

// What receivers take: rsyslog is made with 8096 bytes, syslog-ng with more, RFC 5426 has 2 KiB for
// UDP. A message that is cut on its way is no JSON any more.
inline constexpr size_t kMaxSyslogMessage = 8000;
inline constexpr size_t kMaxSyslogDatagram = 2 * 1024;

std::string SyslogMessage(const AuditSession& session, const AuditEvent& event, int pid,
                          size_t limit);

}  // namespace secure_exec
