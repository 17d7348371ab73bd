#include "plugin/kubeconfig/in_cluster.h"

#include <sys/stat.h>

#include "base/ascii.h"
#include "plugin/kubeconfig/local_file.h"

namespace secure_exec {
namespace {

constexpr char kDirectory[] = "/var/run/secrets/kubernetes.io/serviceaccount/";

}  // namespace

std::optional<InCluster> FindInCluster(const Environment& environment, const std::string& root) {
  const auto host = environment("KUBERNETES_SERVICE_HOST");
  const auto port = environment("KUBERNETES_SERVICE_PORT");
  InCluster found;
  found.token_file = root + kDirectory + "token";
  struct stat about {};
  if (!host || !port || ::stat(found.token_file.c_str(), &about) != 0 || S_ISDIR(about.st_mode)) {
    return std::nullopt;
  }
  const bool v6 = host->find(':') != std::string::npos;
  found.server = "https://" + (v6 ? "[" + *host + "]" : *host) + ":" + *port;
  found.ca_file = root + kDirectory + "ca.crt";
  if (!ReadLocalFile(found.ca_file, kMaxCredentialBytes)) found.ca_file.clear();
  return found;
}

InClusterNamespace FindInClusterNamespace(const Environment& environment, const std::string& root) {
  if (const auto name = environment("POD_NAMESPACE")) return {*name, "POD_NAMESPACE"};
  const std::string file = root + kDirectory + "namespace";
  const auto text = ReadLocalFile(file, kMaxCredentialBytes);
  if (!text) return {};
  const std::string_view name = TrimSpace(*text);
  if (name.empty()) return {};
  return {std::string(name), file};
}

}  // namespace secure_exec
