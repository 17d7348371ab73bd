// info: everything a recording says of itself.
#include <nlohmann/json.hpp>

#include "base/vt/safe_text.h"
#include "replay/command.h"
#include "replay/format.h"
#include "replay/notes.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

constexpr OptionSpec kOptions[] = {
    {"json", nullptr, "as an object"},
};

std::string EndingText(const Summary& summary) {
  if (summary.problem) return "damaged: " + summary.problem->message;
  switch (summary.ending) {
    case Recording::Ending::kSealed:
      return "sealed";
    case Recording::Ending::kCut:
      return "no seal: a crash, still running, or cut off";
    case Recording::Ending::kRecovered:
      return "recovered: made of a recording without a seal";
    case Recording::Ending::kPlain:
      break;
  }
  return "plain cast: nothing shows whether it is whole";
}

std::string ExitLine(const Summary& summary) {
  if (!summary.exit) return "unknown";
  const Exit& exit = *summary.exit;
  return fmt::format("{}, {} ({})", exit.code,
                     exit.remote ? "from the remote command" : "from kubectl secure-exec itself",
                     exit.kind);
}

std::string ChannelLine(const Summary& summary, Channel channel) {
  const int i = static_cast<int>(channel);
  std::string text = fmt::format("{} bytes", summary.totals->bytes[i]);
  if (summary.totals->digested[i] > 0) {
    text += fmt::format(", and {} as digests only", summary.totals->digested[i]);
  }
  if (summary.header.session && summary.header.session->record[i] != RecordMode::kAll) {
    text += fmt::format(" (record: {})", RecordModeName(summary.header.session->record[i]));
  }
  return text;
}

// "/etc/secure-exec/policy.yaml, rule "production": idle_timeout 10m, …"
std::string PolicyLine(const SessionInfo::Policy& policy) {
  std::string text = policy.file;
  text += policy.rule.empty() ? ", no rule" : fmt::format(", rule \"{}\"", policy.rule);
  const char* separator = ": ";
  for (const auto& [key, value] : policy.settings) {
    text += fmt::format("{}{} {}", separator, key, value);
    separator = ", ";
  }
  return text;
}

Result<int> Run(const Arguments& arguments, World& world) {
  const auto path = FindRecording(arguments, world, arguments.positional[0]);
  if (!path) return tl::unexpected(path.error());
  const auto summary = SummarizeWhole(*path, world.identities);
  if (!summary) return tl::unexpected(summary.error());
  const int code = summary->problem ? 1 : 0;
  if (arguments.Has("json")) {
    world.out.WriteLine(JsonText(SummaryJson(*summary)));
    return code;
  }

  const CastHeader& header = summary->header;
  const auto line = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) world.out.WriteLine(fmt::format("{:<14}{}", name, SafeLine(value)));
  };
  line("file", summary->path);
  line("size", fmt::format("{} bytes", summary->size));
  if (header.session) line("id", FormatUuid(header.session->id));
  line("title", header.title);
  line("start", FormatWallMillis(StartWallNs(header)));
  line("duration", FormatOffset(summary->duration_us));
  line("ending", EndingText(*summary));
  line("exit", ExitLine(*summary));
  line("command", CommandText(header));
  if (header.session) line("reason", header.session->reason);
  if (header.session) {
    const SessionInfo& session = *header.session;
    line("context", session.context);
    line("cluster", session.cluster);
    line("server", session.server);
    line("namespace", session.name_space);
    line("pod", session.pod);
    line("pod uid", session.pod_uid);
    line("container", session.container);
    line("container id", session.container_id);
    line("node", session.node);
    line("image", session.image);
    line("image id", session.image_id);
    line("user",
         fmt::format("{} (uid {}) on {}", session.user.local, session.user.uid, session.user.host));
    line("kubeconfig", session.user.kubeconfig);
    line("certificate", session.user.certificate);
    if (session.clock_offset_ns) {
      line("clock", fmt::format("the server's is {:+.3f} s from the recorder's",
                                static_cast<double>(*session.clock_offset_ns) / 1e9));
    }
    if (session.policy) line("policy", PolicyLine(*session.policy));
    line("tty", session.tty ? "yes" : "no");
    for (const std::string& recipient : session.recipients) line("recipient", recipient);
    line("tool", session.tool);
    line("format", session.format);
    if (session.record_limit > 0)
      line("record limit", fmt::format("{} bytes a channel", session.record_limit));
  }
  line("terminal", fmt::format("{}x{} {}", header.width, header.height, header.term));
  for (const Channel channel : {Channel::kStdin, Channel::kStdout, Channel::kStderr}) {
    line(ChannelName(channel), ChannelLine(*summary, channel));
  }
  line("events", fmt::format("{}, of them {} resizes and {} markers", summary->totals->events,
                             summary->totals->resizes, summary->totals->markers));
  if (summary->totals->masked > 0) {
    line("masked", fmt::format("{} lines of input, {} different", summary->totals->masked,
                               summary->totals->different_masked));
  }
  if (summary->totals->input_open) line("input", "what was typed last is not known");
  const auto notes = ReadNotes(*path);
  if (!notes) {
    SayError(world, notes.error());
    return 1;
  }
  for (const Note& note : *notes) line("note", NoteLine(note));
  return code;
}

}  // namespace

const Command kInfoCommand = {
    .name = "info",
    .summary = "show who, where, when, and how it ended",
    .synopsis = "REC",
    .details = "",
    .options = kOptions,
    .min_arguments = 1,
    .max_arguments = 1,
    .first_recording = 0,
    .last_recording = 0,
    .run = Run,
};

}  // namespace secure_exec
