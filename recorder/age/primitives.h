// What the age format is made of, over OpenSSL 3: HKDF and HMAC with SHA-256, X25519, scrypt and
// ChaCha20-Poly1305. These abort where OpenSSL itself is broken; a Result or an optional is for
// what the input can cause.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "recorder/age/secret.h"
#include "recorder/container/crypto.h"

struct evp_cipher_ctx_st;

namespace secure_exec {

using AeadKey = Secret<32>;
using AeadNonce = std::array<uint8_t, 12>;
inline constexpr size_t kAeadTag = 16;

AeadKey HkdfSha256(std::string_view secret, std::string_view salt, std::string_view info);
Hash HmacSha256(std::string_view key, std::string_view message);

using X25519Point = std::array<uint8_t, 32>;
X25519Point X25519Public(const Secret<32>& scalar);
// nullopt where the shared secret would be zero: a point of low order.
std::optional<Secret<32>> X25519(const Secret<32>& scalar, const X25519Point& point);

// N = 2^log_n, r = 8, p = 1. kIo where there is not enough memory.
Result<AeadKey> Scrypt(std::string_view passphrase, std::string_view salt, int log_n);

// ChaCha20-Poly1305 under one key; one thread at a time.
class Aead {
 public:
  explicit Aead(const AeadKey& key);
  ~Aead();
  Aead(const Aead&) = delete;
  Aead& operator=(const Aead&) = delete;

  // Appends ciphertext and tag to `out`. A nonce is used once: nothing here remembers it.
  void Seal(const AeadNonce& nonce, std::string_view aad, std::string_view plain, std::string& out);
  // Writes `sealed` less its tag to `plain`; false, with `plain` wiped, where it is not authentic.
  bool Open(const AeadNonce& nonce, std::string_view aad, std::string_view sealed, char* plain);

 private:
  AeadKey key_;
  evp_cipher_ctx_st* context_;
};

// Every encryption of the process, for tests that no (key, nonce) comes twice: the hash of the key,
// the nonce, the hash of the plain text. Only in builds with tests (SECURE_EXEC_OBSERVE_AEAD);
// elsewhere it is not compiled in. Called from whatever thread encrypts; nullptr ends it.
#ifdef SECURE_EXEC_OBSERVE_AEAD
using AeadObserver =
    std::function<void(const Hash& key, const AeadNonce& nonce, const Hash& plain)>;
void ObserveAead(AeadObserver observer);
#endif

}  // namespace secure_exec
