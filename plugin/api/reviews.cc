#include "plugin/api/reviews.h"

#include "base/json.h"
#include "plugin/api/status.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxAnswer = 64 * 1024;

Result<Json> ParseObject(std::string_view text, std::string_view what) {
  if (text.size() <= kMaxAnswer) {
    Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_discarded() && json.is_object()) return json;
  }
  return Fail(ErrorKind::kServer, "the server's answer is no {}: {}", what,
              SafeForTerminal(text.substr(0, 400), 200));
}

std::string SafeText(const Json& object, const char* key) {
  return SafeForTerminal(JsonText(object, key));
}

}  // namespace

Result<ServerUser> ParseUserReview(std::string_view text) {
  const auto json = ParseObject(text, "SelfSubjectReview");
  if (!json) return tl::unexpected(json.error());
  const Json& info = JsonMember(JsonMember(*json, "status"), "userInfo");
  ServerUser user{.name = SafeText(info, "username"), .uid = SafeText(info, "uid"), .groups = {}};
  if (user.name.empty()) {
    return Fail(ErrorKind::kServer, "the server's SelfSubjectReview names no user");
  }
  if (const Json& groups = JsonMember(info, "groups"); groups.is_array()) {
    for (const Json& group : groups) {
      if (!group.is_string()) continue;
      user.groups.push_back(SafeForTerminal(group.get_ref<const std::string&>()));
    }
  }
  return user;
}

Result<AccessVerdict> ParseAccessReview(std::string_view text) {
  const auto json = ParseObject(text, "SelfSubjectAccessReview");
  if (!json) return tl::unexpected(json.error());
  const Json& status = JsonMember(*json, "status");
  const Json& allowed = JsonMember(status, "allowed");
  if (!allowed.is_boolean()) {
    return Fail(ErrorKind::kServer, "the server's SelfSubjectAccessReview has no verdict");
  }
  return AccessVerdict{.allowed = allowed.get<bool>(), .reason = SafeText(status, "reason")};
}

Result<std::string> ParseVersion(std::string_view text) {
  const auto json = ParseObject(text, "version");
  if (!json) return tl::unexpected(json.error());
  std::string version = SafeText(*json, "gitVersion");
  if (version.empty()) return Fail(ErrorKind::kServer, "the server does not say its version");
  return version;
}

Result<std::optional<ServerUser>> ReviewUser(ApiClient& client) {
  for (const char* version : {"v1", "v1beta1", "v1alpha1"}) {
    const std::string group = fmt::format("authentication.k8s.io/{}", version);
    const Json body = {{"kind", "SelfSubjectReview"}, {"apiVersion", group}};
    const auto answer = client.Send(
        {.method = "POST", .path = "/apis/" + group + "/selfsubjectreviews", .body = body.dump()});
    if (!answer) return tl::unexpected(answer.error());
    if (answer->code == 404) continue;
    // Denied, or nobody we know: what the other questions meet says more.
    if (answer->code != 201 && answer->code != 200) return std::nullopt;
    auto user = ParseUserReview(answer->body);
    if (!user) return tl::unexpected(user.error());
    return std::move(*user);
  }
  return std::nullopt;
}

Result<AccessVerdict> ReviewExecAccess(ApiClient& client, std::string_view verb,
                                       std::string_view name_space, std::string_view pod) {
  Json attributes = {{"verb", verb},
                     {"resource", "pods"},
                     {"subresource", "exec"},
                     {"version", "v1"},
                     {"namespace", name_space}};
  if (!pod.empty()) attributes["name"] = pod;
  const Json body = {{"kind", "SelfSubjectAccessReview"},
                     {"apiVersion", "authorization.k8s.io/v1"},
                     {"spec", {{"resourceAttributes", attributes}}}};
  const auto answer = client.Send({.method = "POST",
                                   .path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                                   .body = body.dump()});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->code != 201 && answer->code != 200) {
    return tl::unexpected(
        ErrorFromResponse(answer->code, answer->body, "selfsubjectaccessreviews"));
  }
  return ParseAccessReview(answer->body);
}

Result<std::string> ServerVersion(ApiClient& client) {
  const auto answer = client.Send({.path = "/version"});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->code != 200) {
    return tl::unexpected(ErrorFromResponse(answer->code, answer->body, "get /version"));
  }
  return ParseVersion(answer->body);
}

}  // namespace secure_exec
