#include "plugin/api/status.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxStatus = 64 * 1024;

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::string> ExitCodeCause(const Json& status) {
  const auto details = status.find("details");
  if (details == status.end() || !details->is_object()) return std::nullopt;
  const auto causes = details->find("causes");
  if (causes == details->end() || !causes->is_array()) return std::nullopt;
  for (const Json& cause : *causes) {
    if (cause.is_object() && Text(cause, "reason") == "ExitCode") return Text(cause, "message");
  }
  return std::nullopt;
}

// A JSON object, however deeply a hostile server nests: nlohmann's parser recurses on the heap, and
// 64 KiB bound it.
std::optional<Json> ParseObject(std::string_view text) {
  if (text.size() > kMaxStatus) return std::nullopt;
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) return std::nullopt;
  return json;
}

ApiStatus FromJson(const Json& json) {
  ApiStatus status;
  status.success = Text(json, "status") == "Success";
  if (const auto code = json.find("code"); code != json.end() && code->is_number_integer()) {
    const auto value = code->get<int64_t>();
    if (value >= 0 && value <= 999) status.code = static_cast<int>(value);
  }
  status.reason = Text(json, "reason");
  status.message = Text(json, "message");
  status.exit_code = ExitCodeCause(json);
  return status;
}

}  // namespace

std::optional<ApiStatus> ParseApiStatus(std::string_view json) {
  const auto object = ParseObject(json);
  if (!object || Text(*object, "kind") != "Status") return std::nullopt;
  return FromJson(*object);
}

std::string SafeForTerminal(std::string_view text, size_t limit) {
  std::string safe;
  while (!text.empty()) {
    if (safe.size() >= limit) {
      safe += "...";
      break;
    }
    const size_t valid = std::min<size_t>(ValidUtf8Prefix(text.substr(0, 4)), 4);
    const auto byte = static_cast<unsigned char>(text[0]);
    if (valid == 0) {  // not UTF-8
      safe += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    // Length of the one character in front.
    const size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    const bool c1 = byte == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || c1) {
      if (!safe.empty() && safe.back() != ' ') safe += ' ';
    } else {
      safe.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  while (!safe.empty() && safe.back() == ' ') safe.pop_back();
  return safe;
}

Error ErrorFromResponse(int http_code, std::string_view body, std::string_view what) {
  if (http_code == 401)
    return {ErrorKind::kVerbatim, "error: You must be logged in to the server (Unauthorized)"};
  if (const auto status = ParseApiStatus(body); status && !status->message.empty()) {
    const std::string reason =
        status->reason.empty() ? "" : " (" + SafeForTerminal(status->reason) + ")";
    return {ErrorKind::kVerbatim,
            fmt::format("Error from server{}: {}", reason, SafeForTerminal(status->message, 4096))};
  }
  const std::string shown = SafeForTerminal(body.substr(0, kMaxStatus));
  if (http_code >= 300 && http_code < 400)
    return {ErrorKind::kVerbatim,
            fmt::format(
                "Error from server: HTTP {} for {}: the server redirects elsewhere, which is not "
                "followed: is `server` in the kubeconfig the API server's own URL?",
                http_code, what)};
  return {ErrorKind::kVerbatim,
          shown.empty()
              ? fmt::format("Error from server: HTTP {} with an empty body for {}", http_code, what)
              : fmt::format(
                    "Error from server: HTTP {} for {}, and the answer is no Kubernetes status: {}",
                    http_code, what, shown)};
}

Result<RemoteExit> ParseRemoteExit(std::string_view channel3) {
  // Servers leave `kind` out of what they send on the channel.
  const auto object = ParseObject(channel3);
  if (!object)
    return Fail(
        ErrorKind::kConnectionLost,
        "the server sent no readable status, so how the command ended is not known: {}",
        channel3.empty() ? "nothing came" : SafeForTerminal(channel3.substr(0, kMaxStatus)));
  const ApiStatus status = FromJson(*object);
  if (status.success) return RemoteExit{.code = 0, .from_program = true, .message = ""};
  if (Text(*object, "status") != "Failure")
    return Fail(
        ErrorKind::kConnectionLost,
        "the server sent a status that says neither Success nor Failure, so how the command ended "
        "is not known: {}",
        SafeForTerminal(channel3.substr(0, kMaxStatus)));
  if (status.reason == "NonZeroExitCode") {
    const std::string text = status.exit_code.value_or("");
    int code = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (error != std::errc() || end != text.data() + text.size() || code < 1 || code > 255)
      return RemoteExit{
          .code = 1,
          .from_program = false,
          .message = fmt::format("error: error stream protocol error: invalid exit code value "
                                 "\"{}\"",
                                 SafeForTerminal(text))};
    return RemoteExit{.code = code,
                      .from_program = true,
                      .message = fmt::format("command terminated with exit code {}", code)};
  }
  const std::string message = SafeForTerminal(status.message, 4096);
  return RemoteExit{
      .code = 1,
      .from_program = false,
      .message = "error: " +
                 (message.empty() ? "the server reported a failure without a message" : message)};
}

}  // namespace secure_exec
