#include "plugin/kubeconfig/access.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "base/go_duration.h"
#include "plugin/kubeconfig/config_load.h"
#include "plugin/kubeconfig/credentials.h"
#include "plugin/kubeconfig/exec_plugin.h"
#include "plugin/kubeconfig/impersonation.h"

namespace secure_exec {
namespace {

// The stanzas in use, with the flags laid over them. `name` and `file` are for messages.
struct Chosen {
  std::string context, cluster_name, user_name;
  ClusterStanza cluster;
  UserStanza user;
  std::string name_space;
};

Result<void> ChooseCluster(const LoadedConfig& loaded, const AccessFlags& flags,
                           const ContextStanza& context, Chosen& chosen) {
  const std::string* flag = Given(flags.cluster);
  chosen.cluster_name = flag ? *flag : context.cluster;
  const auto found = loaded.config.clusters.find(chosen.cluster_name);
  if (found != loaded.config.clusters.end()) {
    chosen.cluster = found->second;
  } else if (flag) {
    return Fail(ErrorKind::kConfig, "no server found for cluster \"{}\"", *flag);
  } else if (Given(flags.server)) {
    return {};
  } else if (!chosen.cluster_name.empty()) {
    return Fail(ErrorKind::kConfig,
                "kubeconfig: context \"{}\" ({}) names cluster \"{}\", which no file defines",
                chosen.context, context.file, chosen.cluster_name);
  } else if (!chosen.context.empty()) {
    return Fail(ErrorKind::kConfig,
                "kubeconfig: context \"{}\" ({}) names no cluster: use --cluster or --server",
                chosen.context, context.file);
  } else {
    return Fail(ErrorKind::kConfig,
                "no cluster to talk to: {} no current context; use --context, --kubeconfig or "
                "--server",
                loaded.looked_at.empty()
                    ? "no kubeconfig is named, so there is"
                    : fmt::format("{} set{}", fmt::join(loaded.looked_at, ", "),
                                  loaded.looked_at.size() == 1 ? "s" : ""));
  }
  return {};
}

Result<void> ChooseUser(const LoadedConfig& loaded, const AccessFlags& flags,
                        const ContextStanza& context, Chosen& chosen) {
  const std::string* flag = Given(flags.user);
  chosen.user_name = flag ? *flag : context.user;
  const auto found = loaded.config.users.find(chosen.user_name);
  if (found != loaded.config.users.end()) {
    chosen.user = found->second;
  } else if (flag) {
    return Fail(ErrorKind::kConfig, "auth info \"{}\" does not exist", *flag);
  } else if (!chosen.user_name.empty()) {
    return Fail(ErrorKind::kConfig,
                "kubeconfig: context \"{}\" ({}) names user \"{}\", which no file defines",
                chosen.context, context.file, chosen.user_name);
  }
  return {};
}

Result<Chosen> Choose(const LoadedConfig& loaded, const AccessFlags& flags) {
  Chosen chosen;
  const std::string* flag = Given(flags.context);
  chosen.context = flag ? *flag : loaded.config.current_context;
  ContextStanza context;
  if (!chosen.context.empty()) {
    const auto found = loaded.config.contexts.find(chosen.context);
    if (found == loaded.config.contexts.end()) {
      return Fail(ErrorKind::kVerbatim,
                  "Error in configuration: context was not found for specified context: {}",
                  chosen.context);
    }
    context = found->second;
  }
  if (auto done = ChooseCluster(loaded, flags, context, chosen); !done) {
    return tl::unexpected(done.error());
  }
  if (auto done = ChooseUser(loaded, flags, context, chosen); !done) {
    return tl::unexpected(done.error());
  }
  const std::string* name_space = Given(flags.name_space);
  chosen.name_space = name_space                   ? *name_space
                      : context.name_space.empty() ? "default"
                                                   : context.name_space;
  return chosen;
}

// Flags beat the stanza, and a flag about trust replaces all that the stanza says about it.
void LayFlagsOver(const AccessFlags& flags, ClusterStanza& cluster, UserStanza& user) {
  if (const auto* server = Given(flags.server)) {
    cluster.server = *server;
    cluster.tls_server_name.clear();
  }
  if (const auto* name = Given(flags.tls_server_name)) cluster.tls_server_name = *name;
  const std::string* ca = Given(flags.certificate_authority);
  if (ca || flags.insecure_skip_tls_verify == true) {
    cluster.certificate_authority = ca ? *ca : "";
    cluster.certificate_authority_data.clear();
    cluster.insecure_skip_tls_verify = flags.insecure_skip_tls_verify == true;
  } else if (flags.insecure_skip_tls_verify == false) {
    cluster.insecure_skip_tls_verify = false;  // kubectl ignores this; we verify what was asked for
  }
  if (const auto* certificate = Given(flags.client_certificate)) {
    user.client_certificate = *certificate;
    user.client_certificate_data.clear();
  }
  if (const auto* key = Given(flags.client_key)) {
    user.client_key = *key;
    user.client_key_data.clear();
  }
  if (const auto* token = Given(flags.token)) user.token = *token;
  if (const auto* username = Given(flags.username)) user.username = *username;
  if (const auto* password = Given(flags.password)) user.password = *password;
}

// scheme://host[:port][/path], and nothing else that a URL may have.
Result<std::string> CheckServer(const std::string& server) {
  const auto invalid = [&](std::string_view why) {
    return Fail(ErrorKind::kConfig, "host must be a URL or a host:port pair: \"{}\" {}", server,
                why);
  };
  constexpr std::string_view kNever = "\"<>\\^`{|}";
  if (std::any_of(server.begin(), server.end(), [&](char c) {
        return c <= ' ' || c >= 0x7f || kNever.find(c) != std::string_view::npos;
      })) {
    return invalid("has a character that no URL has");
  }
  const size_t separator = server.find("://");
  if (separator == std::string::npos) return invalid("has no scheme: write https://HOST[:PORT]");
  std::string scheme = server.substr(0, separator);
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
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
  constexpr int64_t kSecondNs = 1'000'000'000;
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int64_t seconds = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, problem] = std::from_chars(digits.data(), end, seconds);
  if (problem == std::errc() && rest == end && seconds >= 0 && !digits.starts_with('-')) {
    // More than 292 years are no limit either.
    return seconds > std::numeric_limits<int64_t>::max() / kSecondNs ? 0 : seconds * kSecondNs;
  }
  const auto duration = ParseGoDuration(text);
  if (!duration) {
    return Fail(ErrorKind::kConfig,
                "Invalid timeout value. Timeout must be a single integer in seconds, or an integer "
                "followed by a corresponding time unit (e.g. 1s | 2m | 3h)");
  }
  return std::max<int64_t>(*duration, 0);
}

Result<ClusterAccess> Resolve(const AccessFlags& flags, const Environment& environment) {
  const auto loaded = LoadKubeconfig(flags, environment);
  if (!loaded) return tl::unexpected(loaded.error());
  auto chosen = Choose(*loaded, flags);
  if (!chosen) return tl::unexpected(chosen.error());
  LayFlagsOver(flags, chosen->cluster, chosen->user);
  if (auto laid = LayImpersonationOver(flags, chosen->user); !laid) {
    return tl::unexpected(laid.error());
  }
  const ClusterStanza& cluster = chosen->cluster;
  if (auto able = RefuseUnsupportedUser(chosen->user_name, chosen->user); !able) {
    return tl::unexpected(able.error());
  }
  if (!cluster.proxy_url.empty()) {
    return Fail(ErrorKind::kConfig,
                "kubeconfig: cluster \"{}\" ({}) has proxy-url, which this version does not "
                "support: set HTTPS_PROXY",
                chosen->cluster_name, cluster.file);
  }

  ClusterAccess access;
  access.context = chosen->context;
  access.cluster = chosen->cluster_name;
  access.user = chosen->user_name;
  access.name_space = chosen->name_space;
  Problems problems;
  ReadClientCertificate(access.user, chosen->user, access.client_certificate_pem,
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
  if (auto fine = problems.Done(); !fine) return tl::unexpected(fine.error());

  auto token = ReadToken(chosen->user);
  if (!token) return tl::unexpected(token.error());
  access.token = std::move(*token);
  access.username = chosen->user.username;
  access.password = chosen->user.password;
  auto impersonation = ImpersonationHeaders(access.user, chosen->user);
  if (!impersonation) return tl::unexpected(impersonation.error());
  access.impersonation = std::move(*impersonation);
  auto server = CheckServer(cluster.server);
  if (!server) return tl::unexpected(server.error());
  access.server = std::move(*server);
  // As kubectl: only where there is no other credential, and never for a server without TLS, which
  // is sent none.
  if (chosen->user.exec && access.token.empty() && access.username.empty() &&
      access.client_certificate_pem.empty() && access.server.starts_with("https:")) {
    if (auto fine = CheckPluginPolicy(environment); !fine) return tl::unexpected(fine.error());
    access.exec = ExecPlugin{*chosen->user.exec, cluster.exec_config};
  }
  access.insecure = cluster.insecure_skip_tls_verify;
  if (access.insecure && !access.ca_pem.empty()) {
    return Fail(ErrorKind::kConfig,
                "specifying a root certificates file with the insecure flag is not allowed");
  }
  access.tls_server_name = cluster.tls_server_name;
  if (const std::string why = PathSegmentProblem(access.name_space); !why.empty()) {
    return Fail(ErrorKind::kConfig, "invalid namespace \"{}\": [{}]", access.name_space, why);
  }
  auto timeout = ParseRequestTimeout(flags.request_timeout);
  if (!timeout) return tl::unexpected(timeout.error());
  access.request_timeout_ns = *timeout;
  return access;
}

}  // namespace

Result<ClusterAccess> ResolveAccess(const AccessFlags& flags, const Environment& environment) {
  auto access = Resolve(flags, environment);
  if (!access) {
    // Names come from files: no control characters on the user's terminal.
    for (char& c : access.error().message) {
      if ((c >= 0 && c < ' ' && c != '\n') || c == 0x7f) c = '?';
    }
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
