// kubectl's built-in auth providers. gcp and azure were removed from it; oidc remains: an ID token
// in the kubeconfig, which kubectl refreshes at the issuer and writes back. Here the token is used
// while it is valid, and never refreshed: that takes requests to another server than the cluster's,
// and changes the user's files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plugin/kubeconfig/config_file.h"

namespace secure_exec {

// kConfig, in kubectl's words, for a provider that is gone or unknown, or that lacks a setting.
Result<void> CheckAuthProvider(const AuthProviderStanza& provider);

// oidc's ID token. kVerbatim where there is none that is valid at `now_wall_ns` and for ten seconds
// more; the error has kubectl's words, or says what refreshes the token.
Result<std::string> AuthProviderToken(const std::string& user, const UserStanza& stanza,
                                      int64_t now_wall_ns);

// When a JWT expires, in seconds since 1970; 0 if it does not say. Its signature is the server's
// business. Error: what keeps it from being read, in kubectl's words.
tl::expected<double, std::string> JwtExpiry(std::string_view token);

}  // namespace secure_exec
