// SHA-256 and Ed25519 over OpenSSL 3, and secrets that are wiped.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_md_ctx_st;
struct evp_pkey_st;

namespace secure_exec {

using Hash = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;
using Spki = std::array<uint8_t, 44>;  // DER SubjectPublicKeyInfo of an Ed25519 key, RFC 8410

inline std::string_view AsView(const auto& array) {
  return {reinterpret_cast<const char*>(array.data()), array.size()};
}

// Incremental SHA-256. Reusable after Finish().
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256& Update(std::string_view bytes);
  Sha256& Update(uint8_t byte) {
    return Update(std::string_view(reinterpret_cast<char*>(&byte), 1));
  }
  Hash Finish();

  static Hash Of(std::string_view bytes);

 private:
  evp_md_ctx_st* context_;
};

bool ConstantTimeEqual(std::string_view a, std::string_view b);
// Bytes from the operating system's generator; aborts if there are none, for nothing is safe then.
void RandomBytes(void* out, size_t size);
// Where keys, seeds and salts come from; tests pass a fixed sequence.
using RandomSource = std::function<void(void* out, size_t size)>;
template <size_t N>
std::array<uint8_t, N> RandomArray() {
  std::array<uint8_t, N> bytes;
  RandomBytes(bytes.data(), N);
  return bytes;
}
void Wipe(void* data, size_t size);
// From now on private keys are made in memory that is neither swapped nor dumped, and lies between
// pages that nobody may touch. Call before there are keys, and not before a fork whose child needs
// none; a second call changes nothing. False where the system has too little such memory for us:
// keys are made all the same.
bool LockSecrets();

// "SHA256:" and unpadded base64 of H(SPKI): how a signer is named to people.
std::string Fingerprint(const Spki& key);

// Whether the 44 bytes are the SubjectPublicKeyInfo of an Ed25519 key.
bool IsEd25519(const Spki& key);

bool VerifySignature(const Spki& key, std::string_view message, const Signature& signature);

// An Ed25519 private key; wiped when it goes. Move-only.
class SigningKey {
 public:
  static SigningKey Generate();
  // The key that RFC 8032 derives from 32 secret bytes.
  static SigningKey FromSeed(const Hash& seed);
  // PKCS#8 PEM, as `openssl genpkey -algorithm ed25519` writes it.
  static Result<SigningKey> FromPem(std::string_view pem);
  Result<std::string> ToPem() const;
  std::string PublicPem() const;

  Spki spki() const;
  Signature Sign(std::string_view message) const;

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

 private:
  explicit SigningKey(evp_pkey_st* key) : key_(key) {}
  evp_pkey_st* key_;
};

// A public key from PEM ("PUBLIC KEY"), or from a private key's PEM.
Result<Spki> PublicKeyFromPem(std::string_view pem);

}  // namespace secure_exec
