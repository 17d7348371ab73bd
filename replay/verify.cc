// verify: says whether recordings are whole, unaltered, and signed by somebody who is trusted.
#include "recorder/verify.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/vt/safe_text.h"
#include "recorder/container/byte_source.h"
#include "replay/command.h"
#include "replay/format.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

constexpr OptionSpec kOptions[] = {
    {"signer", "PEM", "a file with a public key to trust; may be repeated"},
    {"json", nullptr, "an array of objects"},
};

constexpr size_t kMaxPem = 64 << 10;

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

Result<Spki> ReadSigner(const std::string& path) {
  const auto source = FileSource::Open(path, /*follow=*/true);
  if (!source) return tl::unexpected(source.error());
  std::string pem(kMaxPem, '\0');
  const auto size = (*source)->ReadAt(0, pem.data(), pem.size());
  if (!size) return tl::unexpected(size.error());
  pem.resize(*size);
  const auto key = PublicKeyFromPem(pem);
  if (!key) return Fail(ErrorKind::kUsage, "--signer {}: {}", path, key.error().message);
  return *key;
}

nlohmann::ordered_json ReportJson(const std::string& path, const VerifyReport& report) {
  nlohmann::ordered_json json;
  json["path"] = path;
  json["verdict"] = VerdictName(report.verdict);
  json["exit"] = static_cast<int>(report.verdict);
  json["summary"] = report.summary;
  if (report.header && report.header->session) json["id"] = IdText(*report.header);
  if (!report.signer.empty()) json["signer"] = report.signer;
  json["frames"] = report.frames;
  json["lines"] = report.lines;
  if (report.intact_until_wall_ns != 0) {
    json["intact_until"] = FormatWallMillis(report.intact_until_wall_ns);
  }
  if (report.altered_frame) json["altered_frame"] = *report.altered_frame;
  json["remarks"] = report.remarks;
  return json;
}

Result<int> Run(const Arguments& arguments, World& world) {
  std::vector<Spki> trusted;
  for (const std::string& path : arguments.All("signer")) {
    const auto key = ReadSigner(path);
    if (!key) return tl::unexpected(key.error());
    trusted.push_back(*key);
  }
  auto json = nlohmann::ordered_json::array();
  Verdict worst = Verdict::kTrusted;
  bool strangers = false;
  const auto count = [&](Verdict verdict) {
    if (Badness(verdict) > Badness(worst)) worst = verdict;
  };
  for (const std::string& name : arguments.positional) {
    const auto path = FindRecording(arguments, world, name);
    const auto report =
        path ? VerifyRecording(*path, trusted) : Result<VerifyReport>(tl::unexpected(path.error()));
    if (!report) {
      SayError(world, report.error());
      count(Verdict::kUnreadable);
      continue;
    }
    count(report->verdict);
    strangers = strangers || report->verdict == Verdict::kUnknownSigner;
    if (arguments.Has("json")) {
      json.push_back(ReportJson(*path, *report));
      continue;
    }
    world.out.WriteLine(
        SafeLine(fmt::format("{}: {}: {}", name, VerdictName(report->verdict), report->summary)));
    for (const std::string& remark : report->remarks) {
      world.out.WriteLine("  " + SafeLine(remark));
    }
  }
  if (arguments.Has("json")) {
    world.out.WriteLine(JsonText(json));
  } else if (strangers && trusted.empty()) {
    SayNote(world, "name the public keys that you trust with --signer PEM");
  }
  return static_cast<int>(worst);
}

}  // namespace

const Command kVerifyCommand = {
    .name = "verify",
    .summary = "check that recordings are whole, unaltered, and whose they are",
    .synopsis = "REC... [--signer PEM]...",
    .details =
        "Exit codes: 0 sealed, complete, by a --signer; 1 intact but without a seal (a crash, "
        "still\n"
        "running, or cut off); 2 altered; 3 consistent, but its signer is not among yours; 4 not\n"
        "readable. Of several recordings the worst counts: 2, then 4, 1, 3.\n",
    .options = kOptions,
    .min_arguments = 1,
    .max_arguments = std::numeric_limits<size_t>::max(),
    .error_exit = static_cast<int>(Verdict::kUnreadable),
    .usage_exit = static_cast<int>(Verdict::kUnreadable),
    .run = Run,
};

}  // namespace secure_exec
