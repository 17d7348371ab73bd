#include "plugin/audit/audit_trail.h"

#include <algorithm>

#include "base/bytes.h"
#include "plugin/audit/file_sink.h"
#include "plugin/audit/syslog_address.h"
#include "plugin/audit/syslog_sink.h"
#include "recorder/disk_process.h"

namespace secure_exec {

Result<void> CheckAuditSinks(const AuditSinks& sinks) {
  if (!sinks.syslog.empty()) {
    const auto address = ParseSyslogAddress(sinks.syslog);
    if (!address) {
      return Fail(ErrorKind::kUsage, "audit syslog \"{}\": {}", sinks.syslog,
                  address.error().message);
    }
    if (sinks.required && address->transport == SyslogAddress::Transport::kUdp) {
      return Fail(ErrorKind::kUsage,
                  "audit events are required, and nobody can tell what arrives at {}: name it with "
                  "tcp: or unix:",
                  sinks.syslog);
    }
  }
  if (sinks.required && sinks.syslog.empty() && sinks.file.empty()) {
    return Fail(ErrorKind::kUsage,
                "audit events are required, and go nowhere: name a place with --audit-file or "
                "--audit-syslog");
  }
  return {};
}

Result<std::unique_ptr<AuditTrail>> AuditTrail::Open(const AuditSinks& sinks, const Clock& clock) {
  if (auto sound = CheckAuditSinks(sinks); !sound) return tl::unexpected(sound.error());
  std::vector<std::unique_ptr<AuditSink>> list;
  if (!sinks.file.empty()) {
    auto disk = DiskProcess::Start();
    if (!disk) return Fail(ErrorKind::kIo, "audit: {}", disk.error().message);
    list.push_back(std::make_unique<FileSink>(sinks.file, sinks.required, std::move(*disk)));
  }
  if (!sinks.syslog.empty()) {
    list.push_back(
        std::make_unique<SyslogSink>(*ParseSyslogAddress(sinks.syslog), sinks.required, clock));
  }
  return std::make_unique<AuditTrail>(std::move(list), sinks.required, clock);
}

AuditTrail::AuditTrail(std::vector<std::unique_ptr<AuditSink>> sinks, bool required,
                       const Clock& clock, int64_t patience_ns)
    : clock_(clock), required_(required), patience_ns_(patience_ns) {
  for (auto& sink : sinks) workers_.push_back(std::make_unique<AuditWorker>(std::move(sink)));
}

AuditEvent AuditTrail::Event(AuditEvent::Kind kind) {
  AuditEvent event;
  event.kind = kind;
  event.wall_ns = clock_.WallNs();
  event.id = FormatUuid(MakeUuidV7(event.wall_ns));
  event.sequence = ++sequence_;
  return event;
}

void AuditTrail::Post(const AuditEvent& event) {
  for (const auto& worker : workers_) worker->Post(session_, event);
}

void AuditTrail::Wait() {
  const int64_t deadline = clock_.BootNs() + patience_ns_;
  for (const auto& worker : workers_) {
    worker->Wait(std::max<int64_t>(deadline - clock_.BootNs(), 0));
  }
}

Result<void> AuditTrail::Start() {
  start_wall_ns_ = clock_.WallNs();
  start_boot_ns_ = clock_.BootNs();
  if (!on()) return {};
  Post(Event(AuditEvent::Kind::kStart));
  Wait();
  if (!required_) return {};
  std::string first;
  // Those that failed are not tried again: nothing but the refusal comes now.
  std::erase_if(workers_, [&](const std::unique_ptr<AuditWorker>& worker) {
    const auto failures = worker->TakeFailures();
    if (failures && first.empty()) first = failures->last;
    return failures.has_value();
  });
  if (first.empty()) return {};
  return Fail(ErrorKind::kPolicy,
              "the audit event cannot be delivered: {}; it is required, so there is no session",
              first);
}

void AuditTrail::Denied(const Exit& exit, std::string text) {
  if (!on()) return;
  AuditEvent event = Event(AuditEvent::Kind::kDenied);
  event.exit = exit;
  event.text = std::move(text);
  Post(event);
  Wait();
}

void AuditTrail::Notice(std::string_view word, std::string_view text) {
  if (!on()) return;
  AuditEvent event = Event(AuditEvent::Kind::kNotice);
  event.notice = word;
  event.text = text;
  Post(event);
}

void AuditTrail::End(AuditEvent end) {
  if (!on()) return;
  AuditEvent event = Event(AuditEvent::Kind::kEnd);
  end.kind = event.kind;
  end.id = std::move(event.id);
  end.sequence = event.sequence;
  end.wall_ns = event.wall_ns;
  end.start_wall_ns = start_wall_ns_;
  end.duration_ns = clock_.BootNs() - start_boot_ns_;
  Post(end);
  Wait();
}

std::vector<std::string> AuditTrail::TakeFailures() {
  std::vector<std::string> lines;
  for (const auto& worker : workers_) {
    const auto failures = worker->TakeFailures();
    if (!failures) continue;
    const std::string count = failures->count == 1
                                  ? "an audit event was"
                                  : fmt::format("{} audit events were", failures->count);
    lines.push_back(fmt::format("{} not delivered: {}", count, failures->last));
  }
  return lines;
}

}  // namespace secure_exec
