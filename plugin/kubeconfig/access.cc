#include "plugin/kubeconfig/access.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "base/ascii.h"
#include "base/go_duration.h"
#include "plugin/kubeconfig/auth_provider.h"
#include "plugin/kubeconfig/config_load.h"
#include "plugin/kubeconfig/credentials.h"
#include "plugin/kubeconfig/exec_plugin.h"
#include "plugin/kubeconfig/impersonation.h"
#include "plugin/kubeconfig/provenance.h"
#include "plugin/kubeconfig/selection.h"

namespace secure_exec {
namespace {

// For an error: USER:PASSWORD@, which some write into a URL, is a secret.
std::string WithoutUser(std::string server) {
  const size_t at = server.rfind('@');
  if (at == std::string::npos) return server;
  const size_t separator = server.find("://");
  const size_t from = separator == std::string::npos || separator > at ? 0 : separator + 3;
  return server.replace(from, at - from, "…");
}

// scheme://host[:port][/path], and nothing else that a URL may have.
Result<std::string> CheckServer(const std::string& server) {
  const auto invalid = [&](std::string_view why) {
    return Fail(ErrorKind::kConfig, "host must be a URL or a host:port pair: \"{}\" {}",
                WithoutUser(server), why);
  };
  constexpr std::string_view kNever = "\"<>\\^`{|}";
  if (std::any_of(server.begin(), server.end(), [&](char c) {
        return c <= ' ' || c >= 0x7f || kNever.find(c) != std::string_view::npos;
      })) {
    return invalid("has a character that no URL has");
  }
  const size_t separator = server.find("://");
  if (separator == std::string::npos) return invalid("has no scheme: write https://HOST[:PORT]");
  const std::string scheme = AsciiLower(server.substr(0, separator));
  if (scheme != "https" && scheme != "http") {
    return Fail(ErrorKind::kVerbatim,
                "Unable to connect to the server: unsupported protocol scheme \"{}\"", scheme);
  }
  const std::string rest = server.substr(separator + 3);
  if (rest.find_first_of("?#@") != std::string::npos) {
    return invalid("may have a path, but no user, query or fragment");
  }
  if (rest.empty() || rest[0] == '/' || rest[0] == ':') return invalid("has no host");
  std::string url = scheme + "://" + rest;
  while (url.back() == '/') url.pop_back();
  return url;
}

// --request-timeout as kubectl reads it: seconds, or a Go duration. 0: no limit, as below zero.
Result<int64_t> ParseRequestTimeout(std::string_view text) {
  if (text.empty()) return 0;
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int64_t seconds = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, problem] = std::from_chars(digits.data(), end, seconds);
  if (problem == std::errc() && rest == end && seconds >= 0 && !digits.starts_with('-')) {
    // More than 292 years are no limit either.
    return seconds > std::numeric_limits<int64_t>::max() / kSecond ? 0 : seconds * kSecond;
  }
  const auto duration = ParseGoDuration(text);
  if (!duration) {
    return Fail(ErrorKind::kConfig,
                "Invalid timeout value. Timeout must be a single integer in seconds, or an integer "
                "followed by a corresponding time unit (e.g. 1s | 2m | 3h)");
  }
  return std::max<int64_t>(*duration, 0);
}

// The server's certificate authority and the user's certificate: all that files hold.
Result<void> ReadFiles(const Selection& selection, ClusterAccess& access) {
  const ClusterStanza& cluster = selection.cluster;
  Problems problems;
  ReadClientCertificate(access.user, selection.user, access.client_certificate_pem,
                        access.client_key_pem, problems);
  if (cluster.server.empty()) problems.Add("no server found for cluster \"{}\"", access.cluster);
  if (!cluster.certificate_authority.empty() && !cluster.certificate_authority_data.empty()) {
    problems.Add(
        "certificate-authority-data and certificate-authority are both specified for {}. "
        "certificate-authority-data will override.",
        access.cluster);
  }
  ReadPem(cluster.certificate_authority_data, cluster.certificate_authority,
          "certificate-authority", access.cluster, access.ca_pem, problems);
  return problems.Done();
}

// What is sent in a request's headers. A credential plugin is kept for later, and only where there
// is no other credential, as in kubectl; never for a server without TLS, which is sent none.
Result<void> ReadIdentity(const Selection& selection, PluginPolicy policy, const Clock& clock,
                          ClusterAccess& access) {
  const UserStanza& user = selection.user;
  auto token = ReadToken(user.token, user.token_file);
  if (!token) return tl::unexpected(token.error());
  access.token = std::move(*token);
  access.token_file = user.token_file;
  access.username = user.username;
  access.password = user.password;
  if (user.auth_provider && access.token.empty() && access.username.empty()) {
    auto provided = AuthProviderToken(access.user, user, clock.WallNs());
    if (!provided) return tl::unexpected(provided.error());
    access.token = std::move(*provided);
  }
  auto impersonation = ImpersonationHeaders(access.user, user);
  if (!impersonation) return tl::unexpected(impersonation.error());
  access.impersonation = std::move(*impersonation);
  if (user.exec && access.token.empty() && access.username.empty() &&
      access.client_certificate_pem.empty() && access.server.starts_with("https:")) {
    access.exec = ExecPlugin{*user.exec, selection.cluster.exec_config, std::move(policy)};
  }
  return {};
}

Result<ClusterAccess> Resolve(const AccessFlags& flags, const Environment& environment,
                              const Clock& clock, const std::string& root) {
  auto policy = LoadPluginPolicy(flags.kuberc, environment);
  if (!policy) return tl::unexpected(policy.error());
  const auto loaded = LoadKubeconfig(flags, environment);
  if (!loaded) return tl::unexpected(loaded.error());
  const auto selection = Select(*loaded, flags, environment, root);
  if (!selection) return tl::unexpected(selection.error());
  if (auto able = CheckUser(selection->user_name, selection->user); !able) {
    return tl::unexpected(able.error());
  }

  ClusterAccess access;
  access.context = selection->context_name;
  access.cluster = selection->cluster_name;
  access.user = selection->user_name;
  if (auto read = ReadFiles(*selection, access); !read) return tl::unexpected(read.error());
  auto server = CheckServer(selection->cluster.server);
  if (!server) return tl::unexpected(server.error());
  access.server = std::move(*server);
  access.name_space = selection->name_space;
  if (auto read = ReadIdentity(*selection, *policy, clock, access); !read) {
    return tl::unexpected(read.error());
  }
  access.insecure = selection->cluster.insecure_skip_tls_verify;
  if (access.insecure && !access.ca_pem.empty()) {
    return Fail(ErrorKind::kConfig,
                "specifying a root certificates file with the insecure flag is not allowed");
  }
  access.tls_server_name = selection->cluster.tls_server_name;
  access.proxy_url = selection->cluster.proxy_url;
  if (const std::string why = PathSegmentProblem(access.name_space); !why.empty()) {
    return Fail(ErrorKind::kConfig, "invalid namespace \"{}\": [{}]", access.name_space, why);
  }
  auto timeout = ParseRequestTimeout(flags.request_timeout);
  if (!timeout) return tl::unexpected(timeout.error());
  access.request_timeout_ns = *timeout;
  access.settings = DescribeSettings(*loaded, *selection, flags, *policy, access);
  return access;
}

// Names come from files: no control characters on the user's terminal.
void MakeShowable(std::string& text, bool lines) {
  for (char& c : text) {
    if ((c >= 0 && c < ' ' && !(lines && c == '\n')) || c == 0x7f) c = '?';
  }
}

}  // namespace

Result<ClusterAccess> ResolveAccess(const AccessFlags& flags, const Environment& environment,
                                    const Clock& clock, const std::string& root) {
  auto access = Resolve(flags, environment, clock, root);
  if (!access) {
    MakeShowable(access.error().message, true);
    return access;
  }
  for (Setting& setting : access->settings) {
    MakeShowable(setting.value, false);
    MakeShowable(setting.source, false);
  }
  return access;
}

std::string PathSegmentProblem(std::string_view name) {
  if (name == "." || name == "..") return fmt::format("may not be '{}'", name);
  for (const char each : {'/', '%'}) {
    if (name.find(each) != std::string_view::npos) return fmt::format("may not contain '{}'", each);
  }
  const bool safe = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
  });
  if (name.empty() || !safe) return "may have only letters, digits, '-' and '.'";
  return {};
}

}  // namespace secure_exec
