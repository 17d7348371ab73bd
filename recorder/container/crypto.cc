#include "recorder/container/crypto.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/random.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace secure_exec {
namespace {

constexpr uint8_t kSpkiPrefix[12] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                     0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// These calls fail only when memory is gone or OpenSSL is broken; no result would be true then.
void Must(bool ok) {
  if (!ok) std::abort();
}

// Fetched once: OpenSSL 3's implicit fetch by EVP_sha256() costs more than a small hash.
const EVP_MD* Sha256Method() {
  static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Must(method != nullptr);
  return method;
}

// Refuses a pass phrase: reading a key must never prompt.
int NoPassphrase(char*, int, int, void*) { return -1; }

Owned<BIO> Reading(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string Written(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(std::max(size, 0L))};
}

Spki SpkiOf(const EVP_PKEY* key) {
  Spki spki;
  std::memcpy(spki.data(), kSpkiPrefix, sizeof kSpkiPrefix);
  size_t size = spki.size() - sizeof kSpkiPrefix;
  Must(EVP_PKEY_get_raw_public_key(key, spki.data() + sizeof kSpkiPrefix, &size) == 1);
  return spki;
}

constexpr size_t kMaxPem = 64 * 1024;

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Must(context_ != nullptr && EVP_DigestInit_ex2(context_, Sha256Method(), nullptr) == 1);
}

Sha256::~Sha256() { EVP_MD_CTX_free(context_); }

Sha256::Sha256(Sha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}

Sha256& Sha256::operator=(Sha256&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

Sha256& Sha256::Update(std::string_view bytes) {
  Must(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
  return *this;
}

Hash Sha256::Finish() {
  Hash hash;
  Must(EVP_DigestFinal_ex(context_, hash.data(), nullptr) == 1);
  // Without a method the context keeps the one it has, without a new look-up.
  Must(EVP_DigestInit_ex2(context_, nullptr, nullptr) == 1);
  return hash;
}

Hash Sha256::Of(std::string_view bytes) {
  thread_local Sha256 hasher;
  return hasher.Update(bytes).Finish();
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void RandomBytes(void* out, size_t size) {
  auto* to = static_cast<uint8_t*>(out);
  while (size > 0) {
    const size_t part = std::min<size_t>(size, 256);  // what getentropy gives at once
    Must(getentropy(to, part) == 0);
    to += part;
    size -= part;
  }
}

void Wipe(void* data, size_t size) { OPENSSL_cleanse(data, size); }

bool LockSecrets() {
  // Some hundred keys; the system's usual limit of locked memory is far above.
  constexpr size_t kBytes = 64 * 1024, kSmallest = 16;
  static const bool locked = CRYPTO_secure_malloc_init(kBytes, kSmallest) == 1;
  return locked;
}

std::string Fingerprint(const Spki& key) {
  std::string text = "SHA256:" + Base64Encode(AsView(Sha256::Of(AsView(key))));
  while (text.back() == '=') text.pop_back();
  return text;
}

bool IsEd25519(const Spki& key) {
  return std::memcmp(key.data(), kSpkiPrefix, sizeof kSpkiPrefix) == 0;
}

bool VerifySignature(const Spki& key, std::string_view message, const Signature& signature) {
  if (!IsEd25519(key)) return false;
  const Owned<EVP_PKEY> pkey(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, key.data() + sizeof kSpkiPrefix, key.size() - sizeof kSpkiPrefix));
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return pkey != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          reinterpret_cast<const uint8_t*>(message.data()), message.size()) == 1;
}

SigningKey SigningKey::Generate() {
  Hash seed = RandomArray<32>();
  SigningKey key = FromSeed(seed);
  Wipe(seed.data(), seed.size());
  return key;
}

SigningKey SigningKey::FromSeed(const Hash& seed) {
  EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size());
  Must(key != nullptr);
  return SigningKey(key);
}

Result<SigningKey> SigningKey::FromPem(std::string_view pem) {
  if (pem.size() > kMaxPem) return Fail(ErrorKind::kFormat, "not a private key: too long");
  const Owned<BIO> bio = Reading(pem);
  Must(bio != nullptr);
  Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    return Fail(ErrorKind::kFormat,
                "not a private key in PEM without a pass phrase; make one with "
                "openssl genpkey -algorithm ed25519");
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return Fail(ErrorKind::kFormat,
                "not an Ed25519 key; make one with openssl genpkey -algorithm ed25519");
  }
  return SigningKey(key.release());
}

Result<std::string> SigningKey::ToPem() const {
  // In secure memory, which OpenSSL wipes; the returned text is the caller's to wipe.
  const Owned<BIO> bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key_, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Fail(ErrorKind::kIo, "encoding a private key failed");
  }
  return Written(bio.get());
}

std::string SigningKey::PublicPem() const {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  Must(bio != nullptr && PEM_write_bio_PUBKEY(bio.get(), key_) == 1);
  return Written(bio.get());
}

Spki SigningKey::spki() const { return SpkiOf(key_); }

Signature SigningKey::Sign(std::string_view message) const {
  Signature signature;
  size_t size = signature.size();
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  Must(context != nullptr &&
       EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_) == 1 &&
       EVP_DigestSign(context.get(), signature.data(), &size,
                      reinterpret_cast<const uint8_t*>(message.data()), message.size()) == 1);
  return signature;
}

SigningKey::SigningKey(SigningKey&& other) noexcept : key_(std::exchange(other.key_, nullptr)) {}

SigningKey& SigningKey::operator=(SigningKey&& other) noexcept {
  std::swap(key_, other.key_);
  return *this;
}

SigningKey::~SigningKey() { EVP_PKEY_free(key_); }  // wipes the private part

Result<Spki> PublicKeyFromPem(std::string_view pem) {
  if (pem.size() > kMaxPem) return Fail(ErrorKind::kFormat, "not a public key: too long");
  Owned<BIO> bio = Reading(pem);
  Must(bio != nullptr);
  Owned<EVP_PKEY> key(PEM_read_bio_PUBKEY(bio.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    bio = Reading(pem);
    Must(bio != nullptr);
    key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  }
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return Fail(ErrorKind::kFormat, "not an Ed25519 public key in PEM (BEGIN PUBLIC KEY)");
  }
  return SpkiOf(key.get());
}

}  // namespace secure_exec
