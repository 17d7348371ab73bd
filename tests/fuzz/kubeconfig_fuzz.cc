// A kubeconfig file: read or refused, and then merged with itself.
#include <cstdint>
#include <cstdlib>

#include "plugin/kubeconfig/config_file.h"
#include "plugin/kubeconfig/credentials.h"
#include "tests/fuzz/shown.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto config = secure_exec::ParseKubeconfig(text, "/k/config");
  if (!config) {
    if (config.error().message.empty()) std::abort();
    secure_exec::CheckShown(config.error().message);
    return 0;
  }
  const size_t users = config->users.size();
  secure_exec::Kubeconfig merged = *config;
  secure_exec::MergeKubeconfig(merged, *config);
  if (merged.users.size() != users) std::abort();
  for (const auto& [name, user] : config->users) {
    const auto checked = secure_exec::CheckUser(name, user);
    if (!checked && checked.error().message.empty()) std::abort();
  }
  for (const auto& [name, cluster] : config->clusters) {
    const std::string& path = cluster.certificate_authority;
    if (!path.empty() && path[0] != '/') std::abort();
  }
  return 0;
}
