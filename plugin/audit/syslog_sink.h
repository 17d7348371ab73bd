// Audit events to a syslog, a connection for each event: there are few, and one that is kept open
// for hours is dead when it is needed.
//
//   unix   a datagram, or where the socket is a stream a line. Delivered: it is in the socket's
//          buffer, or (stream) as with tcp.
//   tcp    octet counting. Delivered, where that must be known (`confirm`): the peer has read all
//          of it and closed its side, as it does after our end. Else: the kernel has it.
//   udp    a datagram. Nobody knows whether it was delivered; a refusal by the peer's machine that
//          comes at once is seen.
//
// A name is looked up each time, which has no deadline: AuditWorker keeps that away from the
// session.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "plugin/audit/audit_sink.h"
#include "plugin/audit/syslog_address.h"

namespace secure_exec {

class SyslogSink final : public AuditSink {
 public:
  // For connecting, and again for sending and the confirmation.
  static constexpr int64_t kPatienceNs = 5 * kSecond;

  SyslogSink(SyslogAddress address, bool confirm, const Clock& clock,
             int64_t patience_ns = kPatienceNs)
      : address_(std::move(address)), confirm_(confirm), clock_(clock), patience_ns_(patience_ns) {}

  Result<void> Deliver(const AuditSession& session, const AuditEvent& event) override;
  std::string name() const override { return address_.Text(); }

 private:
  // Each is success, or an errno.
  int DeliverUnix(const AuditSession& session, const AuditEvent& event);
  int SendStream(const UniqueFd& socket, std::string_view bytes);
  int SendDatagram(const UniqueFd& socket, std::string_view message);
  int Connect(const UniqueFd& socket, const void* address, unsigned size);
  int AwaitEnd(const UniqueFd& socket);
  int Wait(const UniqueFd& socket, short events);

  const SyslogAddress address_;
  const bool confirm_;
  const Clock& clock_;
  const int64_t patience_ns_;
  int64_t deadline_ = 0;
};

}  // namespace secure_exec
