// verify: says whether recordings are whole, unaltered, and signed by somebody who is trusted.
#include "recorder/verify.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/vt/safe_text.h"
#include "replay/audit_join.h"
#include "replay/command.h"
#include "replay/format.h"
#include "replay/progress.h"
#include "replay/summary.h"
#include "replay/trust.h"
#include "replay/verify_many.h"

namespace secure_exec {
namespace {

constexpr OptionSpec kOptions[] = {
    kSignerOption,
    kSignersOption,
    {"audit-log", "FILE", "an API server's audit log to hold recordings against; may be repeated"},
    {"quick", nullptr, "do not unpack what a signature covers by hash"},
    {"json", nullptr, "an array of objects, one for each recording"},
};

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kTrusted:
      return "trusted";
    case Verdict::kNoSeal:
      return "no-seal";
    case Verdict::kAltered:
      return "altered";
    case Verdict::kUnknownSigner:
      return "unknown-signer";
    case Verdict::kUnreadable:
      break;
  }
  return "unreadable";
}

// Of several recordings the worst decides: altered before unreadable before unsealed before signed
// by a stranger.
int Badness(Verdict verdict) {
  constexpr Verdict kFromGood[] = {Verdict::kTrusted, Verdict::kUnknownSigner, Verdict::kNoSeal,
                                   Verdict::kUnreadable, Verdict::kAltered};
  return static_cast<int>(std::find(std::begin(kFromGood), std::end(kFromGood), verdict) -
                          std::begin(kFromGood));
}

nlohmann::ordered_json EventJson(const AuditEvent& event) {
  nlohmann::ordered_json json;
  json["time"] = FormatWallMillis(event.time_ns);
  json["audit_id"] = event.audit_id;
  json["user"] = event.user;
  if (!event.as.empty()) json["as"] = event.as;
  json["namespace"] = event.name_space;
  json["pod"] = event.pod;
  if (!event.container.empty()) json["container"] = event.container;
  json["command"] = event.command;
  json["user_agent"] = event.user_agent;
  return json;
}

nlohmann::ordered_json ReportJson(const std::string& path, const VerifyReport& report,
                                  const AuditEvent* anchor) {
  nlohmann::ordered_json json;
  json["path"] = path;
  json["verdict"] = VerdictName(report.verdict);
  json["exit"] = static_cast<int>(report.verdict);
  json["summary"] = report.summary;
  if (report.header && report.header->session) {
    json["id"] = IdText(*report.header);
  } else if (report.locked) {
    json["id"] = FormatUuid(*report.id);
  }
  if (!report.signer.empty()) {
    json["signer"] = report.signer;
    json["signer_trusted"] = report.signer_trusted;
  }
  if (!report.principal.empty()) json["principal"] = report.principal;
  json["frames"] = report.frames;
  json["lines"] = report.lines;
  if (report.unsigned_lines > 0) json["unsigned_lines"] = report.unsigned_lines;
  if (report.intact_until_wall_ns != 0) {
    json["intact_until"] = FormatWallMillis(report.intact_until_wall_ns);
  }
  if (report.altered_frame) json["altered_frame"] = *report.altered_frame;
  if (report.altered_at) json["altered_at_byte"] = *report.altered_at;
  if (report.recovered_by) json["recovered_by"] = *report.recovered_by;
  if (report.genesis_link) json["b0"] = HexEncode(AsView(*report.genesis_link));
  if (report.seal_link) json["seal"] = HexEncode(AsView(*report.seal_link));
  if (anchor != nullptr) json["anchor"] = EventJson(*anchor);
  json["remarks"] = report.remarks;
  return json;
}

// One run of the command.
class Verification {
 public:
  Verification(const Arguments& arguments, World& world) : arguments_(arguments), world_(world) {}
  Result<int> Run();

 private:
  Result<void> ReadAuditLogs();
  void FindTargets();
  void Take(size_t index, Result<VerifyReport> report);
  void TellUnrecorded();
  void TellEvent(std::string_view verdict, Verdict counts, const AuditEvent& event);
  void Trouble(const Error& error) {
    SayError(world_, error);
    Count(Verdict::kUnreadable);
  }
  void Count(Verdict verdict) {
    if (Badness(verdict) > Badness(worst_)) worst_ = verdict;
  }

  const Arguments& arguments_;
  World& world_;
  const bool as_json_ = arguments_.Has("json");
  AuditLog log_;
  std::optional<AuditJoin> join_;
  std::vector<std::string> names_;  // as they are shown, beside many_.paths
  VerifyMany many_;
  std::optional<Progress> progress_;
  nlohmann::ordered_json json_ = nlohmann::ordered_json::array();
  std::mutex asking_;
  Verdict worst_ = Verdict::kTrusted;
  bool strangers_ = false;
};

Result<void> Verification::ReadAuditLogs() {
  const auto paths = arguments_.All("audit-log");
  for (const std::string& path : paths) {
    if (auto read = log_.Read(path); !read) return read;
  }
  if (paths.empty()) return {};
  join_.emplace(log_);
  many_.options.keep_links = true;
  if (log_.foreign_lines() > 0) {
    SayNote(world_, fmt::format("{} of the audit log's {} lines are no audit events",
                                log_.foreign_lines(), log_.lines()));
  }
  return {};
}

void Verification::FindTargets() {
  const auto add = [&](std::string name, std::string path) {
    names_.push_back(std::move(name));
    many_.paths.push_back(std::move(path));
  };
  std::vector<std::string> wanted = arguments_.positional;
  if (wanted.empty()) {
    const auto store = StoreOf(arguments_, world_);
    if (!store) return Trouble(store.error());
    wanted.push_back(*store);
  }
  for (const std::string& name : wanted) {
    struct stat info {};
    if (::stat(name.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
      const auto found = FindRecordingsBelow(name, [&](const Error& error) { Trouble(error); });
      if (found.empty()) Trouble({ErrorKind::kNotFound, fmt::format("no recordings in {}", name)});
      for (const std::string& path : found) add(path, path);
      continue;
    }
    const auto path = FindRecording(arguments_, world_, name);
    path ? add(name, *path) : Trouble(path.error());
  }
}

void Verification::Take(size_t index, Result<VerifyReport> report) {
  progress_->Clear();
  if (!report) return Trouble(report.error());
  const AuditEvent* anchor = join_ ? join_->Join(*report) : nullptr;
  Count(report->verdict);
  strangers_ = strangers_ || report->verdict == Verdict::kUnknownSigner;
  if (as_json_) {
    json_.push_back(ReportJson(many_.paths[index], *report, anchor));
    return;
  }
  world_.out.WriteLine(SafeLine(
      fmt::format("{}: {}: {}", names_[index], VerdictName(report->verdict), report->summary)));
  for (const std::string& remark : report->remarks) world_.out.WriteLine("  " + SafeLine(remark));
}

void Verification::TellUnrecorded() {
  for (const AuditEvent* event : join_->Leashes()) TellEvent("leash", Verdict::kTrusted, *event);
  for (const AuditEvent* event : join_->Unrecorded()) {
    TellEvent("not-recorded", Verdict::kNoSeal, *event);
  }
}

void Verification::TellEvent(std::string_view verdict, Verdict counts, const AuditEvent& event) {
  Count(counts);
  if (as_json_) {
    nlohmann::ordered_json json;
    json["verdict"] = verdict;
    json["exit"] = static_cast<int>(counts);
    json["event"] = EventJson(event);
    json_.push_back(std::move(json));
    return;
  }
  const std::string command =
      verdict == "leash" ? "the leash of " + FormatUuid(*event.leash) : event.command;
  world_.out.WriteLine(SafeLine(fmt::format(
      "{}: {} {}{} exec'ed into {}/{}{}: {} ({}, audit id {})", verdict,
      FormatWallMillis(event.time_ns), event.user, event.as.empty() ? "" : " as " + event.as,
      event.name_space, event.pod, event.container.empty() ? "" : "/" + event.container, command,
      event.user_agent, event.audit_id)));
}

Result<int> Verification::Run() {
  auto trust = ReadTrust(arguments_);
  if (!trust) return tl::unexpected(trust.error());
  const bool nobody = trust->empty();
  many_.options.signers = std::move(*trust);
  many_.options.quick = arguments_.Has("quick");
  // One thread at a time: it may ask for a pass phrase.
  if (world_.identities) {
    many_.options.identities = [this] {
      const std::lock_guard lock(asking_);
      return world_.identities();
    };
  }
  if (auto read = ReadAuditLogs(); !read) return tl::unexpected(read.error());
  FindTargets();

  uint64_t total = 0;
  for (const std::string& path : many_.paths) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) total += static_cast<uint64_t>(info.st_size);
  }
  // Asked for while there is one thread, whose signals wait, and before progress is shown.
  const bool encrypted =
      std::any_of(many_.paths.begin(), many_.paths.end(),
                  [](const std::string& path) { return path.ends_with(".age"); });
  if (encrypted && world_.identities) (void)world_.identities();
  progress_.emplace(world_.err, total, many_.paths.size(), world_.pacer.NowNs());
  many_.done = [&](size_t index, Result<VerifyReport> report) { Take(index, std::move(report)); };
  many_.waiting = [&](uint64_t bytes, size_t files) {
    world_.out.Flush();
    progress_->Update(bytes, files, world_.pacer.NowNs());
  };
  many_.Run();
  progress_->Clear();
  if (join_) TellUnrecorded();
  if (as_json_) {
    world_.out.WriteLine(JsonText(json_));
  } else if (strangers_ && nobody) {
    SayNote(world_, "name the public keys that you trust with --signer or --signers");
  }
  return static_cast<int>(worst_);
}

Result<int> Run(const Arguments& arguments, World& world) {
  return Verification(arguments, world).Run();
}

}  // namespace

const Command kVerifyCommand = {
    .name = "verify",
    .summary = "check that recordings are whole, unaltered, and whose they are",
    .synopsis = "[REC|DIR]... [--signer KEY]... [--signers FILE]... [--audit-log FILE]...",
    .details =
        "Without REC, the whole store. Exit codes: 0 sealed, complete, its signer trusted or\n"
        "anchored in an audit log; 1 intact but without a seal (a crash, still running, or cut\n"
        "off), recovered, or an exec of the audit log without a recording; 2 altered; 3\n"
        "consistent, but nobody vouches for its signer; 4 not readable. Of several the worst\n"
        "counts: 2, then 4, 1, 3.\n"
        "\n"
        "An encrypted recording is held against the seal beside it, without an identity\n"
        "against that alone: 4 then, or 2 where the two contradict.\n"
        "\n"
        "--quick checks signatures, their chain, the hashes that they cover and the file's\n"
        "grammar. It does not unpack the frames: that their lines are of the form, in order\n"
        "and those of the signed tree is then the signer's word.\n",
    .options = kOptions,
    .max_arguments = std::numeric_limits<size_t>::max(),
    .first_recording = 0,
    .last_recording = std::numeric_limits<size_t>::max(),
    .error_exit = static_cast<int>(Verdict::kUnreadable),
    .usage_exit = static_cast<int>(Verdict::kUnreadable),
    .run = Run,
};

}  // namespace secure_exec
