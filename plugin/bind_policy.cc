#include "plugin/bind_policy.h"

#include "base/local_account.h"
#include "plugin/api/reviews.h"

namespace secure_exec {
namespace {

constexpr const char* kEverybody = "system:authenticated";
constexpr std::string_view kServiceAccount = "system:serviceaccount:";

// Whom the server takes them for who acts as somebody else.
ClusterIdentity Impersonated(const ClusterAccess& access) {
  ClusterIdentity identity;
  std::vector<std::string> groups;
  for (const auto& [header, value] : access.impersonation) {
    if (header == "Impersonate-User") identity.name = value;
    if (header == "Impersonate-Group") groups.push_back(value);
  }
  // A service account has groups of its own where none are given.
  const std::string_view name = *identity.name;
  if (groups.empty() && name.starts_with(kServiceAccount)) {
    const std::string_view rest = name.substr(kServiceAccount.size());
    groups = {"system:serviceaccounts",
              fmt::format("system:serviceaccounts:{}", rest.substr(0, rest.find(':')))};
  }
  groups.emplace_back(kEverybody);
  identity.groups = std::move(groups);
  return identity;
}

}  // namespace

Facts LocalFacts() {
  const LocalAccount account = ThisAccount();
  Facts facts;
  facts.local_user = account.name;
  facts.home = account.home;
  return facts;
}

Facts SessionFacts(ApiClient& client, const std::string& name_space, const std::string& pod,
                   const std::string& container) {
  Facts facts = LocalFacts();
  const ClusterAccess& access = client.access();
  facts.context = access.context;
  facts.cluster = access.cluster;
  facts.server = access.server;
  facts.kubeconfig_user = access.user;
  facts.name_space = name_space;
  facts.pod = pod;
  facts.container = container;
  facts.ask = [&client] { return AskIdentity(client); };
  return facts;
}

Facts AskedFacts(const Options& options, const Environment& environment) {
  Facts facts = LocalFacts();
  if (const auto access = ResolveAccess(options.access, environment)) {
    facts.context = access->context;
    facts.cluster = access->cluster;
    facts.server = access->server;
    facts.kubeconfig_user = access->user;
    facts.name_space = access->name_space;
  }
  if (options.target.typed.find('/') == std::string::npos) facts.pod = options.target.typed;
  facts.container = options.container;
  return facts;
}

Result<ClusterIdentity> AskIdentity(ApiClient& client) {
  auto user = ReviewUser(client);
  if (!user) return tl::unexpected(user.error());
  if (*user) return ClusterIdentity{(*user)->name, (*user)->groups};
  const ClusterAccess& access = client.access();
  if (!access.impersonation.empty()) return Impersonated(access);
  // What counts of a certificate and a token that come together is the server's to say.
  if (!access.token.empty() || !access.username.empty()) return ClusterIdentity();
  CertificateIdentity holder = IdentityOfCertificate(access.client_certificate_pem);
  if (holder.name.empty()) return ClusterIdentity();
  holder.groups.emplace_back(kEverybody);
  return ClusterIdentity{std::move(holder.name), std::move(holder.groups)};
}

}  // namespace secure_exec
