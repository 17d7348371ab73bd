#include "plugin/kubeconfig/selection.h"

#include <map>

#include "plugin/kubeconfig/impersonation.h"

namespace secure_exec {
namespace {

// nullptr where no file has it.
template <class Stanza>
const Stanza* Find(const std::map<std::string, Stanza>& stanzas, const std::string& name) {
  const auto found = stanzas.find(name);
  return found == stanzas.end() ? nullptr : &found->second;
}

// Why there is no cluster to talk to. kubectl would go to http://localhost:8080.
Error NoCluster(const LoadedConfig& loaded, const Selection& selection) {
  const auto fail = [](std::string message) { return Error{ErrorKind::kConfig, message}; };
  if (!selection.cluster_name.empty()) {
    return fail(
        fmt::format("kubeconfig: context \"{}\" ({}) names cluster \"{}\", which no file defines",
                    selection.context_name, selection.context.file, selection.cluster_name));
  }
  if (!selection.context_name.empty()) {
    return fail(
        fmt::format("kubeconfig: context \"{}\" ({}) names no cluster: use --cluster or --server",
                    selection.context_name, selection.context.file));
  }
  return fail(fmt::format(
      "no cluster to talk to: {} no current context; use --context, --kubeconfig or --server",
      loaded.looked_at.empty() ? "no kubeconfig is named, so there is"
                               : fmt::format("{} set{}", fmt::join(loaded.looked_at, ", "),
                                             loaded.looked_at.size() == 1 ? "s" : "")));
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

// Whether client-go would find nothing here but its defaults, and so look for a pod's service
// account.
bool SaysNothing(const Selection& selection, const AccessFlags& flags,
                 const Environment& environment) {
  ClusterStanza cluster = selection.cluster;
  const std::string usual = environment("KUBERNETES_MASTER").value_or("http://localhost:8080");
  if (cluster.server == usual) cluster.server.clear();
  cluster.file.clear();
  cluster.exec_config.clear();
  UserStanza user = selection.user;
  user.file.clear();
  const bool no_timeout = flags.request_timeout.find_first_not_of("0") == std::string::npos;
  return cluster == ClusterStanza() && user == UserStanza() && no_timeout;
}

Result<Selection> SelectStanzas(const LoadedConfig& loaded, const AccessFlags& flags,
                                const Environment& environment, const std::string& root) {
  Selection selection;
  // kubectl looks for the context's namespace first, and words what it misses then otherwise.
  const bool names_space = Given(flags.name_space) != nullptr;
  const std::string* flag = Given(flags.context);
  selection.context_name = flag ? *flag : loaded.config.current_context;
  if (!selection.context_name.empty()) {
    const ContextStanza* context = Find(loaded.config.contexts, selection.context_name);
    if (context == nullptr) {
      return flag && names_space
                 ? Fail(ErrorKind::kConfig, "context \"{}\" does not exist", *flag)
                 : Fail(ErrorKind::kVerbatim,
                        "Error in configuration: context was not found for specified context: {}",
                        selection.context_name);
    }
    selection.context = *context;
  }

  flag = Given(flags.cluster);
  selection.cluster_name = flag ? *flag : selection.context.cluster;
  const ClusterStanza* cluster = Find(loaded.config.clusters, selection.cluster_name);
  if (cluster != nullptr) {
    selection.cluster = *cluster;
  } else if (flag) {
    return names_space ? Fail(ErrorKind::kConfig, "cluster \"{}\" does not exist", *flag)
                       : Fail(ErrorKind::kConfig, "no server found for cluster \"{}\"", *flag);
  }

  flag = Given(flags.user);
  selection.user_name = flag ? *flag : selection.context.user;
  const UserStanza* user = Find(loaded.config.users, selection.user_name);
  if (user != nullptr) {
    selection.user = *user;
  } else if (flag) {
    return Fail(ErrorKind::kConfig, "auth info \"{}\" does not exist", *flag);
  }

  LayFlagsOver(flags, selection.cluster, selection.user);
  if (auto laid = LayImpersonationOver(flags, selection.user); !laid) {
    return tl::unexpected(laid.error());
  }
  if (SaysNothing(selection, flags, environment)) {
    if ((selection.pod = FindInCluster(environment, root))) {
      selection.cluster.server = selection.pod->server;
      selection.cluster.certificate_authority = selection.pod->ca_file;
      selection.user.token_file = selection.pod->token_file;
      return selection;
    }
  }
  if (cluster == nullptr && !Given(flags.server)) {
    return tl::unexpected(NoCluster(loaded, selection));
  }
  if (user == nullptr && !selection.user_name.empty()) {
    return Fail(ErrorKind::kConfig,
                "kubeconfig: context \"{}\" ({}) names user \"{}\", which no file defines",
                selection.context_name, selection.context.file, selection.user_name);
  }
  return selection;
}

// -n, the context's, and in a pod the service account's: there even beside a kubeconfig that names
// none, as in client-go.
void SelectNamespace(const AccessFlags& flags, const Environment& environment,
                     const std::string& root, Selection& selection) {
  const auto take = [&](const std::string& name, std::string source) {
    selection.name_space = name;
    selection.name_space_source = std::move(source);
  };
  if (const std::string* flag = Given(flags.name_space)) return take(*flag, "--namespace");
  if (const ContextStanza& context = selection.context; !context.name_space.empty()) {
    return take(context.name_space,
                fmt::format("context \"{}\" in {}", selection.context_name, context.file));
  }
  if (selection.pod || FindInCluster(environment, root)) {
    const auto found = FindInClusterNamespace(environment, root);
    if (!found.name.empty()) return take(found.name, found.source);
  }
  take("default", "default");
}

}  // namespace

Result<Selection> Select(const LoadedConfig& loaded, const AccessFlags& flags,
                         const Environment& environment, const std::string& root) {
  auto selection = SelectStanzas(loaded, flags, environment, root);
  if (selection) SelectNamespace(flags, environment, root, *selection);
  return selection;
}

}  // namespace secure_exec
