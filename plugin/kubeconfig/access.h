// How to reach the cluster and as whom: kubeconfig files, environment and flags resolved to one
// answer, as kubectl resolves them. Reads files; does no network I/O.
#pragma once

#include <optional>
#include <string>

#include "base/environment.h"
#include "base/result.h"

namespace secure_exec {

struct AccessFlags {
  std::optional<std::string> kubeconfig, context, cluster, user, name_space, server, token;
  std::optional<std::string> certificate_authority, client_certificate, client_key, tls_server_name;
  std::optional<bool> insecure_skip_tls_verify;
  std::string request_timeout;
};

struct ClusterAccess {
  std::string context, cluster, user;  // names of the stanzas; may be empty
  std::string server;                  // URL without a trailing slash; may have a path
  std::string name_space;              // -n, else the context's, else "default"
  // PEM texts, read from files or data; empty = none.
  std::string ca_pem, client_certificate_pem, client_key_pem;
  std::string token;                   // trimmed; from token or tokenFile
  bool insecure = false;
  std::string tls_server_name;         // empty = the host of `server`
};

// Errors name the file, the stanza and the way out, in kubectl's text where it has one.
Result<ClusterAccess> ResolveAccess(const AccessFlags& flags, const Environment& environment);

// "CN=alice,O=dev" of the first certificate in `pem`; empty if it cannot be read.
std::string CertificateSubject(const std::string& pem);

}  // namespace secure_exec
