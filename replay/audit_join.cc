#include "replay/audit_join.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/clock.h"
#include "replay/format.h"

namespace secure_exec {
namespace {

// Genesis is signed just before the request is sent. Clocks differ, TLS and proxies take time.
constexpr int64_t kMaxApart = 300 * kSecond;

// In what the event disagrees with the recording whose id it names; empty if in nothing. Of a
// locked one only the seal can be asked, which does not say who and where.
std::string Difference(const AuditEvent& event, const VerifyReport& report) {
  if (event.anchor->link != *report.genesis_link) return "another beginning (b0)";
  if (!event.exec || (event.verb != "get" && event.verb != "create")) return "another verb";
  int64_t clock_offset_ns = 0;
  if (!report.locked) {
    const SessionInfo& session = *report.header->session;
    if (event.name_space != session.name_space || event.pod != session.pod) return "another pod";
    const std::string name = CommonName(session.user.certificate);
    if (!name.empty() && name != event.user) return "another user";
    clock_offset_ns =
        std::clamp(session.clock_offset_ns.value_or(0), -3600 * kSecond, 3600 * kSecond);
  }
  const int64_t apart = event.time_ns - (report.genesis_wall_ns + clock_offset_ns);
  if (apart > kMaxApart || apart < -kMaxApart) return "another time";
  if (!event.ran()) return fmt::format("a refusal ({})", *event.code);
  return "";
}

void Altered(VerifyReport& report, std::string why) {
  report.remarks.push_back(report.summary);
  report.verdict = Verdict::kAltered;
  report.summary = "altered: " + std::move(why);
}

}  // namespace

AuditJoin::AuditJoin(const AuditLog& log) : log_(log), recorded_(log.events().size()) {
  for (size_t i = 0; i < log.events().size(); ++i) {
    if (const auto& anchor = log.events()[i].anchor) by_id_.emplace(anchor->id, i);
  }
}

void AuditJoin::CheckLaterAnchors(const AuditEvent& start, VerifyReport& report) const {
  const auto [begin, end] = by_id_.equal_range(start.anchor->id);
  for (auto it = begin; it != end; ++it) {
    const AuditEvent& event = log_.events()[it->second];
    const Anchor& anchor = *event.anchor;
    // Of the same user only: anybody else may send what they like.
    if (anchor.kind == Anchor::Kind::kStart || event.user != start.user ||
        event.name_space != start.name_space || event.pod != start.pod) {
      continue;
    }
    const std::string when = FormatWall(event.time_ns);
    if (anchor.kind == Anchor::Kind::kSeal) {
      if (report.seal_link == anchor.link) {
        report.remarks.push_back(fmt::format("its seal is anchored too, {}", when));
      } else if (report.verdict != Verdict::kAltered) {
        Altered(report,
                report.seal_link
                    ? fmt::format("the audit log has another seal of it, {}", when)
                    : fmt::format("the audit log has its seal, {}: its end was cut off", when));
      }
    } else if (report.verdict != Verdict::kAltered && !report.locked &&
               (anchor.k >= report.links.size() || report.links[anchor.k] != anchor.link)) {
      Altered(report, fmt::format("the audit log has frame {} of it, {}, which is not the one here",
                                  anchor.k, when));
    }
  }
}

const AuditEvent* AuditJoin::Join(VerifyReport& report) {
  const bool has_header = report.header && report.header->session;
  if (!report.genesis_link || !report.id || (!has_header && !report.locked)) return nullptr;
  const auto [begin, end] = by_id_.equal_range(*report.id);
  std::optional<std::string> difference;
  for (auto it = begin; it != end; ++it) {
    const AuditEvent& event = log_.events()[it->second];
    if (event.anchor->kind != Anchor::Kind::kStart) continue;
    std::string differs = Difference(event, report);
    if (!differs.empty()) {
      if (event.ran()) {
        difference = fmt::format("the audit log's exec of {} by {} names its id, but has {}",
                                 FormatWall(event.time_ns), event.user, differs);
      }
      continue;
    }
    // A copy of the recording is anchored as well; the exec counts as recorded once.
    recorded_[it->second] = true;
    starts_[event.anchor->id] = &event;
    const std::string who = event.as.empty() ? event.user : event.user + " as " + event.as;
    report.remarks.push_back(fmt::format("anchored: the audit log has {} exec'ing into {}/{}, {}",
                                         who, event.name_space, event.pod,
                                         FormatWall(event.time_ns)));
    if (report.locked) {
      report.remarks.emplace_back("whether it is of that user and pod only an identity can show");
    }
    if (report.verdict == Verdict::kUnknownSigner) {
      report.verdict = Verdict::kTrusted;
      report.summary =
          fmt::format("sealed and intact, {} lines, anchored by the audit log", report.lines);
      report.remarks.push_back("signed by " + report.signer);
    }
    CheckLaterAnchors(event, report);
    return &event;
  }
  report.remarks.push_back(
      difference.value_or("not anchored: no exec of the audit log is its start"));
  return nullptr;
}

std::vector<const AuditEvent*> AuditJoin::Unrecorded() const {
  std::vector<const AuditEvent*> out;
  for (size_t i = 0; i < recorded_.size(); ++i) {
    const AuditEvent& event = log_.events()[i];
    if (event.exec && event.ran() && !recorded_[i] && !IsLeash(event)) out.push_back(&event);
  }
  return out;
}

bool AuditJoin::IsLeash(const AuditEvent& event) const {
  if (!event.leash || !event.ran()) return false;
  const auto start = starts_.find(*event.leash);
  return start != starts_.end() && start->second->user == event.user &&
         start->second->as == event.as && start->second->name_space == event.name_space &&
         start->second->pod == event.pod;
}

std::vector<const AuditEvent*> AuditJoin::Leashes() const {
  std::vector<const AuditEvent*> out;
  for (const AuditEvent& event : log_.events()) {
    if (IsLeash(event)) out.push_back(&event);
  }
  return out;
}

}  // namespace secure_exec
