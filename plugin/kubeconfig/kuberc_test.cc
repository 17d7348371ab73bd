#include "plugin/kubeconfig/kuberc.h"

#include <gtest/gtest.h>

#include <map>

namespace secure_exec {
namespace {

constexpr char kBeta[] = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";
constexpr char kAlpha[] = "apiVersion: kubectl.config.k8s.io/v1alpha1\nkind: Preference\n";
constexpr char kApplying[] = "error occurred while applying preferences ";

PluginPolicy Get(const std::string& text) {
  auto policy = ParseKuberc(text, "F");
  EXPECT_TRUE(policy.has_value()) << (policy ? "" : policy.error().message);
  return policy ? *policy : PluginPolicy{};
}

std::string ErrorOf(const std::string& text) {
  const auto policy = ParseKuberc(text, "F");
  return policy ? "none" : policy.error().message;
}

TEST(Kuberc, ThePolicies) {
  EXPECT_EQ(Get(kBeta).type, PluginPolicy::Type::kAllowAll);
  EXPECT_EQ(Get(std::string(kBeta) + "credentialPluginPolicy: AllowAll").type,
            PluginPolicy::Type::kAllowAll);
  EXPECT_EQ(Get(std::string(kBeta) + "credentialPluginPolicy: DenyAll").type,
            PluginPolicy::Type::kDenyAll);
  const PluginPolicy list =
      Get(std::string(kBeta) +
          "credentialPluginPolicy: Allowlist\n"
          "credentialPluginAllowlist: [{command: aws}, {name: /bin/x}, {name: z, command: z}]");
  EXPECT_EQ(list.type, PluginPolicy::Type::kAllowlist);
  EXPECT_EQ(list.allowed, (std::vector<std::string>{"aws", "/bin/x", "z"}));
}

// The texts are what kubectl 1.36 prints.
TEST(Kuberc, PoliciesThatMakeNoSense) {
  const auto error = [](const std::string& policy, const std::string& list) {
    return ErrorOf(fmt::format("{}credentialPluginPolicy: {}\ncredentialPluginAllowlist: {}", kBeta,
                               policy, list))
        .substr(sizeof kApplying - 1);
  };
  EXPECT_EQ(error("Bogus", "null"), "unknown plugin policy: \"Bogus\"");
  EXPECT_EQ(error("Allowlist", "null"),
            "credential plugin policy set to \"Allowlist\", but allowlist is unspecified");
  EXPECT_EQ(error("Allowlist", "[]"),
            "credential plugin policy set to \"Allowlist\", but allowlist is empty; use "
            "\"DenyAll\" policy instead");
  EXPECT_EQ(error("''", "[]"),
            "misconfigured credential plugin allowlist: plugin policy is \"\" but allowlist is "
            "non-nil");
  EXPECT_EQ(error("Allowlist", "[{command: x}, null]"),
            "misconfigured credential plugin allowlist: empty allowlist entry #2");
  EXPECT_EQ(error("Allowlist", "[{command: ./x}]"), "non-normalized file path: \"./x\" vs \"x\"");
  EXPECT_EQ(error("Allowlist", "[{command: a//b/}]"),
            "non-normalized file path: \"a//b/\" vs \"a/b\"");
}

TEST(Kuberc, WhatIsNoPreference) {
  for (const std::string& text :
       {std::string("a: ["), std::string("credentialPluginPolicy: DenyAll"),
        std::string("apiVersion: v1\nkind: Preference"),
        std::string(kBeta) + "credentialPluginPolicy: 7",
        std::string(kBeta) + "credentialPluginAllowlist: {}",
        std::string(kBeta) + "credentialPluginAllowlist: [x]",
        std::string(kBeta) + "credentialPluginAllowlist: [{name: a, command: b}]"}) {
    EXPECT_TRUE(ErrorOf(text).starts_with("no valid preferences found in F: ")) << text;
  }
}

TEST(Kuberc, TheFirstPreferenceOfSeveralDocuments) {
  const std::string deny = std::string(kBeta) + "credentialPluginPolicy: DenyAll\n";
  EXPECT_EQ(Get("a: [\n---\n" + deny).type, PluginPolicy::Type::kDenyAll);
  EXPECT_EQ(Get(deny + "--- \n" + kAlpha).type, PluginPolicy::Type::kDenyAll);
  EXPECT_EQ(Get(std::string(kAlpha) + "---\n" + deny).type, PluginPolicy::Type::kAllowAll);
}

TEST(Kuberc, APolicyInAVersionThatHasNoneIsAProblem) {
  EXPECT_FALSE(Get(std::string(kAlpha) + "credentialPluginPolicy: DenyAll").problem.empty());
  EXPECT_TRUE(Get(kAlpha).problem.empty());
}

TEST(Kuberc, NothingIsNoPolicy) {
  EXPECT_EQ(Get("").type, PluginPolicy::Type::kAllowAll);
  EXPECT_EQ(Get("\n---\n \n").type, PluginPolicy::Type::kAllowAll);
}

TEST(Kuberc, WhatIsAskedForMustBeThere) {
  std::map<std::string, std::string> variables = {{"HOME", "/no/such/home"}};
  const auto load = [&](const std::optional<std::string>& flag) {
    return LoadPluginPolicy(flag, [&](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
  };
  EXPECT_TRUE(load(std::nullopt).has_value());
  EXPECT_EQ(
      load("/no/such").error().message,
      std::string(kApplying) + "kuberc error kuberc: open /no/such: no such file or directory");
  EXPECT_EQ(load("").error().message, std::string(kApplying) + "kuberc file is not found");
  variables["KUBERC"] = "/no/such";
  EXPECT_FALSE(load(std::nullopt).has_value());
  variables["KUBECTL_KUBERC"] = "False";
  EXPECT_TRUE(load(std::nullopt).has_value());
  EXPECT_EQ(load("/x").error().kind, ErrorKind::kUsage);
  variables = {{"KUBERC", "off"}};
  EXPECT_TRUE(load(std::nullopt).has_value());
  EXPECT_EQ(load("/x").error().message,
            std::string(kApplying) +
                "kuberc error disabling kuberc via KUBERC=off and passing kuberc flag are mutually "
                "exclusive");
}

std::string Refusal(const PluginPolicy& policy, const std::string& command) {
  constexpr std::string_view kPrefix = "Unable to connect to the server: getting credentials: ";
  const auto allowed = CheckPluginPolicy(policy, command);
  if (allowed) return "none";
  EXPECT_TRUE(allowed.error().message.starts_with(kPrefix));
  return allowed.error().message.substr(kPrefix.size());
}

TEST(PluginPolicy, AllowlistEntriesAreNamesOrPaths) {
  PluginPolicy policy;
  policy.type = PluginPolicy::Type::kAllowlist;
  policy.allowed = {"sh", "/opt/own"};
  EXPECT_EQ(Refusal(policy, "sh"), "none");
  EXPECT_EQ(Refusal(policy, "/opt/own"), "none");
  EXPECT_EQ(Refusal(policy, "/no/such"),
            "plugin path \"/no/such\" cannot be resolved for credential plugin allowlist check: "
            "exec: \"/no/such\": stat /no/such: no such file or directory");
  EXPECT_EQ(Refusal(policy, "no-such-program"),
            "plugin path \"no-such-program\" cannot be resolved for credential plugin allowlist "
            "check: exec: \"no-such-program\": executable file not found in $PATH");
  EXPECT_NE(Refusal(policy, "env").find("is not permitted by the credential plugin allowlist"),
            std::string::npos);
}

TEST(PluginPolicy, DenyAllAndWhatCannotBeFollowed) {
  PluginPolicy policy;
  policy.type = PluginPolicy::Type::kDenyAll;
  EXPECT_EQ(Refusal(policy, "sh"), "plugin \"sh\" not allowed: policy set to \"DenyAll\"");
  policy.problem = "F is broken";
  EXPECT_NE(Refusal(policy, "sh").find("F is broken"), std::string::npos);
}

}  // namespace
}  // namespace secure_exec
