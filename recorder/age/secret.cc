#include "recorder/age/secret.h"

#include <openssl/crypto.h>

#include <cstdlib>

namespace secure_exec {

void* AllocateSecret(size_t size) {
  // Without it OPENSSL_secure_malloc is malloc: still wiped, not locked.
  (void)LockSecrets();
  void* block = OPENSSL_secure_malloc(size);
  if (block == nullptr) block = OPENSSL_malloc(size);
  if (block == nullptr) std::abort();
  return block;
}

void FreeSecret(void* block, size_t size) {
  if (CRYPTO_secure_allocated(block) != 0) {
    OPENSSL_secure_clear_free(block, size);
  } else {
    OPENSSL_clear_free(block, size);
  }
}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
  if (this == &other) return *this;
  Clear();
  // Not a move of the string: a short one would leave its bytes behind in `other`.
  text_ = other.text_;
  other.Clear();
  return *this;
}

void SecretText::Clear() {
  text_.resize(text_.capacity());
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
}

}  // namespace secure_exec
