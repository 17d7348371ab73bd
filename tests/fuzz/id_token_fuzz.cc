// An ID token from a kubeconfig: when it expires, or why it cannot be read, without what it says.
#include <cstdint>
#include <cstdlib>

#include "plugin/kubeconfig/auth_provider.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string token(reinterpret_cast<const char*>(data), size);
  const auto expiry = secure_exec::JwtExpiry(token);
  if (!expiry && expiry.error().empty()) std::abort();
  secure_exec::UserStanza user;
  user.auth_provider = {"oidc", {{"id-token", token}}};
  const auto used = secure_exec::AuthProviderToken("u", user, 1'800'000'000'000'000'000);
  if (used && (!expiry || *used != token)) std::abort();
  return 0;
}
