// From a user's and a cluster's stanza to PEM texts and a token.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plugin/kubeconfig/config_file.h"

namespace secure_exec {

// Collects kubectl's complaints about a configuration, which it prints together.
class Problems {
 public:
  template <class... Args>
  void Add(fmt::format_string<Args...> format, Args&&... args) {
    texts_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  Result<void> Done() const {
    if (texts_.empty()) return {};
    if (texts_.size() == 1) return Fail(ErrorKind::kConfig, "{}", texts_[0]);
    return Fail(ErrorKind::kVerbatim, "Error in configuration: \n* {}", fmt::join(texts_, "\n* "));
  }

 private:
  std::vector<std::string> texts_;
};

// The PEM of a credential: its data, or the file's bytes. An empty file is a problem: it must not
// read as "none".
void ReadPem(const std::string& data, const std::string& path, std::string_view what,
             const std::string& of, std::string& pem, Problems& problems);

// The client certificate and its key; both empty where the user has none.
void ReadClientCertificate(const std::string& name, const UserStanza& user,
                           std::string& certificate, std::string& key, Problems& problems);

// `file`, where it is named, can be read and is not empty; else `token`, as in client-go.
Result<std::string> ReadToken(const std::string& token, const std::string& file);

// Fails for a user whose credentials contradict each other, or cannot be used at all.
Result<void> CheckUser(const std::string& name, const UserStanza& user);

}  // namespace secure_exec
