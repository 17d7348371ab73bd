#include "plugin/api/system_roots.h"

#include <unistd.h>

namespace secure_exec {
namespace {

constexpr const char* kFiles[] = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL 6
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/pki/tls/cacert.pem",                            // OpenELEC
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // CentOS, RHEL 7
    "/etc/ssl/cert.pem",                                  // Alpine
};
constexpr const char* kDirectories[] = {"/etc/ssl/certs", "/etc/pki/tls/certs"};

}  // namespace

SystemRoots FindSystemRoots(const Environment& environment,
                            const std::function<bool(const std::string& path)>& exists) {
  SystemRoots roots;
  if (auto file = environment("SSL_CERT_FILE")) {
    roots.file = exists(*file) ? *file : "";
  } else {
    for (const char* each : kFiles) {
      if (!exists(each)) continue;
      roots.file = each;
      break;
    }
  }
  if (auto directories = environment("SSL_CERT_DIR")) {
    roots.directories = *directories;
    return roots;
  }
  for (const char* each : kDirectories) {
    if (!exists(each)) continue;
    if (!roots.directories.empty()) roots.directories += ':';
    roots.directories += each;
  }
  return roots;
}

SystemRoots FindSystemRoots(const Environment& environment) {
  return FindSystemRoots(environment,
                         [](const std::string& path) { return ::access(path.c_str(), R_OK) == 0; });
}

}  // namespace secure_exec
