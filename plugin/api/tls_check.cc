#include "plugin/api/tls_check.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/x509v3.h>
#include <time.h>

#include <optional>
#include <vector>

#include "base/time_text.h"
#include "plugin/api/status.h"

namespace secure_exec {
namespace {

int ContextIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

bool IsIpAddress(const std::string& host) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address) == 1;
}

// Nothing is the answer for a time that OpenSSL cannot read: the handshake has failed anyway.
std::optional<int64_t> Seconds(const ASN1_TIME* time) {
  tm fields{};
  if (ASN1_TIME_to_tm(time, &fields) != 1) return std::nullopt;
  return timegm(&fields);
}

struct SubjectNames {
  bool has_extension = false;
  std::vector<std::string> dns, ip;
};

SubjectNames ReadNames(const X509* certificate) {
  SubjectNames names;
  auto* list = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  if (list == nullptr) return names;
  names.has_extension = true;
  for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list, i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    const ASN1_STRING* value = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
    const auto* bytes = ASN1_STRING_get0_data(value);
    const int size = ASN1_STRING_length(value);
    if (name->type == GEN_DNS) {
      names.dns.emplace_back(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    } else if (size == 4 || size == 16) {
      char text[INET6_ADDRSTRLEN] = "";
      inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text);
      names.ip.emplace_back(text);
    }
  }
  GENERAL_NAMES_free(list);
  return names;
}

bool NameMatches(X509* certificate, const std::string& host, unsigned flags) {
  if (IsIpAddress(host)) return X509_check_ip_asc(certificate, host.c_str(), flags) == 1;
  return X509_check_host(certificate, host.data(), host.size(), flags, nullptr) == 1;
}

constexpr unsigned kNameFlags =
    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

std::string ExplainName(X509* certificate, const std::string& host) {
  const SubjectNames names = ReadNames(certificate);
  const bool is_ip = IsIpAddress(host);
  if (!names.has_extension && !is_ip &&
      NameMatches(certificate, host, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)) {
    return "certificate relies on legacy Common Name field, use SANs instead";
  }
  if (is_ip && names.ip.empty()) {
    return fmt::format("cannot validate certificate for {} because it doesn't contain any IP SANs",
                       host);
  }
  const std::vector<std::string>& valid = is_ip ? names.ip : names.dns;
  if (valid.empty()) {
    return fmt::format("certificate is not valid for any names, but wanted to match {}", host);
  }
  const std::string list = SafeForTerminal(fmt::format("{}", fmt::join(valid, ", ")));
  return fmt::format("certificate is valid for {}, not {}", list, host);
}

}  // namespace

bool PeerCheck::Install(SSL_CTX* context) {
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(parameters, kNameFlags);
  const bool named = IsIpAddress(host_)
                         ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host_.c_str()) == 1
                         : X509_VERIFY_PARAM_set1_host(parameters, host_.data(), host_.size()) == 1;
  if (!named || SSL_CTX_set_ex_data(context, ContextIndex(), this) != 1) return false;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &PeerCheck::OnVerify);
  return true;
}

int PeerCheck::OnVerify(int ok, X509_STORE_CTX* store) {
  if (ok == 1) return ok;
  auto* connection =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self =
      static_cast<PeerCheck*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), ContextIndex()));
  if (self != nullptr) {
    self->error_ = X509_STORE_CTX_get_error(store);
    X509* leaf = X509_STORE_CTX_get0_cert(store);
    if (leaf != nullptr && X509_up_ref(leaf) == 1) self->leaf_.reset(leaf);
  }
  return ok;
}

std::string PeerCheck::Explain(int64_t now_s) const {
  if (leaf_) {
    constexpr const char* kTimes = "x509: certificate has expired or is not yet valid";
    const auto from = Seconds(X509_get0_notBefore(leaf_.get()));
    const auto to = Seconds(X509_get0_notAfter(leaf_.get()));
    if (from && now_s < *from) {
      return fmt::format("{}: current time {} is before {}", kTimes, FormatUtcSeconds(now_s),
                         FormatUtcSeconds(*from));
    }
    if (to && now_s > *to) {
      return fmt::format("{}: current time {} is after {}", kTimes, FormatUtcSeconds(now_s),
                         FormatUtcSeconds(*to));
    }
    if (!NameMatches(leaf_.get(), host_, kNameFlags)) {
      return "x509: " + ExplainName(leaf_.get(), host_);
    }
  }
  switch (error_) {
    case X509_V_OK:
      return "";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return "x509: certificate signed by unknown authority";
    default:
      return fmt::format("x509: {}", X509_verify_cert_error_string(error_));
  }
}

}  // namespace secure_exec
