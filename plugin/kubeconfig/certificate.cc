#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "plugin/kubeconfig/access.h"

namespace secure_exec {

namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

// The first one; null if there is none.
Certificate ReadCertificate(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> source(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  if (!source) return {nullptr, &X509_free};
  // OpenSSL's default would ask for a passphrase on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  return {PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr), &X509_free};
}

std::vector<std::string> NameEntries(const X509_NAME* name, int kind) {
  std::vector<std::string> texts;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(name, kind, at)) >= 0;) {
    const ASN1_STRING* data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, data);
    if (size >= 0) texts.emplace_back(reinterpret_cast<char*>(text), static_cast<size_t>(size));
    OPENSSL_free(text);
  }
  return texts;
}

}  // namespace

CertificateIdentity IdentityOfCertificate(const std::string& pem) {
  const Certificate certificate = ReadCertificate(pem);
  if (!certificate) return {};
  const X509_NAME* subject = X509_get_subject_name(certificate.get());
  CertificateIdentity identity;
  identity.groups = NameEntries(subject, NID_organizationName);
  // Of several, Go takes the last.
  if (const auto names = NameEntries(subject, NID_commonName); !names.empty()) {
    identity.name = names.back();
  }
  return identity;
}

std::string CertificateSubject(const std::string& pem) {
  const Certificate certificate = ReadCertificate(pem);
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
