#include "plugin/kubeconfig/exec_plugin.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

constexpr char kV1[] = "client.authentication.k8s.io/v1";

std::string Reply(const std::string& rest) {
  return R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1")" + rest + "}";
}

TEST(ExecCredential, AToken) {
  EXPECT_EQ(ParseExecCredential(Reply(R"(,"status":{"token":"t"})"), kV1)->token, "t");
}

TEST(ExecCredential, ACertificateAndItsKey) {
  const auto credential = ParseExecCredential(
      Reply(R"(,"status":{"clientCertificateData":"C","clientKeyData":"K"})"), kV1);
  EXPECT_EQ(credential->certificate_pem, "C");
  EXPECT_EQ(credential->key_pem, "K");
}

TEST(ExecCredential, EveryCutIsRefusedWithoutTheSecret) {
  const std::string whole = Reply(R"(,"status":{"token":"s3cret"})");
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto credential = ParseExecCredential(whole.substr(0, length), kV1);
    ASSERT_FALSE(credential.has_value()) << length;
    EXPECT_EQ(credential.error().message.find("s3cret"), std::string::npos);
  }
}

TEST(ExecCredential, DeepNestingIsRefused) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_FALSE(ParseExecCredential(Reply(",\"x\":" + deep), kV1).has_value());
}

TEST(ExecCredential, ATokenCannotSmuggleAHeader) {
  EXPECT_FALSE(ParseExecCredential(Reply(R"(,"status":{"token":"a\r\nX: y"})"), kV1).has_value());
}

TEST(ExecInfo, TellsTheClusterWhereItIsWanted) {
  ExecPlugin plugin;
  plugin.stanza.api_version = kV1;
  plugin.stanza.provide_cluster_info = true;
  plugin.cluster_config = R"({"audience":"abc"})";
  ClusterAccess access;
  access.server = "https://h";
  access.insecure = true;
  EXPECT_EQ(ExecInfo(plugin, access, false),
            R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",)"
            R"("spec":{"cluster":{"server":"https://h","insecure-skip-tls-verify":true,)"
            R"("config":{"audience":"abc"}},"interactive":false}})"
            "\n");
}

}  // namespace
}  // namespace secure_exec
