#include "plugin/session_audit.h"

#include <unistd.h>

#include "base/local_account.h"
#include "plugin/kubeconfig/access.h"

namespace secure_exec {
namespace {

std::string HexOf(const Hash& hash) {
  return HexEncode({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace

AuditSinks AuditSinksOf(const Options& options) {
  return {.file = options.audit_file,
          .syslog = options.audit_syslog,
          .required = options.audit_required};
}

Result<std::unique_ptr<SessionAudit>> SessionAudit::Open(const Options& options,
                                                         const Environment& environment,
                                                         const Clock& clock) {
  auto trail = AuditTrail::Open(AuditSinksOf(options), clock);
  if (!trail) return tl::unexpected(trail.error());
  return std::unique_ptr<SessionAudit>(new SessionAudit(options, environment, std::move(*trail)));
}

SessionAudit::SessionAudit(const Options& options, const Environment& environment,
                           std::unique_ptr<AuditTrail> trail)
    : options_(options), environment_(environment), trail_(std::move(trail)) {
  AuditSession& session = trail_->session();
  session.local_user = ThisAccount().name;
  session.local_uid = std::to_string(::getuid());
  session.host = HostName();
  session.command = options.command;
  session.stdin_open = options.stdin_open;
  session.tty = options.tty && options.stdin_open;
  session.reason = options.reason;
}

void SessionAudit::Describe(const ClusterAccess& access) {
  AuditSession& session = trail_->session();
  session.kubeconfig_user = access.user;
  session.certificate = CertificateSubject(access.client_certificate_pem);
  session.context = access.context;
  session.cluster = access.cluster;
  session.server = access.server;
  session.name_space = access.name_space;
  session.effective_groups.clear();
  session.effective_extra.clear();
  constexpr std::string_view kExtra = "Impersonate-Extra-";
  for (const auto& [header, value] : access.impersonation) {
    if (header == "Impersonate-User") {
      session.effective_user = value;
    } else if (header == "Impersonate-Uid") {
      session.effective_uid = value;
    } else if (header == "Impersonate-Group") {
      session.effective_groups.push_back(value);
    } else if (header.starts_with(kExtra)) {
      session.effective_extra.push_back(header.substr(kExtra.size()) + "=" + value);
    }
  }
}

void SessionAudit::Describe(const Prepared& prepared) {
  described_ = true;
  Describe(prepared.client->access());
  AuditSession& session = trail_->session();
  session.name_space = prepared.pod.name_space;
  session.type = "pod";
  session.name = prepared.pod.name;
  session.uid = prepared.pod.uid;
  session.node = prepared.pod.node;
  session.container = prepared.container.name;
  session.container_id = prepared.container.container_id;
  session.image = prepared.container.image;
  session.tty = prepared.tty;
}

void SessionAudit::Describe(const Recorder& recorder, const Uuid& id) {
  trail_->session().recording = AuditSession::Recording{.id = FormatUuid(id),
                                                        .path = recorder.path(),
                                                        .b0 = HexOf(recorder.genesis_link()),
                                                        .encrypted = !options_.recipients.empty()};
}

void SessionAudit::DescribeUnrecorded(const Uuid& id) {
  trail_->session().recording = AuditSession::Recording{
      .id = FormatUuid(id), .path = "", .b0 = "", .encrypted = false, .unrecorded = true};
}

void SessionAudit::DescribeWhatWasAskedFor() {
  AuditSession& session = trail_->session();
  if (const auto access = ResolveAccess(options_.access, environment_)) {
    Describe(*access);
  } else {
    session.context = options_.access.context.value_or("");
    session.name_space = options_.access.name_space.value_or("");
  }
  session.container = options_.container;
  const std::string& typed = options_.target.typed;
  const size_t slash = typed.find('/');
  session.name = slash == std::string::npos ? typed : typed.substr(slash + 1);
  if (typed.empty()) return;
  session.type = slash == std::string::npos ? "pod" : typed.substr(0, slash);
}

void SessionAudit::Denied(const Outcome& outcome) {
  if (!trail_->on() || outcome.exit.kind == "usage") return;
  if (!described_) DescribeWhatWasAskedFor();
  trail_->Denied(outcome.exit, outcome.message);
}

void SessionAudit::Ended(const Outcome& outcome, const End& end) {
  AuditEvent event;
  event.exit = outcome.exit;
  event.text = outcome.message;
  event.protocol = end.protocol;
  event.leash = end.leash;
  if (end.totals) {
    if (end.totals->seal_link != Hash{}) event.seal = HexOf(end.totals->seal_link);
    event.bytes = std::to_array(end.totals->bytes);
    event.tells_stdin = end.stdin_counts;
  }
  trail_->End(std::move(event));
}

AuditLeash SessionAudit::Describe(const LeashReport& report) {
  AuditLeash leash;
  leash.mode = LeashModeName(report.mode);
  leash.signalled = report.signalled.size();
  for (const Process& process : report.left) leash.left.push_back(NameProcesses({process}));
  if (report.mode == LeashMode::kOff) {
    leash.result = "off";
  } else if (!report.problem.empty()) {
    leash.result = report.root ? "not known" : "nothing signalled";
  } else {
    leash.result = report.left.empty() ? "nothing left" : "some are left";
  }
  return leash;
}

}  // namespace secure_exec
