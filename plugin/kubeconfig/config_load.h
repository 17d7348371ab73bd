// Which kubeconfig files count, read and merged.
#pragma once

#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"
#include "plugin/kubeconfig/access.h"
#include "plugin/kubeconfig/config_file.h"

namespace secure_exec {

// A flag that was given and is not empty (kubectl takes an empty one as not given), or null.
inline const std::string* Given(const std::optional<std::string>& flag) {
  return flag && !flag->empty() ? &*flag : nullptr;
}

struct LoadedConfig {
  Kubeconfig config;
  std::vector<std::string> looked_at;  // file names, whether there or not
};

// --kubeconfig alone, which must be there; else $KUBECONFIG's list or $HOME/.kube/config, of which
// missing files are skipped. kConfig with one problem, kVerbatim with several, as kubectl prints
// them.
Result<LoadedConfig> LoadKubeconfig(const AccessFlags& flags, const Environment& environment);

}  // namespace secure_exec
