#include "replay/audit_log.h"

#include <algorithm>

#include "base/json.h"
#include "base/leash_script.h"
#include "base/time_text.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

constexpr size_t kPiece = 1 << 20;
constexpr std::string_view kPodsPath = "/api/v1/namespaces/";
constexpr std::string_view kApi = "audit.k8s.io/v1";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Percent-decoding; `plus` for a query. What is malformed stays as it is.
std::string Unescape(std::string_view text, bool plus) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      out += plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// Takes what is before `separator` off the front of `rest`.
std::string_view Take(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

// /api/v1/namespaces/NS/pods/POD[/exec]?…; false where it is about something else.
bool ParseUri(std::string_view uri, AuditEvent& event) {
  std::string_view path = Take(uri, '?');
  if (!path.starts_with(kPodsPath)) return false;
  path.remove_prefix(kPodsPath.size());
  event.name_space = Unescape(Take(path, '/'), false);
  if (Take(path, '/') != "pods") return false;
  event.pod = Unescape(Take(path, '/'), false);
  event.exec = path == "exec";
  if (event.name_space.empty() || event.pod.empty() || (!event.exec && !path.empty())) return false;
  while (!uri.empty()) {
    std::string_view value = Take(uri, '&');
    const std::string_view key = Take(value, '=');
    if (key == "container") event.container = Unescape(value, true);
    if (key == "command") {
      if (!event.command.empty()) event.command += ' ';
      event.command += Unescape(value, true);
    }
  }
  return true;
}

// nullopt where the line is no event, or of no interest: `foreign` tells which.
std::optional<AuditEvent> ParseEvent(std::string_view line, bool& foreign) {
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  foreign = JsonText(json, "kind") != "Event" || JsonText(json, "apiVersion") != kApi;
  if (foreign) return std::nullopt;
  AuditEvent event;
  const auto time = ParseUtcTime(JsonText(json, "requestReceivedTimestamp"));
  foreign = !time;
  if (foreign || !ParseUri(JsonText(json, "requestURI"), event)) return std::nullopt;
  event.time_ns = *time;
  event.audit_id = JsonText(json, "auditID");
  event.verb = JsonText(json, "verb");
  event.user = JsonText(JsonMember(json, "user"), "username");
  event.as = JsonText(JsonMember(json, "impersonatedUser"), "username");
  event.user_agent = JsonText(json, "userAgent");
  event.anchor = ParseAnchor(event.user_agent);
  constexpr size_t kUuidText = 36;
  if (event.exec && event.command.size() > kUuidText) {
    const std::string id = event.command.substr(event.command.size() - kUuidText);
    if (IsLeashCommand(event.command, id)) event.leash = ParseUuid(id);
  }
  const Json& code = JsonMember(JsonMember(json, "responseStatus"), "code");
  if (code.is_number_integer()) {
    const auto value = code.get<int64_t>();
    if (value > 0 && value < 1000) event.code = static_cast<int>(value);
  }
  if (!event.exec && !event.anchor) return std::nullopt;
  return event;
}

}  // namespace

Result<void> AuditLog::Line(std::string_view line, const std::string& name) {
  ++lines_;
  // Most of a log is about other things, and parsing is what costs.
  if (line.find("/exec") == line.npos && line.find("secure-exec/") == line.npos) {
    if (line.find(kApi) == line.npos) ++foreign_lines_;
    return {};
  }
  bool foreign = false;
  auto event = ParseEvent(line, foreign);
  foreign_lines_ += foreign;
  if (!event) return {};
  const std::string request = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", event->time_ns, event->audit_id,
                                          event->user, event->verb, event->pod, event->user_agent);
  const auto [known, is_new] = by_request_.try_emplace(request, events_.size());
  if (!is_new) {
    AuditEvent& before = events_[known->second];
    if (event->code) before.code = std::max(event->code, before.code);
    return {};
  }
  if (events_.size() == kMaxEvents) {
    return Fail(ErrorKind::kFormat, "{}: more than {} execs: give the log in parts", name,
                kMaxEvents);
  }
  events_.push_back(std::move(*event));
  return {};
}

Result<void> AuditLog::Read(const ByteSource& source, const std::string& name) {
  std::string buffer;
  bool skipping = false;  // the rest of a line that is too long
  for (uint64_t at = 0;;) {
    const size_t had = buffer.size();
    buffer.resize(had + kPiece);
    const auto size = source.ReadAt(at, buffer.data() + had, kPiece);
    if (!size) return tl::unexpected(size.error());
    buffer.resize(had + *size);
    at += *size;
    std::string_view rest = buffer;
    for (size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(end + 1);
      if (skipping) {
        skipping = false;
      } else if (!line.empty()) {
        if (auto ok = Line(line, name); !ok) return ok;
      }
    }
    if (*size == 0) {
      // A last line without its end may be half written.
      if (!skipping && !rest.empty()) return Line(rest, name);
      return {};
    }
    if (rest.size() > kMaxLine) {
      if (!skipping) {
        ++lines_;
        ++foreign_lines_;
      }
      skipping = true;
      rest = {};
    }
    buffer = std::string(rest);
  }
}

Result<void> AuditLog::Read(const std::string& path) {
  const auto source = FileSource::Open(path, /*follow=*/true);
  if (!source) return tl::unexpected(source.error());
  return Read(**source, path);
}

}  // namespace secure_exec
