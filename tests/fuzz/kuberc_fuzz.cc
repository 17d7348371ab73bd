// A kuberc file: a policy that says clearly what may run, or a refusal with words.
#include <cstdint>
#include <cstdlib>

#include "plugin/kubeconfig/kuberc.h"
#include "tests/fuzz/shown.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using secure_exec::PluginPolicy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policy = secure_exec::ParseKuberc(text, "/k/kuberc");
  if (!policy) {
    if (policy.error().message.empty()) std::abort();
    secure_exec::CheckShown(policy.error().message);
    return 0;
  }
  if ((policy->type == PluginPolicy::Type::kAllowlist) == policy->allowed.empty()) std::abort();
  for (const std::string& entry : policy->allowed) {
    if (entry.empty()) std::abort();
  }
  const bool runs = secure_exec::CheckPluginPolicy(*policy, "/no/such/plugin").has_value();
  if (runs && (policy->type == PluginPolicy::Type::kDenyAll || !policy->problem.empty())) {
    std::abort();
  }
  return 0;
}
