// Where this machine keeps the authorities that it trusts, for clusters whose kubeconfig names
// none.
//
// Go's list (crypto/x509), so that kubectl and we trust the same: SSL_CERT_FILE and SSL_CERT_DIR if
// they are set, else the places of the distributions. OpenSSL has one place, fixed when it was
// built: another distribution's in a program that runs on all of them.
#pragma once

#include <functional>
#include <string>

#include "base/environment.h"

namespace secure_exec {

struct SystemRoots {
  std::string file;  // the first there is; empty: none
  std::string
      directories;  // all there are, with colons between; certificates below their hash's name
};

// `exists`: whether a path can be read.
SystemRoots FindSystemRoots(const Environment& environment,
                            const std::function<bool(const std::string& path)>& exists);
SystemRoots FindSystemRoots(const Environment& environment);

}  // namespace secure_exec
