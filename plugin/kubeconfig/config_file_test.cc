#include "plugin/kubeconfig/config_file.h"

#include <gtest/gtest.h>

#include "plugin/kubeconfig/yaml_scalar.h"

namespace secure_exec {
namespace {

constexpr char kWhole[] = R"(apiVersion: v1
kind: Config
clusters:
- name: cl
  cluster: {server: "https://h:6443", certificate-authority-data: aGVsbG8=, extra: 5}
users:
- name: us
  user: {token: abc, client-key: sub/../key.pem}
contexts:
- name: c
  context: {cluster: cl, user: us, namespace: dev}
current-context: c
)";

Kubeconfig Parse(std::string_view text) {
  auto config = ParseKubeconfig(text, "/etc/k/config");
  EXPECT_TRUE(config.has_value()) << (config ? "" : config.error().message);
  return config ? *config : Kubeconfig{};
}

// What follows 'error loading config file "/etc/k/config": '.
std::string ErrorOf(std::string_view text) {
  auto config = ParseKubeconfig(text, "/etc/k/config");
  if (config) return "none";
  EXPECT_EQ(config.error().kind, ErrorKind::kConfig);
  const std::string prefix = "error loading config file \"/etc/k/config\": ";
  EXPECT_EQ(config.error().message.substr(0, prefix.size()), prefix);
  return config.error().message.substr(prefix.size());
}

std::string UserWith(const std::string& fields) {
  return "users:\n- name: us\n  user: {" + fields + "}\n";
}

TEST(Kubeconfig, TakesTheStanzasAsTheyStand) {
  const Kubeconfig config = Parse(kWhole);
  EXPECT_EQ(config.current_context, "c");
  EXPECT_EQ(config.clusters.at("cl").server, "https://h:6443");
  EXPECT_EQ(config.clusters.at("cl").certificate_authority_data, "hello");
  EXPECT_EQ(config.clusters.at("cl").file, "/etc/k/config");
  EXPECT_EQ(config.users.at("us").token, "abc");
  EXPECT_EQ(config.contexts.at("c").name_space, "dev");
}

TEST(Kubeconfig, PathsAreRelativeToTheFile) {
  EXPECT_EQ(Parse(kWhole).users.at("us").client_key, "/etc/k/key.pem");
  EXPECT_EQ(Parse(UserWith("tokenFile: /x/t")).users.at("us").token_file, "/x/t");
}

TEST(Kubeconfig, JsonIsFine) {
  EXPECT_EQ(Parse(R"({"clusters":[{"name":"a","cluster":{"server":"x"}}]})").clusters.count("a"),
            1u);
}

TEST(Kubeconfig, EmptyFilesAndListsAreFine) {
  for (const char* text :
       {"", "null\n", "# nothing\n", "clusters: null\nusers:\n", "clusters: []\n",
        "clusters:\n- name: x\n  cluster:\n", "\xef\xbb\xbfkind: Config\n"})
    EXPECT_EQ(ErrorOf(text), "none") << text;
}

TEST(Kubeconfig, TheLastOfTwoEqualKeysCounts) {
  EXPECT_EQ(Parse("current-context: a\ncurrent-context: b\n").current_context, "b");
}

TEST(Kubeconfig, AnchorsWork) {
  EXPECT_EQ(
      Parse("x: &k {server: y1}\nclusters:\n- name: a\n  cluster: *k\n").clusters.at("a").server,
      "y1");
}

TEST(Kubeconfig, MergeKeysAreRefused) {
  EXPECT_NE(ErrorOf("x: &k {server: y1}\nclusters:\n- name: a\n  cluster: {<<: *k}\n"), "none");
}

TEST(Kubeconfig, TypesAreCheckedAsGoDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"true", "bool"},   {"y", "bool"},       {"on", "bool"},    {"NO", "bool"},
      {"5", "number"},    {"0x1f", "number"},  {"1e3", "number"}, {"-.5", "number"},
      {".inf", "number"}, {"1_000", "number"}, {"[a]", "array"},  {"{a: b}", "object"}};
  for (const auto& [value, kind] : cases)
    EXPECT_EQ(ErrorOf(UserWith(std::string("token: ") + value)),
              std::string("json: cannot unmarshal ") + kind +
                  " into Go struct field AuthInfo.users.user.token of type string")
        << value;
  for (const char* text : {"'5'", "\"true\"", "abc", "2020-01-01", "1.2.3", "0x", "e5", "!!str 5"})
    EXPECT_EQ(ErrorOf(UserWith(std::string("token: ") + text)), "none") << text;
  EXPECT_EQ(Parse(UserWith("token: ~")).users.at("us").token, "");
}

TEST(Kubeconfig, ForeignTagsAreRefused) {
  EXPECT_NE(ErrorOf(UserWith("token: !!binary aGVsbG8=")), "none");
  EXPECT_NE(ErrorOf(UserWith("token: !x y")), "none");
}

TEST(Kubeconfig, BooleansAreYaml11) {
  const auto insecure = [](const std::string& value) {
    return "clusters:\n- name: a\n  cluster: {insecure-skip-tls-verify: " + value + "}\n";
  };
  for (const char* yes : {"true", "True", "yes", "on", "y"})
    EXPECT_TRUE(Parse(insecure(yes)).clusters.at("a").insecure_skip_tls_verify) << yes;
  for (const char* no : {"false", "no", "off", "~"})
    EXPECT_FALSE(Parse(insecure(no)).clusters.at("a").insecure_skip_tls_verify) << no;
  EXPECT_EQ(ErrorOf(insecure("'true'")),
            "json: cannot unmarshal string into Go struct field "
            "Cluster.clusters.cluster.insecure-skip-tls-verify of type bool");
  EXPECT_NE(ErrorOf(insecure("1")), "none");
}

TEST(Kubeconfig, ShapesAreChecked) {
  EXPECT_EQ(ErrorOf("clusters: {a: b}\n"),
            "json: cannot unmarshal object into Go struct field Config.clusters of type "
            "[]v1.NamedCluster");
  EXPECT_EQ(ErrorOf("clusters: [a]\n"),
            "json: cannot unmarshal string into Go struct field Config.clusters of type "
            "v1.NamedCluster");
  EXPECT_EQ(ErrorOf("users:\n- name: y\n"),
            "json: cannot unmarshal bool into Go struct field NamedAuthInfo.users.name of type "
            "string");
  EXPECT_EQ(ErrorOf("hello\n").substr(0, 88),
            "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go "
            "value");
  EXPECT_EQ(ErrorOf("kind: Pod\napiVersion: v1\n"),
            "no kind \"Pod\" is registered for version \"v1\" in scheme "
            "\"k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50\"");
}

TEST(Kubeconfig, DuplicateNamesAreRefused) {
  EXPECT_EQ(ErrorOf("contexts:\n- name: x\n- name: x\n"),
            "error converting *[]NamedContext into *map[string]*api.Context: duplicate name \"x\" "
            "in list");
}

TEST(Kubeconfig, Base64IsChecked) {
  EXPECT_EQ(ErrorOf(UserWith("client-key-data: '%%%'")),
            "illegal base64 data at input byte 0 of AuthInfo.users.user.client-key-data");
  EXPECT_NE(ErrorOf(UserWith("client-key-data: aGVsbG8")), "none");
  EXPECT_EQ(Parse(UserWith("client-key-data: \"aGVs\\nbG8=\"")).users.at("us").client_key_data,
            "hello");
}

TEST(Kubeconfig, NoticesWhatItCannotDo) {
  const UserStanza user =
      Parse(UserWith("as: x, as-uid: '5', as-groups: [g], as-user-extra: {k: [v]}, username: n1, "
                     "password: p, exec: {command: c}, auth-provider: {name: gcp}"))
          .users.at("us");
  EXPECT_EQ(user.as, "x");
  EXPECT_EQ(user.as_uid, "5");
  EXPECT_EQ(user.as_groups, std::vector<std::string>{"g"});
  EXPECT_EQ(user.as_user_extra.at("k"), std::vector<std::string>{"v"});
  EXPECT_TRUE(user.exec && user.auth_provider);
  EXPECT_EQ(user.username + user.password, "n1p");
  EXPECT_NE(ErrorOf(UserWith("as-groups: g")), "none");
  EXPECT_FALSE(Parse(UserWith("exec: null, as-groups: []")).users.at("us").exec);
}

TEST(Kubeconfig, BrokenYamlIsNotQuoted) {
  EXPECT_EQ(ErrorOf("a: \"\\\x1b[2J\""), "yaml: line 1: unknown escape character");
  EXPECT_EQ(ErrorOf("%YAML 9.\x1b[2J\n---\n"), "yaml: line 1: bad YAML version");
}

TEST(Kubeconfig, WhatErrorsQuoteIsSafeForATerminal) {
  EXPECT_EQ(ErrorOf("kind: \"\\e[2J\""),
            "no kind \"\\x1b[2J\" is registered for version \"v1\" in scheme "
            "\"k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50\"");
}

TEST(Kubeconfig, BrokenYamlNamesTheLine) {
  EXPECT_EQ(ErrorOf("a: b\nb:\n\tc: d\n").substr(0, 13), "yaml: line 3:");
  EXPECT_NE(ErrorOf("a: [b\n"), "none");
}

TEST(Kubeconfig, NestingIsLimited) {
  EXPECT_NE(ErrorOf("a: " + std::string(20000, '[')), "none");
  EXPECT_NE(ErrorOf("a: " + std::string(20000, '[') + std::string(20000, ']')), "none");
}

TEST(Kubeconfig, EveryPrefixIsReadOrRefused) {
  const std::string whole = kWhole;
  for (size_t size = 0; size <= whole.size(); ++size) {
    auto config = ParseKubeconfig(whole.substr(0, size), "f");
    EXPECT_TRUE(config ? config->clusters.size() <= 1 : size < whole.size()) << size;
  }
}

TEST(Merge, TheFirstStanzaWinsWhole) {
  Kubeconfig config = Parse("clusters:\n- name: cl\n  cluster: {tls-server-name: first}\n");
  MergeKubeconfig(config, Parse(kWhole));
  EXPECT_EQ(config.clusters.at("cl").tls_server_name, "first");
  EXPECT_EQ(config.clusters.at("cl").server, "");
  EXPECT_EQ(config.users.count("us"), 1u);
  EXPECT_EQ(config.current_context, "c");
}

}  // namespace
}  // namespace secure_exec
