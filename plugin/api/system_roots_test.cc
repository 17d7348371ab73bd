#include "plugin/api/system_roots.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace secure_exec {
namespace {

SystemRoots Find(const std::set<std::string>& present,
                 const std::map<std::string, std::string>& variables = {}) {
  return FindSystemRoots(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
      },
      [&](const std::string& path) { return present.contains(path); });
}

TEST(SystemRootsTest, ALinuxOfEachFamily) {
  EXPECT_EQ(Find({"/etc/ssl/certs/ca-certificates.crt"}).file,
            "/etc/ssl/certs/ca-certificates.crt");
  EXPECT_EQ(Find({"/etc/pki/tls/certs/ca-bundle.crt"}).file, "/etc/pki/tls/certs/ca-bundle.crt");
  EXPECT_EQ(Find({"/etc/ssl/ca-bundle.pem"}).file, "/etc/ssl/ca-bundle.pem");
  EXPECT_EQ(Find({"/etc/pki/tls/cacert.pem"}).file, "/etc/pki/tls/cacert.pem");
  EXPECT_EQ(Find({"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"}).file,
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem");
  EXPECT_EQ(Find({"/etc/ssl/cert.pem"}).file, "/etc/ssl/cert.pem");
}

TEST(SystemRootsTest, TheFirstOfSeveral) {
  EXPECT_EQ(Find({"/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt"}).file,
            "/etc/pki/tls/certs/ca-bundle.crt");
}

TEST(SystemRootsTest, AllDirectories) {
  EXPECT_EQ(Find({"/etc/ssl/certs", "/etc/pki/tls/certs"}).directories,
            "/etc/ssl/certs:/etc/pki/tls/certs");
  EXPECT_EQ(Find({"/etc/pki/tls/certs"}).directories, "/etc/pki/tls/certs");
}

TEST(SystemRootsTest, NothingInAnEmptyRoot) {
  EXPECT_EQ(Find({}).file, "");
  EXPECT_EQ(Find({}).directories, "");
}

TEST(SystemRootsTest, TheEnvironmentReplacesTheList) {
  const std::set<std::string> present = {"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs",
                                         "/mine.pem"};
  const SystemRoots roots =
      Find(present, {{"SSL_CERT_FILE", "/mine.pem"}, {"SSL_CERT_DIR", "/a:/b"}});
  EXPECT_EQ(roots.file, "/mine.pem");
  EXPECT_EQ(roots.directories, "/a:/b");
  // As in Go: one that is not there is not made up for.
  EXPECT_EQ(Find(present, {{"SSL_CERT_FILE", "/other.pem"}}).file, "");
}

}  // namespace
}  // namespace secure_exec
