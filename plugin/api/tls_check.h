// The check of a server's certificate, and why it failed in Go's (so kubectl's) words: OpenSSL's
// own texts name neither the names a certificate has nor the time at which it expired.
//
// Stricter than libcurl: a name must stand in the certificate's SANs, as Go demands; the subject's
// common name does not count.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

namespace secure_exec {

class PeerCheck {
 public:
  // `host`: a DNS name or an IP address without brackets. The object must outlive the handshakes
  // of the contexts it is installed in.
  explicit PeerCheck(std::string host) : host_(std::move(host)) {}

  // Makes `context` demand `host` and remember here what its verification met.
  bool Install(SSL_CTX* context);

  // Why the last verification failed: "x509: certificate is valid for a, b, not c". Go looks at
  // the leaf's times first, then at its names, then at its issuers; so does this. One line, safe
  // for a terminal. Empty if nothing failed here.
  std::string Explain(int64_t now_s) const;

 private:
  struct FreeX509 {
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  static int OnVerify(int ok, X509_STORE_CTX* store);

  std::string host_;
  std::unique_ptr<X509, FreeX509> leaf_;
  int error_ = 0;  // X509_V_ERR_…, the first
};

}  // namespace secure_exec
