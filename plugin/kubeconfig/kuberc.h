// The user's kuberc, as far as it concerns a plugin of kubectl's: which credential plugins may run.
// Its aliases and default flags are for kubectl's own commands; kubectl hands neither to plugins,
// so they are not looked at here.
//
//   apiVersion: kubectl.config.k8s.io/v1beta1
//   kind: Preference
//   credentialPluginPolicy: Allowlist
//   credentialPluginAllowlist:
//   - command: aws
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "base/result.h"

namespace secure_exec {

struct PluginPolicy {
  enum class Type { kAllowAll, kDenyAll, kAllowlist };
  Type type = Type::kAllowAll;
  std::vector<std::string> allowed;  // names and paths, in a normal form
  std::string file;                  // where it stands; empty: nowhere
  // Why the file cannot be followed, though nobody asked for it by name. No plugin may run then:
  // kubectl warns and runs it, whatever the file forbids.
  std::string problem;
};

// The first Preference among the file's YAML documents; a file without documents allows all.
// kFormat
// ("no valid preferences found in FILE: …") where there is none; kVerbatim, in kubectl's words,
// where its policy makes no sense.
Result<PluginPolicy> ParseKuberc(std::string_view text, const std::string& file);

// --kuberc, $KUBERC or ~/.kube/kuberc. KUBERC=off and KUBECTL_KUBERC=false switch it off. Errors
// are kubectl's: a file that was asked for must be there and make sense, the usual one may be
// missing, and what is no Preference there is the policy's `problem`.
Result<PluginPolicy> LoadPluginPolicy(const std::optional<std::string>& flag,
                                      const Environment& environment);

// Whether `command`, from a kubeconfig's exec stanza, may run. kVerbatim, in kubectl's words.
Result<void> CheckPluginPolicy(const PluginPolicy& policy, const std::string& command);

}  // namespace secure_exec
