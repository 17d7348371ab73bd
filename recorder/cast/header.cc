#include "recorder/cast/header.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace secure_exec {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMajor = 1;
constexpr int kMaxCells = 100'000;
// Nobody's header is deeper; a parser must not be made to hold a million open brackets.
constexpr int kMaxDepth = 32;
constexpr RecordMode kModes[] = {RecordMode::kAll, RecordMode::kDigest, RecordMode::kOff,
                                 RecordMode::kEchoed};

void PutText(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

// Known keys of the wrong type count as absent: casts by others hold surprises.
const Json* Find(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() ? nullptr : &*it;
}

std::string Text(const Json& object, const char* key) {
  const Json* value = Find(object, key);
  return value != nullptr && value->is_string() ? value->get_ref<const std::string&>() : "";
}

std::vector<std::string> Texts(const Json& object, const char* key) {
  std::vector<std::string> texts;
  const Json* value = Find(object, key);
  if (value == nullptr || !value->is_array()) return texts;
  for (const Json& text : *value) {
    if (text.is_string()) texts.push_back(text.get_ref<const std::string&>());
  }
  return texts;
}

bool Flag(const Json& object, const char* key) {
  const Json* value = Find(object, key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::optional<int64_t> Integer(const Json& object, const char* key) {
  const Json* value = Find(object, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  if (value->is_number_unsigned()) {
    const auto number = value->get<uint64_t>();
    if (number > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (value->is_number_integer()) return value->get<int64_t>();
  // Some programs write a timestamp with a fraction.
  const double number = std::trunc(value->get<double>());
  if (!(number >= -9.2e18 && number <= 9.2e18)) return std::nullopt;
  return static_cast<int64_t>(number);
}

const Json& Object(const Json& object, const char* key) {
  static const Json empty = Json::object();
  const Json* value = Find(object, key);
  return value != nullptr && value->is_object() ? *value : empty;
}

Json EncodePolicy(const SessionInfo::Policy& policy) {
  Json out = Json::object();
  PutText(out, "file", policy.file);
  PutText(out, "sha256", policy.sha256);
  PutText(out, "rule", policy.rule);
  if (policy.line > 0) out["line"] = policy.line;
  Json settings = Json::object();
  for (const auto& [key, value] : policy.settings) settings[key] = value;
  if (!settings.empty()) out["settings"] = std::move(settings);
  return out;
}

SessionInfo::Policy DecodePolicy(const Json& in) {
  SessionInfo::Policy policy;
  policy.file = Text(in, "file");
  policy.sha256 = Text(in, "sha256");
  policy.rule = Text(in, "rule");
  policy.line = Integer(in, "line").value_or(0);
  for (const auto& [key, value] : Object(in, "settings").items()) {
    if (value.is_string()) policy.settings.emplace_back(key, value.get_ref<const std::string&>());
  }
  return policy;
}

Json EncodeSession(const SessionInfo& session) {
  Json out = Json::object();
  out["format"] = session.format;
  out["id"] = FormatUuid(session.id);
  PutText(out, "tool", session.tool);
  out["start"] = session.start_wall_ns;
  if (session.start_boot_ns) out["start_boot"] = *session.start_boot_ns;
  PutText(out, "boot_id", session.boot_id);
  if (session.clock_offset_ns) out["clock_offset"] = *session.clock_offset_ns;
  Json user = Json::object();
  PutText(user, "local", session.user.local);
  user["uid"] = session.user.uid;
  PutText(user, "host", session.user.host);
  PutText(user, "kubeconfig", session.user.kubeconfig);
  PutText(user, "certificate", session.user.certificate);
  out["user"] = std::move(user);
  PutText(out, "user_key", session.user_key);
  PutText(out, "context", session.context);
  PutText(out, "cluster", session.cluster);
  PutText(out, "server", session.server);
  PutText(out, "namespace", session.name_space);
  PutText(out, "pod", session.pod);
  PutText(out, "pod_uid", session.pod_uid);
  PutText(out, "container", session.container);
  PutText(out, "container_id", session.container_id);
  PutText(out, "node", session.node);
  PutText(out, "image", session.image);
  PutText(out, "image_id", session.image_id);
  if (!session.recipients.empty()) out["recipients"] = session.recipients;
  out["command"] = session.command;
  PutText(out, "reason", session.reason);
  if (session.policy) out["policy"] = EncodePolicy(*session.policy);
  out["stdin"] = session.stdin_open;
  out["tty"] = session.tty;
  Json record = Json::object();
  for (int i = 0; i < kChannels; ++i) {
    record[std::string(ChannelName(static_cast<Channel>(i)))] =
        std::string(RecordModeName(session.record[i]));
  }
  record["limit"] = session.record_limit;
  out["record"] = std::move(record);
  return out;
}

Result<void> CheckFormat(const std::string& format) {
  int major = 0;
  const char* end = format.data() + format.size();
  const auto [rest, error] = std::from_chars(format.data(), end, major);
  if (error != std::errc() || rest == end || *rest != '.') {
    return Fail(ErrorKind::kFormat, "header: session.format is not MAJOR.MINOR");
  }
  if (major != kMajor) {
    return Fail(ErrorKind::kFormat,
                "header: recording format {}; this program reads {}.x, use the version of "
                "secure-replay that knows it",
                major, kMajor);
  }
  return {};
}

Result<SessionInfo> DecodeSession(const Json& in) {
  SessionInfo session;
  session.format = Text(in, "format");
  if (const auto ok = CheckFormat(session.format); !ok) return tl::unexpected(ok.error());
  const auto id = ParseUuid(Text(in, "id"));
  if (!id) return Fail(ErrorKind::kFormat, "header: session.id is not a UUID");
  session.id = *id;
  session.tool = Text(in, "tool");
  session.start_wall_ns = Integer(in, "start").value_or(0);
  session.start_boot_ns = Integer(in, "start_boot");
  session.boot_id = Text(in, "boot_id");
  session.clock_offset_ns = Integer(in, "clock_offset");
  const Json& user = Object(in, "user");
  session.user.local = Text(user, "local");
  const auto uid = Integer(user, "uid").value_or(0);
  session.user.uid = uid >= 0 && uid <= UINT32_MAX ? static_cast<uint32_t>(uid) : 0;
  session.user.host = Text(user, "host");
  session.user.kubeconfig = Text(user, "kubeconfig");
  session.user.certificate = Text(user, "certificate");
  session.user_key = Text(in, "user_key");
  session.context = Text(in, "context");
  session.cluster = Text(in, "cluster");
  session.server = Text(in, "server");
  session.name_space = Text(in, "namespace");
  session.pod = Text(in, "pod");
  session.pod_uid = Text(in, "pod_uid");
  session.container = Text(in, "container");
  session.container_id = Text(in, "container_id");
  session.node = Text(in, "node");
  session.image = Text(in, "image");
  session.image_id = Text(in, "image_id");
  session.recipients = Texts(in, "recipients");
  session.command = Texts(in, "command");
  session.reason = Text(in, "reason");
  if (const Json* policy = Find(in, "policy"); policy != nullptr && policy->is_object()) {
    session.policy = DecodePolicy(*policy);
  }
  session.stdin_open = Flag(in, "stdin");
  session.tty = Flag(in, "tty");
  const Json& record = Object(in, "record");
  for (int i = 0; i < kChannels; ++i) {
    const std::string mode =
        Text(record, std::string(ChannelName(static_cast<Channel>(i))).c_str());
    for (const RecordMode known : kModes) {
      if (mode == RecordModeName(known)) session.record[i] = known;
    }
  }
  const Json* limit = Find(record, "limit");
  if (limit != nullptr && limit->is_number_unsigned()) {
    session.record_limit = limit->get<uint64_t>();
  }
  return session;
}

}  // namespace

std::string EncodeHeader(const CastHeader& header) {
  Json out = Json::object();
  out["version"] = header.version;
  out["width"] = header.width;
  out["height"] = header.height;
  if (header.timestamp != 0) out["timestamp"] = header.timestamp;
  PutText(out, "title", header.title);
  PutText(out, "command", header.command);
  if (!header.term.empty()) out["env"] = {{"TERM", header.term}};
  if (header.session) out["session"] = EncodeSession(*header.session);
  // ASCII only: a C1 character or a bidi mark in a name is no more than text to whoever prints the
  // file.
  return out.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n";
}

Result<CastHeader> ParseHeader(std::string_view line) {
  bool too_deep = false;
  const auto limit_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep |= depth > kMaxDepth;
    return !too_deep;  // false drops the value, so that what is deeper takes no memory
  };
  const Json in = Json::parse(line.begin(), line.end(), limit_depth, /*allow_exceptions=*/false);
  if (too_deep || !in.is_object()) {
    return Fail(ErrorKind::kFormat, "header: not a JSON object, so this is no asciicast");
  }
  CastHeader header;
  const auto version = Integer(in, "version").value_or(0);
  if (version != 2 && version != 3) {
    return Fail(ErrorKind::kFormat, "header: not an asciicast of version 2 or 3");
  }
  header.version = static_cast<int>(version);
  const Json& term = Object(in, "term");
  const Json& sizes = version == 3 ? term : in;
  const auto width = Integer(sizes, version == 3 ? "cols" : "width").value_or(-1);
  const auto height = Integer(sizes, version == 3 ? "rows" : "height").value_or(-1);
  if (width < 0 || width > kMaxCells || height < 0 || height > kMaxCells) {
    return Fail(ErrorKind::kFormat, "header: no usable terminal size");
  }
  // Recorders without a terminal write zeros.
  if (width > 0) header.width = static_cast<int>(width);
  if (height > 0) header.height = static_cast<int>(height);
  header.timestamp = Integer(in, "timestamp").value_or(0);
  header.title = Text(in, "title");
  header.command = Text(in, "command");
  header.term = version == 3 ? Text(term, "type") : Text(Object(in, "env"), "TERM");
  if (const auto limit = in.find("idle_time_limit"); limit != in.end() && limit->is_number()) {
    header.idle_time_limit = std::max(limit->get<double>(), 0.0);
  }
  const Json& session = Object(in, "session");
  if (session.contains("format")) {  // else it is somebody else's key of that name
    auto info = DecodeSession(session);
    if (!info) return tl::unexpected(info.error());
    header.session = std::move(*info);
  }
  return header;
}

}  // namespace secure_exec
