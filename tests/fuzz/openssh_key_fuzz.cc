// An OpenSSH private key: any text. What is accepted must sign.
#include <cstdint>
#include <cstdlib>

#include "recorder/user_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  const auto key = SigningKeyFromOpenSsh({reinterpret_cast<const char*>(data), size});
  if (key && !VerifySignature(key->spki(), "message", key->Sign("message"))) std::abort();
  return 0;
}
