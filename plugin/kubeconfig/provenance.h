// For `--explain`: where each part of the answer came from, without any secret.
#pragma once

#include <vector>

#include "plugin/kubeconfig/access.h"
#include "plugin/kubeconfig/config_load.h"
#include "plugin/kubeconfig/selection.h"

namespace secure_exec {

// All of Setting's names but proxy, in that order.
std::vector<Setting> DescribeSettings(const LoadedConfig& loaded, const Selection& selection,
                                      const AccessFlags& flags, const PluginPolicy& policy,
                                      const ClusterAccess& access);

}  // namespace secure_exec
