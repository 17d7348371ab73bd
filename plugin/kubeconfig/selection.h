// The stanzas that count, with the flags laid over them, and the namespace.
#pragma once

#include <optional>
#include <string>

#include "base/environment.h"
#include "base/result.h"
#include "plugin/kubeconfig/access.h"
#include "plugin/kubeconfig/config_load.h"
#include "plugin/kubeconfig/in_cluster.h"

namespace secure_exec {

// Names are empty where nothing names a stanza, and a stanza's `file` is empty where none was
// found.
struct Selection {
  std::string context_name, cluster_name, user_name;
  ContextStanza context;
  ClusterStanza cluster;
  UserStanza user;
  std::optional<InCluster> pod;  // set: cluster and user are the pod's service account
  std::string name_space;        // never empty
  std::string name_space_source;
};

// kConfig, or kVerbatim where kubectl prints no "error: ". A pod's service account counts where
// client-go takes it: the files and flags say nothing about the server and the user.
Result<Selection> Select(const LoadedConfig& loaded, const AccessFlags& flags,
                         const Environment& environment, const std::string& root);

}  // namespace secure_exec
