// What the API server says about the caller: who it is (SelfSubjectReview) and whether it may run
// commands (SelfSubjectAccessReview). Both change nothing, and every authenticated user may ask
// (system:basic-user).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plugin/api/api_client.h"

namespace secure_exec {

struct ServerUser {
  std::string name, uid;
  std::vector<std::string> groups;
};

// nullopt: the server has no SelfSubjectReview (Kubernetes before 1.26), or does not answer it.
Result<std::optional<ServerUser>> ReviewUser(ApiClient& client);

struct AccessVerdict {
  bool allowed = false;
  std::string reason;  // the server's, often empty
};

// Whether `verb` on the pod's subresource exec is allowed; `pod` empty: on any pod of the
// namespace.
Result<AccessVerdict> ReviewExecAccess(ApiClient& client, std::string_view verb,
                                       std::string_view name_space, std::string_view pod);

// "v1.30.2", from /version.
Result<std::string> ServerVersion(ApiClient& client);

// The parsers, for tests and fuzzing: kServer unless `json` is the object, of at most 64 KiB. Texts
// are safe for a terminal.
Result<ServerUser> ParseUserReview(std::string_view json);
Result<AccessVerdict> ParseAccessReview(std::string_view json);
Result<std::string> ParseVersion(std::string_view json);

}  // namespace secure_exec
