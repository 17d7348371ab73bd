// The service account of the pod that we run in: where client-go looks for it.
#pragma once

#include <optional>
#include <string>

#include "base/environment.h"

namespace secure_exec {

struct InCluster {
  std::string server;      // from KUBERNETES_SERVICE_HOST and _PORT
  std::string token_file;  // there when we looked; rotated while a pod runs
  std::string ca_file;     // empty: there is none that can be read, and the system's roots count
};

// Nothing unless both variables are set and the token's file exists. `root` goes in front of paths.
std::optional<InCluster> FindInCluster(const Environment& environment, const std::string& root);

// $POD_NAMESPACE, else the service account's. Both empty: neither says.
struct InClusterNamespace {
  std::string name, source;
};
InClusterNamespace FindInClusterNamespace(const Environment& environment, const std::string& root);

}  // namespace secure_exec
