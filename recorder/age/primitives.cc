#include "recorder/age/primitives.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <cstdlib>
#include <memory>
#include <mutex>

namespace secure_exec {
namespace {

struct Free {
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

void Must(bool ok) {
  if (!ok) std::abort();
}

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

OSSL_PARAM Octets(const char* name, std::string_view bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

Owned<EVP_KDF_CTX> Kdf(const char* name) {
  const Owned<EVP_KDF> kdf(EVP_KDF_fetch(nullptr, name, nullptr));
  Must(kdf != nullptr);
  Owned<EVP_KDF_CTX> context(EVP_KDF_CTX_new(kdf.get()));
  Must(context != nullptr);
  return context;
}

const EVP_CIPHER* Cipher() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  Must(cipher != nullptr);
  return cipher;
}

#ifdef SECURE_EXEC_OBSERVE_AEAD
std::mutex observer_mutex;
AeadObserver observer;

void Observe(const AeadKey& key, const AeadNonce& nonce, std::string_view plain) {
  const std::lock_guard lock(observer_mutex);
  if (observer) observer(Sha256::Of(key.view()), nonce, Sha256::Of(plain));
}
#endif

}  // namespace

#ifdef SECURE_EXEC_OBSERVE_AEAD
void ObserveAead(AeadObserver with) {
  const std::lock_guard lock(observer_mutex);
  observer = std::move(with);
}
#endif

AeadKey HkdfSha256(std::string_view secret, std::string_view salt, std::string_view info) {
  const Owned<EVP_KDF_CTX> context = Kdf("HKDF");
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                               Octets(OSSL_KDF_PARAM_KEY, secret),
                               Octets(OSSL_KDF_PARAM_SALT, salt), Octets(OSSL_KDF_PARAM_INFO, info),
                               OSSL_PARAM_construct_end()};
  AeadKey key;
  Must(EVP_KDF_derive(context.get(), key.data(), key.size(), params) == 1);
  return key;
}

Hash HmacSha256(std::string_view key, std::string_view message) {
  Hash mac;
  unsigned int size = 0;
  Must(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(message), message.size(),
            mac.data(), &size) != nullptr &&
       size == mac.size());
  return mac;
}

X25519Point X25519Public(const Secret<32>& scalar) {
  const Owned<EVP_PKEY> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, scalar.data(), scalar.size()));
  X25519Point point;
  size_t size = point.size();
  Must(key != nullptr && EVP_PKEY_get_raw_public_key(key.get(), point.data(), &size) == 1);
  return point;
}

std::optional<Secret<32>> X25519(const Secret<32>& scalar, const X25519Point& point) {
  const Owned<EVP_PKEY> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, scalar.data(), scalar.size()));
  const Owned<EVP_PKEY> peer(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, point.data(), point.size()));
  Must(key != nullptr && peer != nullptr);
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key.get(), nullptr));
  Must(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
       EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1);
  Secret<32> shared;
  size_t size = shared.size();
  const bool ok = EVP_PKEY_derive(context.get(), shared.data(), &size) == 1;
  ERR_clear_error();
  const Hash zero{};
  if (!ok || CRYPTO_memcmp(shared.data(), zero.data(), zero.size()) == 0) return std::nullopt;
  return shared;
}

Result<AeadKey> Scrypt(std::string_view passphrase, std::string_view salt, int log_n) {
  const Owned<EVP_KDF_CTX> context = Kdf("SCRYPT");
  uint64_t n = uint64_t{1} << log_n;
  uint32_t r = 8, p = 1;
  uint64_t memory = n * 128 * r + (1 << 20);  // what scrypt needs, and a little
  // An empty octet string must still have an address.
  if (passphrase.empty()) passphrase = "";
  const OSSL_PARAM params[] = {Octets(OSSL_KDF_PARAM_PASSWORD, passphrase),
                               Octets(OSSL_KDF_PARAM_SALT, salt),
                               OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
                               OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
                               OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
                               OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
                               OSSL_PARAM_construct_end()};
  AeadKey key;
  if (EVP_KDF_derive(context.get(), key.data(), key.size(), params) != 1) {
    ERR_clear_error();
    return Fail(ErrorKind::kIo, "scrypt with a work factor of {} failed: is there enough memory?",
                log_n);
  }
  return key;
}

Aead::Aead(const AeadKey& key) : context_(EVP_CIPHER_CTX_new()) {
  Must(context_ != nullptr);
  std::copy(key.data(), key.data() + key.size(), key_.data());
}

Aead::~Aead() { EVP_CIPHER_CTX_free(context_); }  // wipes its copy of the key

void Aead::Seal(const AeadNonce& nonce, std::string_view aad, std::string_view plain,
                std::string& out) {
#ifdef SECURE_EXEC_OBSERVE_AEAD
  Observe(key_, nonce, plain);
#endif
  const size_t at = out.size();
  out.resize(at + plain.size() + kAeadTag);
  auto* to = reinterpret_cast<uint8_t*>(out.data() + at);
  int size = 0;
  Must(EVP_EncryptInit_ex2(context_, Cipher(), key_.data(), nonce.data(), nullptr) == 1);
  if (!aad.empty()) {
    Must(EVP_EncryptUpdate(context_, nullptr, &size, Bytes(aad), static_cast<int>(aad.size())) ==
         1);
  }
  if (!plain.empty()) {
    Must(EVP_EncryptUpdate(context_, to, &size, Bytes(plain), static_cast<int>(plain.size())) ==
             1 &&
         static_cast<size_t>(size) == plain.size());
  }
  Must(EVP_EncryptFinal_ex(context_, to + plain.size(), &size) == 1 && size == 0 &&
       EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, kAeadTag, to + plain.size()) == 1);
}

bool Aead::Open(const AeadNonce& nonce, std::string_view aad, std::string_view sealed,
                char* plain) {
  if (sealed.size() < kAeadTag) return false;
  const std::string_view text = sealed.substr(0, sealed.size() - kAeadTag);
  std::array<char, kAeadTag> tag;
  sealed.copy(tag.data(), tag.size(), text.size());
  auto* to = reinterpret_cast<uint8_t*>(plain);
  int size = 0;
  Must(EVP_DecryptInit_ex2(context_, Cipher(), key_.data(), nonce.data(), nullptr) == 1 &&
       EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, kAeadTag, tag.data()) == 1);
  if (!aad.empty()) {
    Must(EVP_DecryptUpdate(context_, nullptr, &size, Bytes(aad), static_cast<int>(aad.size())) ==
         1);
  }
  if (!text.empty()) {
    Must(EVP_DecryptUpdate(context_, to, &size, Bytes(text), static_cast<int>(text.size())) == 1);
  }
  uint8_t none[1];
  if (EVP_DecryptFinal_ex(context_, none, &size) == 1) return true;  // compares in constant time
  ERR_clear_error();
  OPENSSL_cleanse(plain, text.size());
  return false;
}

}  // namespace secure_exec
