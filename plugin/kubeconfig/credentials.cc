#include "plugin/kubeconfig/credentials.h"

#include <algorithm>

#include "base/ascii.h"
#include "plugin/kubeconfig/auth_provider.h"
#include "plugin/kubeconfig/exec_plugin.h"
#include "plugin/kubeconfig/local_file.h"

namespace secure_exec {

void ReadPem(const std::string& data, const std::string& path, std::string_view what,
             const std::string& of, std::string& pem, Problems& problems) {
  pem = data;
  if (path.empty()) return;
  auto text = ReadLocalFile(path, kMaxCredentialBytes);
  if (!text) {
    problems.Add("unable to read {} {} for {} due to {}", what, path, of, text.error().text);
  } else if (text->empty()) {
    problems.Add("{} {} for {} is empty", what, path, of);
  } else {
    pem = std::move(*text);
  }
}

void ReadClientCertificate(const std::string& name, const UserStanza& user,
                           std::string& certificate_pem, std::string& key_pem, Problems& problems) {
  const bool certificate =
      !user.client_certificate.empty() || !user.client_certificate_data.empty();
  const bool key = !user.client_key.empty() || !user.client_key_data.empty();
  if (!certificate && !key) return;
  if (!certificate) {
    problems.Add("user \"{}\" has a client key and no client certificate", name);
    return;
  }
  const bool both_certificates =
      !user.client_certificate.empty() && !user.client_certificate_data.empty();
  const bool both_keys = !user.client_key.empty() && !user.client_key_data.empty();
  if (both_certificates) {
    problems.Add(
        "client-cert-data and client-cert are both specified for {}. client-cert-data will "
        "override.",
        name);
  }
  if (both_keys) {
    problems.Add(
        "client-key-data and client-key are both specified for {}; client-key-data will override",
        name);
  }
  if (!key) {
    problems.Add(
        "client-key-data or client-key must be specified for {} to use the clientCert "
        "authentication method.",
        name);
  }
  ReadPem(user.client_certificate_data, user.client_certificate, "client-cert", name,
          certificate_pem, problems);
  ReadPem(user.client_key_data, user.client_key, "client-key", name, key_pem, problems);
}

Result<std::string> ReadToken(const std::string& otherwise, const std::string& file) {
  std::string token = otherwise;
  if (!file.empty()) {
    const auto text = ReadLocalFile(file, kMaxCredentialBytes);
    if (!text && token.empty()) return Fail(ErrorKind::kConfig, "{}", text.error().text);
    if (text) {
      const std::string_view inside = TrimSpace(*text);
      if (!inside.empty()) {
        token = inside;
      } else if (token.empty()) {
        return Fail(ErrorKind::kConfig, "token file {} is empty", file);
      }
    }
  }
  // It becomes a header's value.
  if (!std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; })) {
    return Fail(ErrorKind::kVerbatim,
                "Unable to connect to the server: net/http: invalid header field value for "
                "\"Authorization\"");
  }
  return token;
}

Result<void> CheckUser(const std::string& name, const UserStanza& user) {
  const bool basic = !user.username.empty() || !user.password.empty();
  if (basic && (!user.token.empty() || !user.token_file.empty())) {
    return Fail(ErrorKind::kConfig,
                "more than one authentication method found for {}; found [token basicAuth], only "
                "one is allowed",
                name);
  }
  if (basic && user.username.empty()) {
    return Fail(ErrorKind::kConfig, "kubeconfig: user \"{}\" has a password and no username", name);
  }
  if (user.username.find(':') != std::string::npos) {
    return Fail(
        ErrorKind::kConfig,
        "kubeconfig: the username of user \"{}\" has a colon, which basic auth cannot carry", name);
  }
  if (user.exec && user.auth_provider) {
    return Fail(ErrorKind::kConfig,
                "authProvider cannot be provided in combination with an exec plugin for {}", name);
  }
  if (user.auth_provider) return CheckAuthProvider(*user.auth_provider);
  return user.exec ? CheckExecStanza(name, *user.exec) : Result<void>{};
}

}  // namespace secure_exec
