#include "plugin/api/status.h"

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "base/utf8.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxStatus = 64 * 1024;
constexpr size_t kMaxShownMessage = 4096;

std::optional<std::string> ExitCodeCause(const Json& status) {
  const Json& causes = JsonMember(JsonMember(status, "details"), "causes");
  if (!causes.is_array()) return std::nullopt;
  for (const Json& cause : causes) {
    if (JsonText(cause, "reason") == "ExitCode") return JsonText(cause, "message");
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
  status.success = JsonText(json, "status") == "Success";
  if (const auto code = json.find("code"); code != json.end() && code->is_number_integer()) {
    const auto value = code->get<int64_t>();
    if (value >= 0 && value <= 999) status.code = static_cast<int>(value);
  }
  status.reason = JsonText(json, "reason");
  status.message = JsonText(json, "message");
  status.exit_code = ExitCodeCause(json);
  return status;
}

struct CodeWords {
  int code;
  const char* reason;
  const char* message;  // null: the body
};
// What client-go says where the server sent no Status.
constexpr CodeWords kCodeWords[] = {
    {400, "BadRequest", "the server rejected our request for an unknown reason"},
    {403, "Forbidden", nullptr},
    {404, "NotFound", "the server could not find the requested resource"},
    {405, "MethodNotAllowed", "the server does not allow this method on the requested resource"},
    {409, "Conflict", "the server reported a conflict"},
    {422, "Invalid", "the server rejected our request due to an error in our request"},
    {429, "TooManyRequests",
     "the server has received too many requests and has asked us to try again later"},
    {503, "ServiceUnavailable", "the server is currently unable to handle the request"},
    {504, "Timeout",
     "the server was unable to return a response in the time allotted, but may still be processing "
     "the request"},
};

// " (NotFound): the server could not find the requested resource"
std::string GenericText(int http_code, std::string_view body) {
  const std::string shown = SafeForTerminal(body);
  for (const CodeWords& words : kCodeWords) {
    if (words.code != http_code) continue;
    const std::string said = shown.empty() ? "the server gave no reason" : shown;
    return fmt::format(" ({}): {}", words.reason, words.message ? words.message : said);
  }
  if (http_code >= 500)
    return fmt::format(
        " (InternalError): an error on the server (\"{}\") has prevented the request from "
        "succeeding",
        shown);
  if (http_code >= 300 && http_code < 400)
    return fmt::format(
        ": the server answered {}, a redirect, which is not followed: is `server` in the "
        "kubeconfig the API server's own URL?",
        http_code);
  return fmt::format(
      ": the server responded with the status code {} but did not return more information",
      http_code);
}

// Length of the character in front; 0 if that is no valid UTF-8.
size_t CharacterLength(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  const size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  return length <= text.size() && ValidUtf8Prefix(text.substr(0, length)) == length ? length : 0;
}

char32_t Decode(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  char32_t c = character.size() == 1 ? byte(0) : byte(0) & (0xFFu >> (character.size() + 1));
  for (size_t i = 1; i < character.size(); ++i) c = c << 6 | (byte(i) & 0x3Fu);
  return c;
}

// Zero-width characters, directional marks and overrides, line separators, tags.
bool HidesText(char32_t c) {
  return c == 0xAD || c == 0x61C || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

}  // namespace

std::optional<ApiStatus> ParseApiStatus(std::string_view json) {
  const auto object = ParseObject(json);
  if (!object || JsonText(*object, "kind") != "Status") return std::nullopt;
  return FromJson(*object);
}

std::string SafeForTerminal(std::string_view text, size_t limit) {
  std::string safe;
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    std::string_view shown = text.substr(0, length);
    if (length == 0) {
      shown = "\xEF\xBF\xBD";
    } else if (const char32_t c = Decode(shown); c <= ' ' || c == 0x7f || (c > 0x7f && c < 0xa0)) {
      shown = safe.empty() || safe.back() == ' ' ? "" : " ";
    } else if (HidesText(c)) {
      shown = "\xEF\xBF\xBD";
    }
    text.remove_prefix(std::max<size_t>(length, 1));
    if (safe.size() + shown.size() > limit) {
      safe += "...";
      break;
    }
    safe += shown;
  }
  while (!safe.empty() && safe.back() == ' ') safe.pop_back();
  return safe;
}

Error ErrorFromResponse(int http_code, std::string_view body, std::string_view what) {
  const auto status = ParseApiStatus(body);
  const std::string asked = what.empty() ? "" : fmt::format(" ({})", SafeForTerminal(what));
  if (!status) {
    if (http_code == 401)
      return {ErrorKind::kUnauthorized,
              fmt::format("You must be logged in to the server (the server has asked for the "
                          "client to provide credentials{})",
                          asked)};
    return {ErrorKind::kVerbatim, "Error from server" + GenericText(http_code, body) + asked};
  }
  std::string message = SafeForTerminal(status->message, kMaxShownMessage);
  if (message.empty()) message = fmt::format("the server gave no reason (HTTP {})", http_code);
  const std::string reason = SafeForTerminal(status->reason, 80);
  if (reason == "Unauthorized" || (reason.empty() && http_code == 401))
    return {ErrorKind::kUnauthorized,
            fmt::format("You must be logged in to the server ({})", message)};
  if (reason.empty()) return {ErrorKind::kVerbatim, "Error from server: " + message};
  return {ErrorKind::kVerbatim, fmt::format("Error from server ({}): {}", reason, message)};
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
  if (JsonText(*object, "status") != "Failure")
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
  const std::string message = SafeForTerminal(status.message, kMaxShownMessage);
  return RemoteExit{
      .code = 1,
      .from_program = false,
      .message = "error: " +
                 (message.empty() ? "the server reported a failure without a message" : message)};
}

}  // namespace secure_exec
