#include "plugin/api/tls_check.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <memory>

namespace secure_exec {
namespace {

constexpr int64_t kDay = 86'400;

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

struct Identity {
  Owned<EVP_PKEY> key{EVP_EC_gen("P-256")};
  Owned<X509> certificate;
};

// A certificate for `names` ("DNS:a,IP:1.2.3.4", or none), signed by `issuer` or by itself.
Identity Make(const std::string& subject, const std::string& names, const Identity* issuer,
              int64_t from_s = -kDay, int64_t to_s = kDay) {
  Identity made;
  made.certificate.reset(X509_new());
  X509* x = made.certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1 + (issuer != nullptr));
  X509_gmtime_adj(X509_getm_notBefore(x), from_s);
  X509_gmtime_adj(X509_getm_notAfter(x), to_s);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer->certificate.get() : x));
  X509_set_pubkey(x, made.key.get());
  auto extend = [&](int nid, const char* value) {
    const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
    EXPECT_TRUE(extension);
    X509_add_ext(x, extension.get(), -1);
  };
  if (issuer == nullptr) extend(NID_basic_constraints, "critical,CA:TRUE");
  if (!names.empty()) extend(NID_subject_alt_name, names.c_str());
  EXPECT_NE(0, X509_sign(x, issuer ? issuer->key.get() : made.key.get(), EVP_sha256()));
  return made;
}

// A handshake in memory with a server that has `leaf`, by a client that trusts `ca` and wants
// `host`.
// "" if it succeeds, else what the check says.
std::string Handshake(const Identity& leaf, const Identity& ca, const std::string& host) {
  const Owned<SSL_CTX> server_context(SSL_CTX_new(TLS_server_method()));
  const Owned<SSL_CTX> client_context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_use_certificate(server_context.get(), leaf.certificate.get());
  SSL_CTX_use_PrivateKey(server_context.get(), leaf.key.get());
  X509_STORE_add_cert(SSL_CTX_get_cert_store(client_context.get()), ca.certificate.get());
  PeerCheck check(host);
  EXPECT_TRUE(check.Install(client_context.get()));
  const Owned<SSL> server(SSL_new(server_context.get())), client(SSL_new(client_context.get()));
  BIO *near = nullptr, *far = nullptr;
  BIO_new_bio_pair(&near, 0, &far, 0);
  SSL_set_bio(client.get(), near, near);
  SSL_set_bio(server.get(), far, far);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  for (int i = 0; i < 100; ++i) {
    const int result = SSL_do_handshake(client.get());
    if (result == 1) {
      EXPECT_EQ("", check.Explain(time(nullptr)));
      return "";
    }
    if (SSL_get_error(client.get(), result) == SSL_ERROR_SSL) break;
    SSL_do_handshake(server.get());
  }
  return check.Explain(time(nullptr));
}

const Identity& Ca() {
  static const Identity ca = Make("ca", "", nullptr);
  return ca;
}

TEST(PeerCheck, TakesANameThatTheCertificateHas) {
  const Identity leaf = Make("x", "DNS:a.example,DNS:*.b.example,IP:10.0.0.1,IP:::1", &Ca());
  for (const char* host : {"a.example", "A.example", "c.b.example", "10.0.0.1", "::1"}) {
    EXPECT_EQ("", Handshake(leaf, Ca(), host)) << host;
  }
}

TEST(PeerCheck, NamesTheNamesOfAnother) {
  const Identity leaf = Make("x", "DNS:a.example,DNS:b.example,IP:10.0.0.1", &Ca());
  EXPECT_EQ("x509: certificate is valid for a.example, b.example, not c.example",
            Handshake(leaf, Ca(), "c.example"));
  EXPECT_EQ("x509: certificate is valid for 10.0.0.1, not 10.0.0.2",
            Handshake(leaf, Ca(), "10.0.0.2"));
}

TEST(PeerCheck, ANameIsNotAnAddress) {
  EXPECT_EQ("x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs",
            Handshake(Make("10.0.0.1", "DNS:10.0.0.1", &Ca()), Ca(), "10.0.0.1"));
  EXPECT_EQ("x509: certificate is not valid for any names, but wanted to match a.example",
            Handshake(Make("x", "IP:10.0.0.1", &Ca()), Ca(), "a.example"));
}

TEST(PeerCheck, TheCommonNameDoesNotCount) {
  EXPECT_EQ("x509: certificate relies on legacy Common Name field, use SANs instead",
            Handshake(Make("a.example", "", &Ca()), Ca(), "a.example"));
}

TEST(PeerCheck, SaysWhenItExpired) {
  const std::string why = Handshake(Make("x", "DNS:a", &Ca(), -2 * kDay, -kDay), Ca(), "other");
  EXPECT_TRUE(why.starts_with("x509: certificate has expired or is not yet valid: current time 2"))
      << why;
  EXPECT_NE(std::string::npos, why.find("Z is after 2")) << why;
}

TEST(PeerCheck, SaysWhenItBegins) {
  const std::string why = Handshake(Make("x", "DNS:a", &Ca(), kDay, 2 * kDay), Ca(), "a");
  EXPECT_NE(std::string::npos, why.find("Z is before 2")) << why;
}

TEST(PeerCheck, RefusesAForeignIssuer) {
  const Identity other = Make("other", "DNS:other", nullptr);
  EXPECT_EQ("x509: certificate signed by unknown authority",
            Handshake(Make("x", "DNS:a", &other), Ca(), "a"));
  EXPECT_EQ("x509: certificate signed by unknown authority", Handshake(other, Ca(), "other"));
}

TEST(PeerCheck, ANameCannotWriteToTheTerminal) {
  const std::string why = Handshake(Make("x", "DNS:a\x1b[2Jb", &Ca()), Ca(), "c");
  EXPECT_NE(std::string::npos, why.find("not c")) << why;
  EXPECT_EQ(std::string::npos, why.find('\x1b'));
}

}  // namespace
}  // namespace secure_exec
