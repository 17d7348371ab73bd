#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "plugin/kubeconfig/access.h"

namespace secure_exec {

std::string CertificateSubject(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> source(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  if (!source) return {};
  // OpenSSL's default would ask for a passphrase on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr), &X509_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> sink(BIO_new(BIO_s_mem()), &BIO_free);
  if (!certificate || !sink) return {};
  // RFC 2253 escapes what is not printable; its order is the reverse of the one people write.
  constexpr unsigned long kFlags = XN_FLAG_RFC2253 & ~XN_FLAG_DN_REV & ~ASN1_STRFLGS_UTF8_CONVERT;
  if (X509_NAME_print_ex(sink.get(), X509_get_subject_name(certificate.get()), 0, kFlags) < 0) {
    return {};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(sink.get(), &text);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : std::string();
}

}  // namespace secure_exec
