// One kubeconfig file, and several merged: the stanzas as they stand, paths made absolute and data
// decoded. What a stanza means is access.h's.
//
// Strict where Go's decoder is: a token that is a number, or an unquoted `y`, is an error, as with
// kubectl; yaml-cpp alone would take it. Unknown fields are ignored. Of a field given twice the
// last counts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace secure_exec {

// `file` is where the stanza stands, for messages. Paths are absolute, or empty.
struct ClusterStanza {
  std::string file;
  std::string server, tls_server_name, proxy_url;
  std::string certificate_authority, certificate_authority_data;
  bool insecure_skip_tls_verify = false;
  std::string exec_config;  // JSON for credential plugins, from the extensions; or empty
  bool operator==(const ClusterStanza&) const = default;
};

// A credential plugin. `command` is a name to look for on PATH, or an absolute path.
struct ExecStanza {
  std::string api_version, command, interactive_mode, install_hint;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  bool provide_cluster_info = false;
  bool operator==(const ExecStanza&) const = default;
};

// An auth provider that was built into kubectl once; of them only "oidc" still works.
struct AuthProviderStanza {
  std::string name;
  std::map<std::string, std::string> config;
  bool operator==(const AuthProviderStanza&) const = default;
};

struct UserStanza {
  std::string file;
  std::string client_certificate, client_certificate_data, client_key, client_key_data;
  std::string token, token_file, username, password;
  std::string as, as_uid;
  std::vector<std::string> as_groups;
  std::map<std::string, std::vector<std::string>> as_user_extra;
  std::optional<ExecStanza> exec;
  std::optional<AuthProviderStanza> auth_provider;
  bool operator==(const UserStanza&) const = default;
};

struct ContextStanza {
  std::string file;
  std::string cluster, user, name_space;
};

struct Kubeconfig {
  std::map<std::string, ClusterStanza> clusters;
  std::map<std::string, UserStanza> users;
  std::map<std::string, ContextStanza> contexts;
  std::string current_context, current_context_file;
};

// `path` is for messages and as the base of relative paths. Errors are kConfig: 'error loading
// config file "PATH": …'. Nesting is limited by yaml-cpp (500 levels); aliases are not expanded.
Result<Kubeconfig> ParseKubeconfig(std::string_view text, const std::string& path);

// First one wins: a stanza of `other` counts where `config` has none of its name.
void MergeKubeconfig(Kubeconfig& config, Kubeconfig other);

}  // namespace secure_exec
