#include "plugin/audit/audit_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/clock.h"
#include "base/time_text.h"
#include "base/vt/safe_text.h"
#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxList = 32;
// What is cut is told with so many names, and each takes so much.
constexpr size_t kMaxCutNames = 8;
constexpr size_t kNameRoom = 40;
// What stands where a text was cut.
constexpr std::string_view kCut = "...";

Json SafeList(const std::vector<std::string>& texts, size_t limit) {
  Json list = Json::array();
  for (size_t i = 0; i < std::min(texts.size(), limit); ++i) {
    list.push_back(SafeLine(std::string_view(texts[i]).substr(0, kMaxAuditLimit)));
  }
  return list;
}

// Sets what `path` leads to, unless `text` is empty. What no line has room for is not looked at.
void Put(Json& json, const char* path, std::string_view text) {
  if (!text.empty()) json[Json::json_pointer(path)] = SafeLine(text.substr(0, kMaxAuditLimit));
}

void PutList(Json& json, const char* path, const std::vector<std::string>& texts) {
  if (!texts.empty()) json[Json::json_pointer(path)] = SafeList(texts, kMaxList);
}

// A text with its URLs less their users and passwords: "https://user:password@host" is
// "https://host".
std::string WithoutUsers(std::string_view text) {
  std::string out;
  for (;;) {
    const size_t slashes = text.find("://");
    if (slashes == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, slashes + 3));
    text.remove_prefix(slashes + 3);
    const size_t at = text.substr(0, text.find_first_of("/?# \t\n\"'<>\\")).rfind('@');
    if (at != std::string_view::npos) text.remove_prefix(at + 1);
  }
}

std::string CommandLine(const std::vector<std::string>& command) {
  std::string line;
  for (const std::string& word : command) {
    if (!line.empty()) line += ' ';
    line += word;
    if (line.size() >= kMaxAuditLimit) break;
  }
  return line;
}

void PutKind(Json& json, const AuditEvent& event) {
  using Kind = AuditEvent::Kind;
  Json& out = json["event"];
  out["kind"] = "event";
  switch (event.kind) {
    case Kind::kStart:
      out["category"] = Json::array({"session", "process"});
      out["type"] = Json::array({"start"});
      out["action"] = "session-started";
      out["outcome"] = "unknown";
      break;
    case Kind::kDenied:
      out["category"] = Json::array({"session", "api"});
      out["type"] = Json::array({"denied"});
      out["action"] = "session-denied";
      out["outcome"] = "failure";
      break;
    case Kind::kNotice:
      out["category"] = Json::array({"session"});
      out["type"] = Json::array({"info"});
      out["action"] = "session-notice";
      break;
    case Kind::kEnd:
      out["category"] = Json::array({"session", "process"});
      out["type"] = Json::array({"end"});
      out["action"] = "session-ended";
      out["outcome"] = IsFailure(event) ? "failure" : "success";
      break;
  }
}

void PutWho(Json& json, const AuditSession& session) {
  Put(json, "/user/name", session.local_user);
  Put(json, "/user/id", session.local_uid);
  Put(json, "/user/effective/name", session.effective_user);
  Put(json, "/user/effective/id", session.effective_uid);
  PutList(json, "/user/effective/group/name", session.effective_groups);
  PutList(json, "/secure_exec/user/extra", session.effective_extra);
  Put(json, "/secure_exec/user/kubeconfig", session.kubeconfig_user);
  Put(json, "/secure_exec/user/certificate", session.certificate);
  std::vector<std::string> users;
  for (const std::string& user : {session.local_user, session.effective_user}) {
    if (!user.empty()) users.push_back(user);
  }
  PutList(json, "/related/user", users);
  Put(json, "/host/name", session.host);
}

void PutWhere(Json& json, const AuditSession& session) {
  json["orchestrator"]["type"] = "kubernetes";
  Put(json, "/orchestrator/cluster/name", session.cluster);
  Put(json, "/orchestrator/cluster/url", WithoutUsers(session.server));
  Put(json, "/orchestrator/namespace", session.name_space);
  Put(json, "/orchestrator/resource/type", session.type);
  Put(json, "/orchestrator/resource/name", session.name);
  Put(json, "/orchestrator/resource/id", session.uid);
  Put(json, "/secure_exec/context", session.context);
  Put(json, "/secure_exec/node", session.node);
  Put(json, "/container/name", session.container);
  Put(json, "/container/image/name", session.image);
  const size_t slashes = session.container_id.find("://");
  if (slashes == std::string::npos) {
    Put(json, "/container/id", session.container_id);
  } else {
    Put(json, "/container/runtime", session.container_id.substr(0, slashes));
    Put(json, "/container/id", session.container_id.substr(slashes + 3));
  }
}

void PutWhat(Json& json, const AuditSession& session) {
  if (!session.command.empty()) {
    const std::string line = CommandLine(session.command);
    Put(json, "/process/command_line", line);
    // Where they have no room the line has none, and is cut: Fit() says of both that they are.
    if (line.size() < kMaxAuditLimit) {
      json["process"]["args"] = SafeList(session.command, session.command.size());
    }
    json["process"]["args_count"] = session.command.size();
  }
  json["process"]["interactive"] = session.tty;
  json["secure_exec"]["stdin"] = session.stdin_open;
  Put(json, "/event/reason", session.reason);
  Put(json, "/rule/name", session.rule);
  if (!session.recording) return;
  Put(json, "/secure_exec/recording/id", session.recording->id);
  Put(json, "/secure_exec/recording/path", session.recording->path);
  Put(json, "/secure_exec/recording/b0", session.recording->b0);
  if (session.recording->unrecorded) {
    json["secure_exec"]["recording"]["unrecorded"] = true;
  } else {
    json["secure_exec"]["recording"]["encrypted"] = session.recording->encrypted;
  }
}

void PutExit(Json& json, const Exit& exit, const std::string& text) {
  const bool by_itself = exit.remote && exit.kind == "exit";
  if (by_itself) json["process"]["exit_code"] = exit.code;
  Json& out = json["secure_exec"]["exit"];
  out["code"] = exit.code;
  out["origin"] = exit.remote ? "remote" : "client";
  out["kind"] = SafeLine(exit.kind);
  if (by_itself) return;
  Put(json, "/error/code", exit.kind);
  // Hints for the user stand on lines of their own.
  Put(json, "/error/message", WithoutUsers(std::string_view(text).substr(0, text.find('\n'))));
}

void PutEnd(Json& json, const AuditEvent& event) {
  json["event"]["start"] = AuditTime(event.start_wall_ns);
  json["event"]["end"] = AuditTime(event.wall_ns);
  json["event"]["duration"] = event.duration_ns;
  Put(json, "/secure_exec/protocol", event.protocol);
  Put(json, "/secure_exec/recording/seal", event.seal);
  for (int channel = event.tells_stdin ? 0 : 1; event.bytes && channel < kChannels; ++channel) {
    const std::string name(ChannelName(static_cast<Channel>(channel)));
    json["secure_exec"]["bytes"][name] = (*event.bytes)[static_cast<size_t>(channel)];
  }
  if (!event.leash) return;
  Put(json, "/secure_exec/leash/mode", event.leash->mode);
  Put(json, "/secure_exec/leash/result", event.leash->result);
  if (event.leash->signalled) {
    json["secure_exec"]["leash"]["signalled"] = *event.leash->signalled;
  }
  PutList(json, "/secure_exec/leash/left", event.leash->left);
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

// A text, or a list of texts, that can be cut.
struct Piece {
  Json* json = nullptr;
  std::string name;  // the field's
  size_t size = 0;   // in the line
};

// What the event is, and not what somebody chose.
bool IsFixed(std::string_view name) {
  return name == "@timestamp" || name == "ecs.version" || name == "secure_exec.truncated" ||
         (name.starts_with("event.") && name != "event.reason");
}

void CollectPieces(Json& json, const std::string& name, std::vector<Piece>& pieces) {
  if (IsFixed(name)) return;
  if (json.is_string() || json.is_array()) {
    pieces.push_back({&json, name, Dump(json).size()});
  } else if (json.is_object()) {
    for (auto& [key, value] : json.items()) {
      CollectPieces(value, name.empty() ? key : name + "." + key, pieces);
    }
  }
}

// The largest size such that pieces that are cut to it, where they are longer, have `room`.
size_t Level(const std::vector<Piece>& pieces, size_t room) {
  std::vector<size_t> sizes;
  for (const Piece& piece : pieces) sizes.push_back(piece.size);
  std::sort(sizes.begin(), sizes.end());
  for (size_t i = 0; i < sizes.size(); ++i) {
    const size_t share = room / (sizes.size() - i);
    if (sizes[i] > share) return share;
    room -= sizes[i];
  }
  return SIZE_MAX;
}

// Cuts a text, between two characters, so that it takes `size` in the line, quotes included.
void CutText(std::string& text, size_t size) {
  size_t taken = 2 + kCut.size();
  size_t keep = 0;
  while (keep < text.size()) {
    const Utf8Char c = DecodeUtf8Char(std::string_view(text).substr(keep));
    const bool escaped = text[keep] == '"' || text[keep] == '\\';
    taken += c.code_point > 0xFFFF ? 12 : c.code_point > 0x7F ? 6 : escaped ? 2 : 1;
    if (taken > size) break;
    keep += c.size;
  }
  text.resize(keep);
  text += kCut;
}

// The same of a list, which keeps its first item at least.
void Cut(Json& json, size_t size) {
  if (json.is_string()) return CutText(json.get_ref<std::string&>(), size);
  size_t taken = 2;  // the brackets
  auto end = json.begin();
  for (; end != json.end(); ++end) {
    const size_t item = Dump(*end).size();
    taken += item + (end == json.begin() ? 0 : 1);
    if (taken <= size) continue;
    if (end == json.begin()) {
      CutText(end->get_ref<std::string&>(), size - std::min<size_t>(size, 2));
      ++end;
    }
    break;
  }
  json.erase(end, json.end());
}

std::string Fit(Json& json, size_t limit) {
  std::string line = Dump(json);
  if (line.size() <= limit) return line;
  Json& cut = json["secure_exec"]["truncated"] = Json::array();
  if (json["process"].contains("args_count")) {
    json["process"].erase("args");
    cut.push_back("process.args");
  }
  line = Dump(json);
  if (line.size() <= limit) return line;
  std::vector<Piece> pieces;
  for (auto& [key, value] : json.items()) CollectPieces(value, key, pieces);
  size_t fixed = line.size();
  for (const Piece& piece : pieces) fixed -= piece.size;
  // The more is cut, the more there is to say about it.
  for (size_t names = 1;; ++names) {
    const size_t taken = fixed + names * kNameRoom;
    const size_t level = Level(pieces, limit - std::min(limit, taken));
    std::vector<Piece*> longer;
    for (Piece& piece : pieces) {
      if (piece.size > level) longer.push_back(&piece);
    }
    if (longer.size() > names && names < kMaxCutNames) continue;
    for (const Piece* piece : longer) Cut(*piece->json, level);
    for (size_t i = 0; i < std::min(longer.size(), names); ++i) cut.push_back(longer[i]->name);
    if (longer.size() > names) cut.push_back(kCut);
    return Dump(json);
  }
}

}  // namespace

const char* AuditKindName(AuditEvent::Kind kind) {
  constexpr const char* kNames[] = {"start", "denied", "notice", "end"};
  return kNames[static_cast<int>(kind)];
}

bool IsFailure(const AuditEvent& event) {
  if (event.kind == AuditEvent::Kind::kDenied) return true;
  return event.exit && !(event.exit->remote && event.exit->kind == "exit");
}

std::string AuditTime(int64_t wall_ns) {
  std::string text = FormatUtcSeconds(wall_ns / kSecond);
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, wall_ns % kSecond / kMillisecond);
}

std::string EncodeAuditEvent(const AuditSession& session, const AuditEvent& event, size_t limit) {
  Json json;
  json["@timestamp"] = AuditTime(event.wall_ns);
  json["ecs"]["version"] = kEcsVersion;
  PutKind(json, event);
  json["event"]["dataset"] = "secure_exec.audit";
  json["event"]["module"] = "secure_exec";
  json["event"]["provider"] = "kubectl-secure_exec";
  json["event"]["id"] = SafeLine(event.id);
  json["event"]["sequence"] = event.sequence;
  json["secure_exec"]["version"] = SECURE_EXEC_VERSION;
  PutWho(json, session);
  PutWhere(json, session);
  PutWhat(json, session);
  if (event.exit) PutExit(json, *event.exit, event.text);
  if (event.kind == AuditEvent::Kind::kNotice) {
    Put(json, "/message", WithoutUsers(event.text));
    Put(json, "/secure_exec/notice", event.notice);
  }
  if (event.kind == AuditEvent::Kind::kEnd) PutEnd(json, event);
  return Fit(json, limit);
}

}  // namespace secure_exec
