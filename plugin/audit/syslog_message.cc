#include "plugin/audit/syslog_message.h"

#include <fmt/format.h>

#include <algorithm>

namespace secure_exec {
namespace {

constexpr int kAuthpriv = 10;
constexpr int kWarning = 4, kNotice = 5;
constexpr size_t kMaxHostname = 255;

// A field of the header: printable ASCII without blanks, and never empty.
std::string HeaderField(std::string text, size_t limit) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; }, '?');
  text.resize(std::min(text.size(), limit));
  return text.empty() ? "-" : text;
}

}  // namespace

std::string SyslogMessage(const AuditSession& session, const AuditEvent& event, int pid,
                          size_t limit) {
  const int severity = IsFailure(event) ? kWarning : kNotice;
  std::string message = fmt::format(
      "<{}>1 {} {} kubectl-secure_exec {} {} "
      "[origin software=\"kubectl-secure_exec\" swVersion=\"{}\"][meta sequenceId=\"{}\"] ",
      kAuthpriv * 8 + severity, AuditTime(event.wall_ns), HeaderField(session.host, kMaxHostname),
      pid, AuditKindName(event.kind), SECURE_EXEC_VERSION, event.sequence);
  message += EncodeAuditEvent(session, event, limit - message.size());
  return message;
}

}  // namespace secure_exec
