#include "replay/summary.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "replay/format.h"
#include "replay/masked_texts.h"
#include "replay/sealed_end.h"

namespace secure_exec {
namespace {

// Takes the next word off the front of `text`.
std::string_view TakeWord(std::string_view& text) {
  const size_t space = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, space);
  text.remove_prefix(std::min(space + 1, text.size()));
  return word;
}

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<Summary> Begin(const std::string& path, const IdentitySource& identities,
                      std::unique_ptr<Recording>& recording) {
  auto opened = Recording::Open(path, identities);
  if (!opened) return tl::unexpected(opened.error());
  recording = std::move(*opened);
  Summary summary;
  summary.path = path;
  summary.header = recording->header();
  summary.size = recording->size();
  return summary;
}

void ReadAll(Recording& recording, Summary& summary) {
  Totals& totals = summary.totals.emplace();
  MaskedTexts masked;
  Event event;
  while (true) {
    const auto more = recording.Next(event);
    if (!more) {
      summary.problem = more.error();
      break;
    }
    if (!*more) break;
    ++totals.events;
    summary.duration_us = event.t_us;
    (void)masked.See(event);
    if (event.is_bytes()) {
      totals.bytes[static_cast<int>(event.channel())] += event.data.size();
    } else if (event.code == 'x') {
      summary.exit = ParseExit(event.data);
    } else if (event.code == 'd') {
      AddDigest(event.data, totals.digested);
    } else if (event.code == 'm') {
      ++totals.markers;
    } else if (event.code == 'r') {
      ++totals.resizes;
    }
  }
  totals.masked = masked.masked();
  totals.different_masked = masked.different();
  totals.input_open = masked.open();
  summary.ending = recording.ending();
  summary.size = recording.size();
}

nlohmann::ordered_json PolicyJson(const SessionInfo::Policy& policy) {
  nlohmann::ordered_json json = {{"file", policy.file}, {"sha256", policy.sha256}};
  if (!policy.rule.empty()) {
    json["rule"] = policy.rule;
    json["line"] = policy.line;
  }
  for (const auto& [key, value] : policy.settings) json["settings"][key] = value;
  return json;
}

}  // namespace

std::optional<Exit> ParseExit(std::string_view data) {
  Exit exit;
  const auto code = ParseNumber<int>(TakeWord(data));
  if (!code) return std::nullopt;
  exit.code = *code;
  if (data.empty()) {
    exit.remote = true;
    exit.kind = "exit";
    return exit;
  }
  const std::string_view origin = TakeWord(data);
  if ((origin != "remote" && origin != "client") || data.empty()) return std::nullopt;
  exit.remote = origin == "remote";
  exit.kind = data;
  return exit;
}

std::string ExitText(const Exit& exit) {
  if (exit.remote && exit.kind == "exit") return fmt::format("{}", exit.code);
  return fmt::format("{} {} ({})", exit.code, exit.kind, exit.remote ? "remote" : "client");
}

bool AddDigest(std::string_view data, uint64_t (&bytes)[kChannels]) {
  const std::string_view channel = TakeWord(data);
  const auto count = ParseNumber<uint64_t>(TakeWord(data));
  if (!count) return false;
  for (int i = 0; i < kChannels; ++i) {
    if (channel != ChannelName(static_cast<Channel>(i))) continue;
    return !__builtin_add_overflow(bytes[i], *count, &bytes[i]);
  }
  return false;
}

std::string DigestText(const Event& event) {
  uint64_t bytes[kChannels] = {0, 0, 0};
  AddDigest(event.data, bytes);
  std::string text;
  for (const Channel channel : {Channel::kStdout, Channel::kStderr}) {
    const uint64_t count = bytes[static_cast<int>(channel)];
    if (count == 0) continue;
    // CAN ends an escape sequence that the output left open: it would swallow the note.
    text += fmt::format("\x18[{} bytes of {}: only their digest was recorded]\r\n", count,
                        ChannelName(channel));
  }
  return text;
}

Result<Summary> Summarize(const std::string& path, const IdentitySource& identities) {
  std::unique_ptr<Recording> recording;
  auto summary = Begin(path, identities, recording);
  if (!summary) return summary;
  if (summary->header.session) {
    if (auto end = ReadSealedEnd(path, summary->header.session->id, identities)) {
      summary->ending = Recording::Ending::kSealed;
      summary->duration_us = end->t_us;
      summary->exit = ParseExit(end->exit);
      return summary;
    }
  }
  ReadAll(*recording, *summary);
  return summary;
}

Result<Summary> SummarizeWhole(const std::string& path, const IdentitySource& identities) {
  std::unique_ptr<Recording> recording;
  auto summary = Begin(path, identities, recording);
  if (summary) ReadAll(*recording, *summary);
  return summary;
}

std::string_view EndingName(Recording::Ending ending) {
  switch (ending) {
    case Recording::Ending::kSealed:
      return "sealed";
    case Recording::Ending::kCut:
      return "no seal";
    case Recording::Ending::kRecovered:
      return "recovered";
    case Recording::Ending::kPlain:
      break;
  }
  return "plain";
}

std::string UserText(const CastHeader& header) {
  if (!header.session) return "-";
  const SessionInfo::User& user = header.session->user;
  if (user.kubeconfig.empty()) return user.local.empty() ? "-" : user.local;
  return fmt::format("{} ({})", user.local, user.kubeconfig);
}

std::string PlaceText(const CastHeader& header) {
  if (!header.session) return "-";
  const SessionInfo& session = *header.session;
  return fmt::format("{}/{}/{}", session.context, session.name_space, session.pod);
}

std::string IdText(const CastHeader& header) {
  return header.session ? FormatUuid(header.session->id) : "-";
}

std::string CommandText(const CastHeader& header) {
  if (!header.session || header.session->command.empty()) return header.command;
  std::string text;
  for (const std::string& word : header.session->command) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

nlohmann::ordered_json HeaderJson(const CastHeader& header) {
  nlohmann::ordered_json json;
  if (const int64_t start = StartWallNs(header); start != 0)
    json["start"] = FormatWallMillis(start);
  json["width"] = header.width;
  json["height"] = header.height;
  if (!header.term.empty()) json["term"] = header.term;
  if (!header.title.empty()) json["title"] = header.title;
  if (!header.session) {
    if (!header.command.empty()) json["command"] = header.command;
  } else {
    const SessionInfo& session = *header.session;
    const auto add = [&](const char* name, const std::string& value) {
      if (!value.empty()) json[name] = value;
    };
    json["id"] = FormatUuid(session.id);
    add("format", session.format);
    add("tool", session.tool);
    if (session.clock_offset_ns) json["clock_offset"] = *session.clock_offset_ns;
    json["user"] = {{"local", session.user.local},
                    {"uid", session.user.uid},
                    {"host", session.user.host},
                    {"kubeconfig", session.user.kubeconfig},
                    {"certificate", session.user.certificate}};
    add("context", session.context);
    add("cluster", session.cluster);
    add("server", session.server);
    add("namespace", session.name_space);
    add("pod", session.pod);
    add("pod_uid", session.pod_uid);
    add("container", session.container);
    add("container_id", session.container_id);
    add("node", session.node);
    add("image", session.image);
    add("image_id", session.image_id);
    json["command"] = session.command;
    add("reason", session.reason);
    if (session.policy) json["policy"] = PolicyJson(*session.policy);
    json["stdin"] = session.stdin_open;
    json["tty"] = session.tty;
    for (int i = 0; i < kChannels; ++i) {
      json["record"][std::string(ChannelName(static_cast<Channel>(i)))] =
          RecordModeName(session.record[i]);
    }
    json["record"]["limit"] = session.record_limit;
  }
  return json;
}

nlohmann::ordered_json SummaryJson(const Summary& summary) {
  nlohmann::ordered_json json;
  json["path"] = summary.path;
  json["size"] = summary.size;
  json.update(HeaderJson(summary.header));
  json["duration"] = static_cast<double>(summary.duration_us) / 1e6;
  json["ending"] =
      summary.ending == Recording::Ending::kCut ? "no-seal" : EndingName(summary.ending);
  if (summary.exit) {
    json["exit"] = {{"code", summary.exit->code},
                    {"origin", summary.exit->remote ? "remote" : "client"},
                    {"kind", summary.exit->kind}};
  }
  if (summary.problem) json["problem"] = summary.problem->message;
  if (summary.totals) {
    for (int i = 0; i < kChannels; ++i) {
      const std::string name(ChannelName(static_cast<Channel>(i)));
      json["bytes"][name] = summary.totals->bytes[i];
      if (summary.totals->digested[i] > 0) json["digested"][name] = summary.totals->digested[i];
    }
    json["events"] = summary.totals->events;
    if (summary.totals->masked > 0) {
      json["masked"] = summary.totals->masked;
      json["different_masked"] = summary.totals->different_masked;
    }
  }
  return json;
}

std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace secure_exec
