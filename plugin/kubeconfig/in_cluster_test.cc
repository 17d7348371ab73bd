#include "plugin/kubeconfig/in_cluster.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "plugin/kubeconfig/access.h"

namespace secure_exec {
namespace {

// A pod: a root directory with a service account in it, and the variables that Kubernetes sets.
class Pod : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "in_cluster_test.XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    variables_ = {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                  {"KUBERNETES_SERVICE_PORT", "443"},
                  {"HOME", root_}};
    std::filesystem::create_directories(root_ + kDirectory);
    Write("token", "t0ken\n");
    Write("namespace", "dev\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(root_ + kDirectory + name) << text;
  }
  void WriteKubeconfig(const std::string& text) {
    std::ofstream(root_ + "/config") << text;
    variables_["KUBECONFIG"] = root_ + "/config";
  }
  Result<ClusterAccess> Resolve() const {
    return ResolveAccess(
        flags_,
        [this](const std::string& name) -> std::optional<std::string> {
          const auto found = variables_.find(name);
          return found == variables_.end() ? std::nullopt : std::optional(found->second);
        },
        Clock::System(), root_);
  }

  static constexpr char kDirectory[] = "/var/run/secrets/kubernetes.io/serviceaccount/";
  std::string root_;
  std::map<std::string, std::string> variables_;
  AccessFlags flags_;
};

TEST_F(Pod, TheServiceAccountIsUsedWithoutAKubeconfig) {
  Write("ca.crt", "CA");
  const auto access = Resolve();
  ASSERT_TRUE(access.has_value()) << access.error().message;
  EXPECT_EQ(access->server, "https://10.0.0.1:443");
  EXPECT_EQ(access->token, "t0ken");
  EXPECT_EQ(access->token_file, root_ + kDirectory + "token");
  EXPECT_EQ(access->ca_pem, "CA");
  EXPECT_EQ(access->name_space, "dev");
  EXPECT_EQ(access->user, "");
}

TEST_F(Pod, AnIpv6AddressIsPutIntoBrackets) {
  variables_["KUBERNETES_SERVICE_HOST"] = "fd00::1";
  EXPECT_EQ(Resolve()->server, "https://[fd00::1]:443");
}

TEST_F(Pod, AllThreeSignsOfAPodAreNeeded) {
  for (const char* name : {"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"}) {
    const std::string value = variables_[name];
    variables_.erase(name);
    EXPECT_FALSE(Resolve().has_value()) << name;
    variables_[name] = value;
  }
  std::filesystem::remove(root_ + kDirectory + "token");
  EXPECT_FALSE(Resolve().has_value());
}

TEST_F(Pod, AKubeconfigWithAClusterBeatsThePod) {
  WriteKubeconfig(
      "clusters: [{name: cl, cluster: {server: 'https://h'}}]\n"
      "contexts: [{name: c, context: {cluster: cl}}]\ncurrent-context: c\n");
  EXPECT_EQ(Resolve()->server, "https://h");
  EXPECT_EQ(Resolve()->token, "");
}

TEST_F(Pod, FlagsAboutTheServerOrTheUserBeatThePod) {
  flags_.server = "https://h";
  EXPECT_EQ(Resolve()->server, "https://h");
  flags_.server.reset();
  flags_.token = "mine";
  EXPECT_FALSE(Resolve().has_value());  // kubectl goes to localhost:8080 with it
}

TEST_F(Pod, TheNamespacesOrder) {
  EXPECT_EQ(Resolve()->name_space, "dev");
  variables_["POD_NAMESPACE"] = "of-the-pod";
  EXPECT_EQ(Resolve()->name_space, "of-the-pod");
  WriteKubeconfig(
      "contexts: [{name: c, context: {namespace: of-the-context}}]\ncurrent-context: c");
  EXPECT_EQ(Resolve()->server, "https://10.0.0.1:443");
  EXPECT_EQ(Resolve()->name_space, "of-the-context");
  flags_.name_space = "mine";
  EXPECT_EQ(Resolve()->name_space, "mine");
}

TEST_F(Pod, ItsNamespaceCountsBesideAKubeconfigThatNamesNone) {
  WriteKubeconfig(
      "clusters: [{name: cl, cluster: {server: 'https://h'}}]\n"
      "contexts: [{name: c, context: {cluster: cl}}]\ncurrent-context: c\n");
  EXPECT_EQ(Resolve()->name_space, "dev");
  std::filesystem::remove(root_ + kDirectory + "namespace");
  EXPECT_EQ(Resolve()->name_space, "default");
}

TEST_F(Pod, AnEmptyTokenIsAMistake) {
  Write("token", "\n");
  EXPECT_NE(Resolve().error().message.find("is empty"), std::string::npos);
}

}  // namespace
}  // namespace secure_exec
