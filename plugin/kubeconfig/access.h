// How to reach the cluster and as whom: kubeconfig files, environment and flags resolved to one
// answer, as kubectl resolves them. Reads files; does no network I/O and asks no questions.
// In a pod without a kubeconfig the answer is the pod's service account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/result.h"
#include "plugin/kubeconfig/config_file.h"
#include "plugin/kubeconfig/kuberc.h"

namespace secure_exec {

struct AccessFlags {
  std::optional<std::string> kubeconfig, context, cluster, user, name_space, server, token;
  std::optional<std::string> certificate_authority, client_certificate, client_key, tls_server_name;
  std::optional<std::string> username, password, as, as_uid;
  std::vector<std::string> as_groups, as_user_extra;  // of the latter each is KEY=VALUE
  std::optional<bool> insecure_skip_tls_verify;
  std::string request_timeout;  // seconds, or a Go duration; empty and 0: none
  std::optional<std::string> kuberc;
};

// A credential plugin that must run before the first request.
struct ExecPlugin {
  ExecStanza stanza;
  std::string cluster_config;  // JSON of the cluster's extension for plugins, or empty
  PluginPolicy policy;         // whether the user lets it run
};

// Where one part of the answer came from: {"namespace", "dev", "context \"c\" in /k/config"}. The
// names: context, cluster, server, namespace, user, credentials, certificate-authority,
// tls-server-name, insecure-skip-tls-verify, impersonation, kuberc; ApiClient adds proxy. One line
// each, without any secret.
struct Setting {
  std::string name, value, source;
};

struct ClusterAccess {
  std::string context, cluster, user;  // names of the stanzas; may be empty
  std::string server;                  // http(s) URL without a trailing slash; may have a path
  // -n, else the context's, else the pod's that we run in, else "default"; safe in a URL's path.
  std::string name_space;
  // PEM texts, read from files or data; empty = none. The certificate and the key belong together.
  std::string ca_pem, client_certificate_pem, client_key_pem;
  std::string token;               // trimmed; from token or tokenFile; visible ASCII only
  std::string token_file;          // to read `token` from again, for it may change; or empty
  std::string username, password;  // basic auth; never beside a token
  // Impersonate-User and its kin: header names and values, safe on the wire.
  std::vector<std::pair<std::string, std::string>> impersonation;
  // Set where the credentials are yet to come: AddExecCredential() (exec_plugin.h) gets them.
  std::optional<ExecPlugin> exec;
  bool insecure = false;
  std::string tls_server_name;     // empty = the host of `server`
  int64_t request_timeout_ns = 0;  // for one REST request as a whole; 0 = none
  std::string proxy_url;           // the stanza's, as it stands there: it may hold a password
  std::vector<Setting> settings;
};

// Errors are kConfig, or kVerbatim where kubectl prints no "error: "; they name the file, the
// stanza and the way out, in kubectl's text where it has one.
// `root` goes in front of the paths of a pod's service account.
Result<ClusterAccess> ResolveAccess(const AccessFlags& flags, const Environment& environment,
                                    const Clock& clock = Clock::System(),
                                    const std::string& root = "");

// "CN=alice,O=dev" of the first certificate in `pem`; empty if it cannot be read.
std::string CertificateSubject(const std::string& pem);

// Whom the API server takes the holder of the certificate for: its common name, and a group for each
// organisation. Empty if it cannot be read.
struct CertificateIdentity {
  std::string name;
  std::vector<std::string> groups;
};
CertificateIdentity IdentityOfCertificate(const std::string& pem);

// Why `name` cannot be one segment of a URL's path (a pod, a namespace), in kubectl's words: "may
// not contain '/'"; empty: it can, as it stands. Stricter than kubectl, which escapes what no
// Kubernetes name can hold; here only letters, digits, '-', '.', '_' and '~' pass.
std::string PathSegmentProblem(std::string_view name);

}  // namespace secure_exec
