#include "plugin/api/wire_log.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/go_quote.h"
#include "base/json.h"
#include "plugin/api/status.h"

namespace secure_exec {
namespace {

// Not ordered_json: a hostile object with a million keys would take it hours.
using Json = nlohmann::json;

constexpr std::string_view kMasked = "<masked>";
constexpr size_t kShortestSecret = 4;
constexpr int kMaxDepth = 64;

// Of a field, a header or a parameter: whether its value is likely a secret.
bool NamesASecret(std::string_view name) {
  constexpr std::string_view kSigns[] = {
      "token",      "password",  "passwd",    "secret",     "credential", "authorization",
      "cookie",     "apikey",    "api-key",   "api_key",    "private",    "client-key",
      "client_key", "clientkey", "accesskey", "access_key", "x-auth"};
  const std::string lower = AsciiLower(name);
  return lower == "pass" || lower == "pwd" ||
         std::any_of(std::begin(kSigns), std::end(kSigns),
                     [&](std::string_view sign) { return lower.find(sign) != std::string::npos; });
}

// "Bearer <masked>": the scheme helps, and is no secret.
std::string MaskCredential(std::string_view value) {
  for (const std::string_view scheme : {"Bearer ", "Basic ", "Negotiate "}) {
    if (AsciiLower(value.substr(0, scheme.size())) == AsciiLower(scheme)) {
      return fmt::format("{}{}", scheme, kMasked);
    }
  }
  return std::string(kMasked);
}

// Of a URL or its path: the user before the host, and parameters that name a secret.
std::string MaskUrl(std::string_view url) {
  std::string out;
  if (const size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    const size_t host = scheme + 3;
    const std::string_view authority = url.substr(host, url.find_first_of("/?#", host) - host);
    if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
      out = fmt::format("{}{}", url.substr(0, host), kMasked);
      url.remove_prefix(host + at);
    }
  }
  const size_t query = url.find('?');
  out += url.substr(0, query);
  if (query == std::string_view::npos) return out;
  char separator = '?';
  for (std::string_view rest = url.substr(query + 1);; separator = '&') {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view item = rest.substr(0, end);
    const size_t equals = item.find('=');
    out += separator;
    if (equals != std::string_view::npos && NamesASecret(item.substr(0, equals))) {
      out += fmt::format("{}={}", item.substr(0, equals), kMasked);
    } else {
      out += item;
    }
    if (end == rest.size()) return out;
    rest.remove_prefix(end + 1);
  }
}

void MaskStrings(Json& value) {
  if (value.is_string()) value = std::string(kMasked);
  if (!value.is_structured()) return;
  for (auto& each : value) {
    if (each.is_string() || each.is_array()) MaskStrings(each);
  }
}

// At most kMaxDepth deep.
void MaskJson(Json& value) {
  if (!value.is_structured()) return;
  if (value.is_object()) {
    const bool variable = value.contains("name") && value.contains("value");
    for (auto& [name, field] : value.items()) {
      // What a container runs may have a password among its arguments; "data" is a Secret's.
      if (NamesASecret(name) || (variable && name == "value") || name == "command" ||
          name == "args") {
        if (!field.is_object()) MaskStrings(field);
      } else if (name == "data" || name == "stringData" || name == "binaryData") {
        MaskStrings(field);
      } else if (field.is_string() &&
                 field.get_ref<const std::string&>().find('{') != std::string::npos) {
        field = std::string(kMasked);  // JSON in a string, as the last-applied-configuration is
      }
    }
  }
  for (auto& each : value) MaskJson(each);
}

}  // namespace

WireLog::WireLog(int verbosity, const Clock& clock, std::function<void(const std::string&)> write)
    : verbosity_(verbosity), clock_(clock), write_(std::move(write)) {}

void WireLog::AddSecret(std::string_view secret) {
  const bool known = std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end();
  if (known || secret.size() < kShortestSecret) return;
  secrets_.emplace_back(secret);
  // The longest first: one may be a part of another.
  std::sort(secrets_.begin(), secrets_.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string WireLog::MaskSecrets(std::string text) const {
  for (const std::string& secret : secrets_) {
    for (size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kMasked.size())) {
      text.replace(at, secret.size(), kMasked);
    }
  }
  return text;
}

// I1126 20:35:23.123456   12345 wire_log.cc:17] text
void WireLog::Write(int line, std::string_view text) const {
  const int64_t wall = clock_.WallNs();
  const time_t seconds = wall / kSecond;
  tm local{};
  localtime_r(&seconds, &local);
  write_(fmt::format("I{:02}{:02} {:02}:{:02}:{:02}.{:06} {:7} wire_log.cc:{}] {}",
                     local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                     wall % kSecond / kMicrosecond, getpid(), line, text));
}

std::string WireLog::Quote(std::string_view text) const {
  return SafeForTerminal(GoQuote(MaskSecrets(std::string(text))), std::string::npos);
}

std::string WireLog::Url(std::string_view path) const {
  return Quote(MaskUrl(server_ + std::string(path)));
}

std::string WireLog::HeaderBlock(const HeaderList& headers) const {
  HeaderList sorted = headers;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return AsciiLower(a.first) < AsciiLower(b.first);
  });
  std::string block = "headers=<\n";
  for (const auto& [name, value] : sorted) {
    const std::string shown = NamesASecret(name)               ? MaskCredential(value)
                              : AsciiLower(name) == "location" ? MaskUrl(value)
                                                               : value;
    block += fmt::format("\t{}: {}\n", SafeForTerminal(MaskSecrets(name)),
                         SafeForTerminal(MaskSecrets(shown), std::string::npos));
  }
  return block + " >";
}

std::string WireLog::MaskBody(std::string_view body) const {
  const size_t first = body.find_first_not_of(" \t\r\n");
  const bool looks_like_json =
      first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
  if (!looks_like_json) return MaskSecrets(std::string(body));
  Json json = ParseJson(body, kMaxDepth);
  if (json.is_discarded()) {
    return fmt::format("<{} bytes that cannot be read as JSON>", body.size());
  }
  MaskJson(json);
  return MaskSecrets(JsonDump(json));
}

void WireLog::WriteBody(std::string_view what, std::string_view body) const {
  std::string shown = MaskBody(body);
  const size_t limit = verbosity_ >= 10  ? std::string::npos
                       : verbosity_ == 9 ? size_t{10240}
                                         : size_t{1024};
  std::string cut;
  if (shown.size() > limit) {
    cut = fmt::format(" [truncated {} chars]", shown.size() - limit);
    shown.resize(limit);
  }
  Write(__LINE__, fmt::format("\"{}\" body={}", what, Quote(shown + cut)));
}

WireExchange::WireExchange(const WireLog* log, std::string verb, std::string path,
                           const HeaderList& headers, std::string_view body)
    : log_(log != nullptr && log->on() ? log : nullptr),
      verb_(std::move(verb)),
      path_(std::move(path)) {
  if (log_ == nullptr) return;
  start_ns_ = log_->clock_.BootNs();
  if (log_->verbosity_ >= 7) {
    log_->Write(__LINE__, fmt::format("\"Request\" verb={} url={} {}", log_->Quote(verb_),
                                      log_->Url(path_), log_->HeaderBlock(headers)));
  }
  if (log_->verbosity_ >= 8 && !body.empty()) log_->WriteBody("Request Body", body);
}

void WireExchange::Answered(std::string_view status, const HeaderList& headers,
                            std::optional<std::string_view> body,
                            const std::optional<WireTimings>& timings) const {
  if (log_ == nullptr) return;
  std::string text = fmt::format("\"Response\" verb={} url={} status={}", log_->Quote(verb_),
                                 log_->Url(path_), log_->Quote(status));
  if (log_->verbosity_ >= 8 && !status.empty()) text += " " + log_->HeaderBlock(headers);
  text += fmt::format(" milliseconds={}", (log_->clock_.BootNs() - start_ns_) / kMillisecond);
  if (log_->verbosity_ >= 9 && timings) {
    const auto step = [](int64_t from, int64_t to) {
      return std::max<int64_t>(to - from, 0) / 1000;
    };
    text += fmt::format(
        " dnsLookupMilliseconds={} dialMilliseconds={} tlsHandshakeMilliseconds={} "
        "serverProcessingMilliseconds={}",
        step(0, timings->looked_up), step(timings->looked_up, timings->connected),
        step(timings->connected, timings->secured), step(timings->sent, timings->answered));
  }
  log_->Write(__LINE__, text);
  if (log_->verbosity_ >= 8 && body) log_->WriteBody("Response Body", *body);
}

}  // namespace secure_exec
