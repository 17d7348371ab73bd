#include "plugin/kubeconfig/auth_provider.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/json.h"

namespace secure_exec {
namespace {

constexpr int64_t kLeewaySeconds = 10;
constexpr size_t kMaxClaims = 64 * 1024;
constexpr int kMaxClaimsDepth = 32;

std::string Get(const AuthProviderStanza& provider, const std::string& name) {
  const auto found = provider.config.find(name);
  return found == provider.config.end() ? "" : found->second;
}

// Base64 in the alphabet of URLs, without padding.
tl::expected<std::string, std::string> DecodeRawUrl(std::string_view text) {
  std::string standard(text);
  for (size_t i = 0; i < standard.size(); ++i) {
    char& c = standard[i];
    const bool known = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    if (!known) return tl::unexpected(fmt::format("illegal base64 data at input byte {}", i));
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  standard.append((4 - standard.size() % 4) % 4, '=');
  std::string bytes;
  if (Base64DecodeAppend(standard, bytes)) return bytes;
  return tl::unexpected(
      fmt::format("illegal base64 data at input byte {}", std::max<size_t>(text.size(), 1) - 1));
}

}  // namespace

Result<void> CheckAuthProvider(const AuthProviderStanza& provider) {
  if (provider.name == "gcp") {
    return Fail(ErrorKind::kConfig,
                "The gcp auth plugin has been removed.\n"
                "Please use the \"gke-gcloud-auth-plugin\" kubectl/client-go credential plugin "
                "instead.\n"
                "See https://cloud.google.com/blog/products/containers-kubernetes/"
                "kubectl-auth-changes-in-gke for further details");
  }
  if (provider.name == "azure") {
    return Fail(ErrorKind::kConfig,
                "The azure auth plugin has been removed.\n"
                "Please use the https://github.com/Azure/kubelogin kubectl/client-go credential "
                "plugin instead.\n"
                "See https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
                "#client-go-credential-plugins for further details");
  }
  if (provider.name != "oidc") {
    return Fail(ErrorKind::kConfig, "no Auth Provider found for name \"{}\"", provider.name);
  }
  for (const char* name : {"idp-issuer-url", "client-id"}) {
    if (Get(provider, name).empty()) return Fail(ErrorKind::kConfig, "Must provide {}", name);
  }
  return {};
}

Result<std::string> AuthProviderToken(const std::string& user, const UserStanza& stanza,
                                      int64_t now_wall_ns) {
  const auto refuse = [](const std::string& why) {
    return Fail(ErrorKind::kVerbatim, "Unable to connect to the server: {}", why);
  };
  const std::string token = Get(*stanza.auth_provider, "id-token");
  if (!token.empty()) {
    const auto expiry = JwtExpiry(token);
    if (!expiry) return refuse(expiry.error());
    const double now = static_cast<double>(now_wall_ns / kSecond);
    if (now + kLeewaySeconds < *expiry) return token;
  }
  if (Get(*stanza.auth_provider, "refresh-token").empty()) {
    return refuse("No valid id-token, and cannot refresh without refresh-token");
  }
  return refuse(
      fmt::format("user \"{}\" ({}) has no valid id-token, and only kubectl can refresh it: run "
                  "`kubectl auth whoami` first, or use an exec plugin such as kubectl-oidc_login",
                  user, stanza.file));
}

tl::expected<double, std::string> JwtExpiry(std::string_view token) {
  if (std::count(token.begin(), token.end(), '.') != 2) {
    return tl::unexpected<std::string>("ID Token is not a valid JWT");
  }
  const size_t first = token.find('.') + 1;
  const auto claims = DecodeRawUrl(token.substr(first, token.rfind('.') - first));
  if (!claims) return tl::unexpected(claims.error());
  const auto json = ParseJson(claims->size() > kMaxClaims ? "" : *claims, kMaxClaimsDepth);
  // What the token says is nobody's business: no value is quoted.
  if (!json.is_object()) {
    return tl::unexpected<std::string>("parsing claims: not a JSON object");
  }
  const auto found = json.find("exp");
  if (found == json.end() || found->is_null()) return 0;
  if (found->is_number()) return found->get<double>();
  if (found->is_string()) {
    const auto& text = found->get_ref<const std::string&>();
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc() && stop == end) return value;
  }
  return tl::unexpected<std::string>("parsing claims: exp is not a number");
}

}  // namespace secure_exec
