// What a credential plugin prints: a whole credential, or a refusal with words.
#include <cstdint>
#include <cstdlib>

#include "plugin/kubeconfig/exec_plugin.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto credential = secure_exec::ParseExecCredential(text, "client.authentication.k8s.io/v1");
  if (!credential) {
    if (credential.error().message.empty()) std::abort();
    return 0;
  }
  if (credential->token.empty() && credential->key_pem.empty()) std::abort();
  if (credential->certificate_pem.empty() != credential->key_pem.empty()) std::abort();
  return 0;
}
