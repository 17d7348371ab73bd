#include "plugin/kubeconfig/access.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "plugin/kubeconfig/local_file.h"

namespace secure_exec {
namespace {

// CN=alice, O=dev; `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj
// /O=dev/CN=alice -days 3650`.
constexpr char kAliceCertificate[] = R"(-----BEGIN CERTIFICATE-----
MIIBkTCCATegAwIBAgIUFeK4r8yVFKC+BQsDB0srMkfKUWkwCgYIKoZIzj0EAwIw
HjEMMAoGA1UECgwDZGV2MQ4wDAYDVQQDDAVhbGljZTAeFw0yNjExMjMwNTI1Mjla
Fw0zNjExMjAwNTI1MjlaMB4xDDAKBgNVBAoMA2RldjEOMAwGA1UEAwwFYWxpY2Uw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATBDHwAG+xJZHLH93uc7WhZiwOAzeKF
0rvD84DOQdcX6fWBJNQLlMaO2Wsiw0UE0dkodkQzC6qrejPnnN/XbmHRo1MwUTAd
BgNVHQ4EFgQUpLDEE1uUhd6u8GrdQIY3CSq/uE4wHwYDVR0jBBgwFoAUpLDEE1uU
hd6u8GrdQIY3CSq/uE4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBF
AiEA3btcst7t5ART7+05O1rsPaOIAc8m12RPD85mRZEKDvMCIEzCpAmsAjWjz2l4
FZtABW8J34W2lNX8uo/O8chfck1r
-----END CERTIFICATE-----
)";

// A directory of kubeconfig files, an environment, and kubectl's flags.
class Access : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "access_test.XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name), std::ios::binary) << text;
  }
  // The one kubeconfig "k": a cluster "cl", a user "us", a context "c" of both.
  void WriteConfig(const std::string& cluster, const std::string& user,
                   const std::string& context = "cluster: cl, user: us",
                   const std::string& current = "c") {
    Write("k", "clusters:\n- name: cl\n  cluster: {" + cluster +
                   "}\nusers:\n- name: us\n  user: {" + user +
                   "}\ncontexts:\n- name: c\n  context: {" + context + "}\ncurrent-context: '" +
                   current + "'\n");
    environment_["KUBECONFIG"] = Path("k");
  }
  Result<ClusterAccess> Resolve() const {
    return ResolveAccess(flags_, [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      if (found == environment_.end()) return std::nullopt;
      return found->second;
    });
  }
  ClusterAccess Get() const {
    auto access = Resolve();
    EXPECT_TRUE(access.has_value()) << (access ? "" : access.error().message);
    return access ? *access : ClusterAccess{};
  }
  // As the user sees it, with "D" for the directory.
  std::string ErrorOf() const {
    auto access = Resolve();
    if (access) return "none";
    std::string text =
        (access.error().kind == ErrorKind::kVerbatim ? "" : "error: ") + access.error().message;
    for (size_t at; (at = text.find(directory_)) != std::string::npos;)
      text.replace(at, directory_.size(), "D");
    return text;
  }

  std::string directory_;
  std::map<std::string, std::string> environment_;
  AccessFlags flags_;
};

constexpr char kServer[] = "server: 'https://h:6443'";

TEST_F(Access, TheCurrentContext) {
  WriteConfig(kServer, "token: secret", "cluster: cl, user: us, namespace: dev");
  const ClusterAccess access = Get();
  EXPECT_EQ(access.context, "c");
  EXPECT_EQ(access.cluster, "cl");
  EXPECT_EQ(access.user, "us");
  EXPECT_EQ(access.server, "https://h:6443");
  EXPECT_EQ(access.token, "secret");
  EXPECT_EQ(access.name_space, "dev");
}

// --- files -------------------------------------------------------------------------------------

TEST_F(Access, TheListSkipsMissingFilesAndRepetitions) {
  WriteConfig(kServer, "");
  environment_["KUBECONFIG"] = ":" + Path("missing") + "::" + Path("k") + ":" + Path("k") + ":";
  EXPECT_EQ(Get().cluster, "cl");
}

TEST_F(Access, TheFileInTheHomeDirectory) {
  WriteConfig(kServer, "");
  std::filesystem::create_directory(Path(".kube"));
  std::filesystem::rename(Path("k"), Path(".kube/config"));
  environment_ = {{"HOME", directory_}};
  EXPECT_EQ(Get().cluster, "cl");
}

TEST_F(Access, TheFlagIsTheOnlyFile) {
  WriteConfig(kServer, "");
  flags_.kubeconfig = Path("missing");
  EXPECT_EQ(ErrorOf(), "error: stat D/missing: no such file or directory");
  flags_.kubeconfig = "";
  EXPECT_EQ(Get().cluster, "cl");
}

TEST_F(Access, TheFirstOfSeveralFilesWins) {
  WriteConfig(kServer, "token: first");
  Write("b", "users:\n- name: us\n  user: {token: second}\ncurrent-context: zz\n");
  environment_["KUBECONFIG"] = Path("k") + ":" + Path("b");
  EXPECT_EQ(Get().token, "first");
}

TEST_F(Access, BrokenFilesAreAllNamed) {
  Write("a", "clusters: 5\n");
  Write("b", "clusters: 5\n");
  environment_["KUBECONFIG"] = Path("a");
  const std::string what =
      "json: cannot unmarshal number into Go struct field Config.clusters of type "
      "[]v1.NamedCluster";
  EXPECT_EQ(ErrorOf(), "error: error loading config file \"D/a\": " + what);
  environment_["KUBECONFIG"] = Path("a") + ":" + Path("b");
  EXPECT_EQ(ErrorOf(), "error loading config file \"D/a\": " + what +
                           "\nerror loading config file \"D/b\": " + what);
}

TEST_F(Access, ADirectoryIsNoFile) {
  flags_.kubeconfig = directory_;
  EXPECT_EQ(ErrorOf(), "error: error loading config file \"D\": read D: is a directory");
}

TEST_F(Access, NoFileAtAll) {
  environment_["KUBECONFIG"] = Path("missing");
  EXPECT_EQ(ErrorOf(),
            "error: no cluster to talk to: D/missing sets no current context; use --context, "
            "--kubeconfig or --server");
}

TEST_F(Access, AFileIsReadUpToItsLimit) {
  Write("big", std::string(101, 'x'));
  EXPECT_EQ(ReadLocalFile(Path("big"), 101)->size(), 101u);
  EXPECT_EQ(ReadLocalFile(Path("big"), 100).error().error_number, EFBIG);
}

// --- contexts, clusters, users -----------------------------------------------------------------

TEST_F(Access, AnUnknownContext) {
  WriteConfig(kServer, "");
  flags_.context = "nope";
  EXPECT_EQ(ErrorOf(), "Error in configuration: context was not found for specified context: nope");
  flags_.name_space = "x";
  EXPECT_EQ(ErrorOf(), "error: context \"nope\" does not exist");
}

TEST_F(Access, UnknownNamesInFlags) {
  WriteConfig(kServer, "");
  flags_.cluster = "nope";
  EXPECT_EQ(ErrorOf(), "error: no server found for cluster \"nope\"");
  flags_.name_space = "x";
  EXPECT_EQ(ErrorOf(), "error: cluster \"nope\" does not exist");
  flags_.cluster = {};
  flags_.user = "nope";
  EXPECT_EQ(ErrorOf(), "error: auth info \"nope\" does not exist");
}

TEST_F(Access, UnknownNamesInTheContext) {
  WriteConfig(kServer, "", "cluster: zz, user: us");
  EXPECT_EQ(ErrorOf(),
            "error: kubeconfig: context \"c\" (D/k) names cluster \"zz\", which no file defines");
  WriteConfig(kServer, "", "cluster: cl, user: zz");
  EXPECT_EQ(ErrorOf(),
            "error: kubeconfig: context \"c\" (D/k) names user \"zz\", which no file defines");
  WriteConfig(kServer, "", "user: us");
  EXPECT_EQ(ErrorOf(),
            "error: kubeconfig: context \"c\" (D/k) names no cluster: use --cluster or --server");
  WriteConfig("", "");
  EXPECT_EQ(ErrorOf(), "error: no server found for cluster \"cl\"");
}

TEST_F(Access, AServersPasswordIsNotRepeated) {
  for (const char* server : {"https://me:hunter2@h", "https://me:hunter2@h/<", "me:hunter2@h",
                             "ftp://me:hunter2@h", "https://me:hun/t@er2@h"}) {
    WriteConfig(std::string("server: '") + server + "'", "");
    EXPECT_NE(ErrorOf(), "none");
    EXPECT_EQ(ErrorOf().find("er2"), std::string::npos) << ErrorOf();
  }
}

TEST_F(Access, NoContextIsNeededWhereFlagsSayItAll) {
  WriteConfig(kServer, "token: t", "cluster: cl, user: us", "");
  flags_.cluster = "cl";
  flags_.user = "us";
  EXPECT_EQ(Get().token, "t");
  flags_ = {};
  flags_.server = "https://other";
  EXPECT_EQ(Get().server, "https://other");
  EXPECT_EQ(Get().token, "");
}

TEST_F(Access, TheNamespace) {
  WriteConfig(kServer, "");
  EXPECT_EQ(Get().name_space, "default");
  flags_.name_space = "";
  EXPECT_EQ(Get().name_space, "default");
  flags_.name_space = "dev";
  EXPECT_EQ(Get().name_space, "dev");
  flags_.name_space = "a/b";
  EXPECT_EQ(ErrorOf(), "error: invalid namespace \"a/b\": [may not contain '/']");
  flags_.name_space = "..";
  EXPECT_EQ(ErrorOf(), "error: invalid namespace \"..\": [may not be '..']");
  flags_.name_space = "a b\r\nX: y";
  EXPECT_EQ(ErrorOf(),
            "error: invalid namespace \"a b?\nX: y\": [may have only letters, digits, '-' and "
            "'.']");
}

// --- the server and trust in it ----------------------------------------------------------------

TEST_F(Access, Servers) {
  const std::pair<const char*, const char*> fine[] = {
      {"https://h", "https://h"},
      {"HTTPS://h:1/", "https://h:1"},
      {"https://h/k8s/clusters/c-1//", "https://h/k8s/clusters/c-1"},
      {"http://[::1]:8080", "http://[::1]:8080"}};
  WriteConfig(kServer, "");
  for (const auto& [given, server] : fine) {
    flags_.server = given;
    EXPECT_EQ(Get().server, server);
  }
  for (const char* bad :
       {"h:6443", "localhost", "ftp://h", "https://", "https:///x", "https://:1", "https://u:p@h",
        "https://h?x", "https://h#x", "https://a b", "https://a\n"}) {
    flags_.server = bad;
    EXPECT_FALSE(Resolve().has_value()) << bad;
  }
}

TEST_F(Access, TheServerFlagDropsTheStanzasTlsName) {
  WriteConfig(std::string(kServer) + ", tls-server-name: n1", "");
  EXPECT_EQ(Get().tls_server_name, "n1");
  flags_.server = "https://other";
  EXPECT_EQ(Get().tls_server_name, "");
  flags_.tls_server_name = "m";
  EXPECT_EQ(Get().tls_server_name, "m");
}

TEST_F(Access, ACaInTheStanza) {
  Write("ca", "PEM");
  WriteConfig(std::string(kServer) + ", certificate-authority: ca", "");
  EXPECT_EQ(Get().ca_pem, "PEM");
  WriteConfig(std::string(kServer) + ", certificate-authority-data: UEVN", "");
  EXPECT_EQ(Get().ca_pem, "PEM");
  WriteConfig(
      std::string(kServer) + ", certificate-authority: ca, certificate-authority-data: UEVN", "");
  EXPECT_EQ(ErrorOf(),
            "error: certificate-authority-data and certificate-authority are both specified for "
            "cl. certificate-authority-data will override.");
}

TEST_F(Access, AMissingOrEmptyCaIsNotTheSystems) {
  WriteConfig(std::string(kServer) + ", certificate-authority: ca", "");
  EXPECT_EQ(ErrorOf(),
            "error: unable to read certificate-authority D/ca for cl due to open D/ca: no such "
            "file or directory");
  Write("ca", "");
  EXPECT_EQ(ErrorOf(), "error: certificate-authority D/ca for cl is empty");
}

TEST_F(Access, InsecureAndACaExcludeEachOther) {
  const std::string both =
      "error: specifying a root certificates file with the insecure flag is "
      "not allowed";
  WriteConfig(
      std::string(kServer) + ", certificate-authority-data: UEVN, insecure-skip-tls-verify: true",
      "");
  EXPECT_EQ(ErrorOf(), both);
  // A flag replaces all that the stanza says.
  flags_.insecure_skip_tls_verify = true;
  EXPECT_TRUE(Get().insecure);
  EXPECT_EQ(Get().ca_pem, "");
  Write("ca", "PEM");
  flags_.certificate_authority = Path("ca");
  EXPECT_EQ(ErrorOf(), both);
  flags_.insecure_skip_tls_verify = {};
  EXPECT_FALSE(Get().insecure);
}

TEST_F(Access, InsecureCanBeTurnedOff) {
  WriteConfig(std::string(kServer) + ", insecure-skip-tls-verify: true", "");
  EXPECT_TRUE(Get().insecure);
  flags_.insecure_skip_tls_verify = false;
  EXPECT_FALSE(Get().insecure);
}

// --- credentials -------------------------------------------------------------------------------

TEST_F(Access, ClientCertificates) {
  Write("cert", "C");
  Write("key", "K");
  WriteConfig(kServer, "client-certificate: cert, client-key-data: S0VZ");
  EXPECT_EQ(Get().client_certificate_pem, "C");
  EXPECT_EQ(Get().client_key_pem, "KEY");
  flags_.client_key = Path("key");
  EXPECT_EQ(Get().client_key_pem, "K");
}

TEST_F(Access, ClientCertificateProblems) {
  Write("cert", "C");
  Write("key", "K");
  WriteConfig(kServer, "client-certificate: cert, client-certificate-data: UEVN, client-key: key");
  EXPECT_EQ(ErrorOf(),
            "error: client-cert-data and client-cert are both specified for us. client-cert-data "
            "will override.");
  WriteConfig(kServer, "client-certificate: cert, client-key: key, client-key-data: UEVN");
  EXPECT_EQ(ErrorOf(),
            "error: client-key-data and client-key are both specified for us; client-key-data will "
            "override");
  WriteConfig(kServer, "client-certificate: cert");
  EXPECT_EQ(ErrorOf(),
            "error: client-key-data or client-key must be specified for us to use the clientCert "
            "authentication method.");
  WriteConfig(kServer, "client-key: key");
  EXPECT_EQ(ErrorOf(), "error: user \"us\" has a client key and no client certificate");
}

TEST_F(Access, SeveralProblemsAreListed) {
  WriteConfig(std::string(kServer) + ", certificate-authority: a",
              "client-certificate: c, client-key: k2");
  EXPECT_EQ(ErrorOf(),
            "Error in configuration: \n"
            "* unable to read client-cert D/c for us due to open D/c: no such file or directory\n"
            "* unable to read client-key D/k2 for us due to open D/k2: no such file or directory\n"
            "* unable to read certificate-authority D/a for cl due to open D/a: no such file or "
            "directory");
}

TEST_F(Access, TokenFiles) {
  WriteConfig(kServer, "tokenFile: t, token: spare");
  EXPECT_EQ(Get().token, "spare");
  Write("t", " \n");
  EXPECT_EQ(Get().token, "spare");
  Write("t", "\tfresh\r\n");
  EXPECT_EQ(Get().token, "fresh");
  WriteConfig(kServer, "tokenFile: missing");
  EXPECT_EQ(ErrorOf(), "error: open D/missing: no such file or directory");
}

TEST_F(Access, TheTokenFlagBeatsTheStanzas) {
  WriteConfig(kServer, "token: stanza");
  flags_.token = "flag";
  EXPECT_EQ(Get().token, "flag");
}

TEST_F(Access, ATokenCannotSmuggleAHeader) {
  for (const char* bad : {"a\r\nX: y", "a b", "a\n", "\xc3\xa9"}) {
    WriteConfig(kServer, "");
    flags_.token = bad;
    EXPECT_EQ(ErrorOf(),
              "Unable to connect to the server: net/http: invalid header field value for "
              "\"Authorization\"");
  }
}

TEST_F(Access, AuthProviders) {
  WriteConfig(kServer, "auth-provider: {name: azure}, token: t");
  EXPECT_EQ(ErrorOf().find("error: The azure auth plugin has been removed.\nPlease use the "), 0u);
  WriteConfig(kServer, "auth-provider: {name: bogus}");
  EXPECT_EQ(ErrorOf(), "error: no Auth Provider found for name \"bogus\"");
  WriteConfig(kServer, "auth-provider: {name: oidc, config: {idp-issuer-url: i, client-id: c}}");
  EXPECT_EQ(ErrorOf(),
            "Unable to connect to the server: No valid id-token, and cannot refresh without "
            "refresh-token");
  // {"exp":9999999999}
  const std::string token = "a.eyJleHAiOjk5OTk5OTk5OTl9.c";
  WriteConfig(kServer,
              "auth-provider: {name: oidc, config: {idp-issuer-url: i, client-id: c, id-token: " +
                  token + "}}");
  EXPECT_EQ(Get().token, token);
  flags_.token = "flag";
  EXPECT_EQ(Get().token, "flag");
}

// --- where it all comes from -------------------------------------------------------------------

TEST_F(Access, EverySettingSaysWhereItComesFrom) {
  WriteConfig(std::string(kServer) + ", tls-server-name: name", "token: s3cret, as: bob",
              "cluster: cl, user: us, namespace: dev");
  const auto all = [&] {
    std::string text;
    for (const Setting& setting : Get().settings) {
      text += setting.name + "=" + setting.value + " < " + setting.source + "\n";
    }
    for (size_t at; (at = text.find(directory_)) != std::string::npos;)
      text.replace(at, directory_.size(), "D");
    return text;
  };
  EXPECT_EQ(all(),
            "context=c < current-context in D/k\n"
            "cluster=cl < context \"c\" in D/k\n"
            "server=https://h:6443 < cluster \"cl\" in D/k\n"
            "namespace=dev < context \"c\" in D/k\n"
            "user=us < context \"c\" in D/k\n"
            "credentials=token < user \"us\" in D/k\n"
            "certificate-authority=the system's < default\n"
            "tls-server-name=name < cluster \"cl\" in D/k\n"
            "insecure-skip-tls-verify=false < default\n"
            "impersonation=Impersonate-User=bob < user \"us\" in D/k\n"
            "kuberc=none < default\n");
  flags_.context = "c";
  flags_.server = "https://other";
  flags_.name_space = "ops";
  flags_.token = "s3cret";
  flags_.as = "eve";
  flags_.insecure_skip_tls_verify = true;
  EXPECT_EQ(all(),
            "context=c < --context\n"
            "cluster=cl < context \"c\" in D/k\n"
            "server=https://other < --server\n"
            "namespace=ops < --namespace\n"
            "user=us < context \"c\" in D/k\n"
            "credentials=token < --token\n"
            "certificate-authority=the system's < default\n"
            "tls-server-name=the server's < default\n"
            "insecure-skip-tls-verify=true < --insecure-skip-tls-verify\n"
            "impersonation=Impersonate-User=eve < --as\n"
            "kuberc=none < default\n");
}

TEST_F(Access, APluginsArgumentsAreNotShown) {
  WriteConfig(kServer,
              "exec: {command: aws, args: [--token, s3cret], apiVersion: "
              "client.authentication.k8s.io/v1beta1}");
  std::string found;
  for (const Setting& setting : Get().settings) {
    EXPECT_EQ(setting.value.find("s3cret"), std::string::npos);
    if (setting.name == "credentials") found = setting.value;
  }
  EXPECT_EQ(found, "exec plugin: aws (2 arguments)");
}

TEST_F(Access, BasicAuth) {
  WriteConfig(kServer, "username: n1, password: p");
  EXPECT_EQ(Get().username, "n1");
  EXPECT_EQ(Get().password, "p");
  flags_.password = "flag";
  EXPECT_EQ(Get().password, "flag");
}

TEST_F(Access, BasicAuthProblems) {
  for (const char* user :
       {"token: t, username: n1", "token: t, password: p", "tokenFile: t, username: n1"}) {
    WriteConfig(kServer, user);
    EXPECT_EQ(ErrorOf(),
              "error: more than one authentication method found for us; found [token basicAuth], "
              "only one is allowed");
  }
  WriteConfig(kServer, "password: p");
  EXPECT_EQ(ErrorOf(), "error: kubeconfig: user \"us\" has a password and no username");
  WriteConfig(kServer, "username: 'a:b'");
  EXPECT_EQ(ErrorOf(),
            "error: kubeconfig: the username of user \"us\" has a colon, which basic auth cannot "
            "carry");
}

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST_F(Access, ImpersonationIsHeaders) {
  WriteConfig(
      kServer,
      "as: bob, as-uid: '77', as-groups: [g1, g2], as-user-extra: {Acme.com/x-y: [yy, '']}");
  EXPECT_EQ(Get().impersonation, (Headers{{"Impersonate-User", "bob"},
                                          {"Impersonate-Uid", "77"},
                                          {"Impersonate-Group", "g1"},
                                          {"Impersonate-Group", "g2"},
                                          {"Impersonate-Extra-Acme.com%2fx-Y", "yy"},
                                          {"Impersonate-Extra-Acme.com%2fx-Y", ""}}));
}

TEST_F(Access, ImpersonationFlagsBeatTheStanza) {
  WriteConfig(kServer, "as: bob, as-groups: [g1, g2], as-user-extra: {a: [1x], b: [2x]}");
  flags_.as = "root";
  flags_.as_groups = {"a,b"};
  flags_.as_user_extra = {"a=3", "a=4=5"};
  EXPECT_EQ(Get().impersonation, (Headers{{"Impersonate-User", "root"},
                                          {"Impersonate-Group", "a,b"},
                                          {"Impersonate-Extra-A", "3"},
                                          {"Impersonate-Extra-A", "4=5"},
                                          {"Impersonate-Extra-B", "2x"}}));
}

TEST_F(Access, ImpersonationProblems) {
  WriteConfig(kServer, "as-groups: [x]");
  EXPECT_EQ(ErrorOf(),
            "error: requesting uid, groups or user-extra for us without impersonating a user");
  flags_.as = "bob\r\nX: y";
  EXPECT_EQ(ErrorOf(),
            "Unable to connect to the server: net/http: invalid header field value for "
            "\"Impersonate-User\"");
  flags_.as = "bob";
  flags_.as_user_extra = {"nothing"};
  EXPECT_EQ(ErrorOf(), "error: --as-user-extra must be KEY=VALUE, not \"nothing\"");
}

TEST_F(Access, APluginIsNotNeededBesideAToken) {
  WriteConfig(kServer,
              "token: t, exec: {command: c, apiVersion: client.authentication.k8s.io/v1beta1}");
  EXPECT_EQ(Get().token, "t");
}

TEST_F(Access, OtherStanzasDoNotMatter) {
  WriteConfig(kServer, "token: t");
  Write("b", "users:\n- name: other\n  user: {exec: {command: c}, client-key: gone}\n");
  environment_["KUBECONFIG"] += ":" + Path("b");
  EXPECT_EQ(Get().token, "t");
}

TEST_F(Access, RequestTimeouts) {
  WriteConfig(kServer, "");
  constexpr int64_t kSecond = 1'000'000'000;
  const std::pair<const char*, int64_t> fine[] = {{"", 0},
                                                  {"0", 0},
                                                  {"5", 5 * kSecond},
                                                  {"+5", 5 * kSecond},
                                                  {"007", 7 * kSecond},
                                                  {"5s", 5 * kSecond},
                                                  {"1m30s", 90 * kSecond},
                                                  {"-5s", 0},
                                                  {"100ms", kSecond / 10},
                                                  {"1ns", 1},
                                                  {"1.5h", 5400 * kSecond},
                                                  {"99999999999", 0}};
  for (const auto& [text, ns] : fine) {
    flags_.request_timeout = text;
    EXPECT_EQ(Get().request_timeout_ns, ns) << text;
  }
  for (const char* bad : {"5x", "s", "1.2.3s", "5 s", "-", "1h5", "-5", "+-5", "0x5", "1.5", " 5",
                          "9999999999999999999999"}) {
    flags_.request_timeout = bad;
    EXPECT_EQ(ErrorOf().find("error: Invalid timeout value."), 0u) << bad;
  }
}

TEST_F(Access, ARequestTimeoutIsReadAfterTheKubeconfig) {
  WriteConfig(kServer, "");
  flags_.request_timeout = "x";
  flags_.context = "nope";
  EXPECT_NE(ErrorOf().find("context was not found"), std::string::npos);
}

// --- helpers -----------------------------------------------------------------------------------

TEST(CertificateIdentity, IsWhomTheServerTakesItsHolderFor) {
  const CertificateIdentity alice = IdentityOfCertificate(kAliceCertificate);
  EXPECT_EQ(alice.name, "alice");
  EXPECT_EQ(alice.groups, std::vector<std::string>{"dev"});
  EXPECT_EQ(IdentityOfCertificate("garbage").name, "");
}

TEST(CertificateSubject, OfTheFirstCertificate) {
  EXPECT_EQ(CertificateSubject(kAliceCertificate), "O=dev,CN=alice");
  EXPECT_EQ(CertificateSubject(""), "");
  EXPECT_EQ(CertificateSubject("garbage"), "");
}

TEST(PathSegmentProblem, LetsKubernetesNamesPass) {
  for (const char* fine : {"a", "web-0", "A_B", "a.b~c", "..."})
    EXPECT_EQ(PathSegmentProblem(fine), "");
  for (const char* bad : {"", ".", "..", "a/b", "a%b", "a b", "a?b", "a\\b"})
    EXPECT_NE(PathSegmentProblem(bad), "") << bad;
}

}  // namespace
}  // namespace secure_exec
