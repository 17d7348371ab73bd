// Exec credential plugins (client.authentication.k8s.io/v1 and v1beta1): a program that the
// kubeconfig names prints a token, or a client certificate with its key, as JSON.
//
// It is run without a shell, with our environment, what the stanza adds, and KUBERNETES_EXEC_INFO.
// It has our stderr, and our stdin only where that is a terminal and the stanza lets it ask. Blocks
// until the plugin has ended and closed its stdout. It has the default signals, whatever we have
// ours do. What it prints never stands in an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plugin/kubeconfig/access.h"
#include "plugin/kubeconfig/config_file.h"

namespace secure_exec {

inline constexpr size_t kMaxExecCredentialBytes = 1 << 20;
inline constexpr int kMaxExecCredentialDepth = 32;

struct ExecCredential {
  std::string token;
  std::string certificate_pem, key_pem;    // both or none
  std::optional<int64_t> expires_wall_ns;  // from then on it is not to be used
};

// What is wrong with the stanza before anything runs: kConfig, in kubectl's words.
Result<void> CheckExecStanza(const std::string& user, const ExecStanza& exec);

// kVerbatim with "Unable to connect to the server: getting credentials: …".
Result<ExecCredential> ParseExecCredential(std::string_view json, const std::string& api_version);

// The value of KUBERNETES_EXEC_INFO, with its LF.
std::string ExecInfo(const ExecPlugin& plugin, const ClusterAccess& access, bool interactive);

// Runs access.exec, if the user's kuberc lets it run, and puts what it gives into `access`; returns
// when that expires. kVerbatim as above; a plugin's own exit code is told.
Result<std::optional<int64_t>> AddExecCredential(ClusterAccess& access);

}  // namespace secure_exec
