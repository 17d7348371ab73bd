#include "plugin/policy/match.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/bytes.h"
#include "plugin/policy/glob.h"

namespace secure_exec {
namespace {

bool AnyGlob(const Condition& condition, const std::string& text) {
  return std::any_of(condition.globs.begin(), condition.globs.end(),
                     [&](const std::string& glob) { return GlobMatches(glob, text); });
}

// The URL's forms that are the same server: names of hosts have no case and may be percent-encoded,
// and a scheme has a port.
std::vector<std::string> ServerForms(std::string_view url) {
  const std::string text = AsciiLower(url);
  const size_t scheme_end = text.find("://");
  const size_t host = scheme_end == text.npos ? 0 : scheme_end + 3;
  const size_t end = std::min(text.find('/', host), text.size());
  std::string authority;
  for (size_t i = host; i < end; ++i) {
    const auto byte = text[i] == '%' ? HexDecode(text.substr(i + 1, 2)) : std::nullopt;
    if (byte && byte->size() == 1) {
      authority += *byte;
      i += 2;
    } else {
      authority += text[i];
    }
  }
  authority = AsciiLower(authority);
  const std::string scheme = text.substr(0, host);
  std::string path = text.substr(end);
  while (path.ends_with('/')) path.pop_back();
  const std::string port = scheme == "http://" ? ":80" : ":443";
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');  // an IPv6 address ends there
  const bool has_port = colon != authority.npos && (bracket == authority.npos || colon > bracket);
  if (has_port && authority.substr(colon) == port) authority.resize(colon);
  if (has_port && authority.size() > colon) return {scheme + authority + path};
  return {scheme + authority + path, scheme + authority + port + path};
}

bool AnyServerGlob(const Condition& condition, const std::string& url) {
  const std::vector<std::string> forms = ServerForms(url);
  return std::any_of(condition.globs.begin(), condition.globs.end(), [&](const std::string& glob) {
    return std::any_of(forms.begin(), forms.end(), [&](const std::string& form) {
      return GlobMatches(AsciiLower(glob), form);
    });
  });
}

}  // namespace

Result<const ClusterIdentity*> Matcher::Identity() {
  if (!identity_) {
    auto asked = facts_.ask ? facts_.ask() : ClusterIdentity();
    if (!asked) return tl::unexpected(asked.error());
    identity_ = std::move(*asked);
  }
  return &*identity_;
}

// Without the server: kUnknown where it has to be asked.
Matcher::Verdict Matcher::JudgeLocal(const Condition& condition) const {
  const auto verdict = [&](const std::string& text) {
    return AnyGlob(condition, text) ? Verdict::kYes : Verdict::kNo;
  };
  switch (condition.key) {
    case MatchKey::kContext:
      return verdict(facts_.context);
    case MatchKey::kCluster:
      return verdict(facts_.cluster);
    case MatchKey::kServer:
      return AnyServerGlob(condition, facts_.server) ? Verdict::kYes : Verdict::kNo;
    case MatchKey::kNamespace:
      return verdict(facts_.name_space);
    case MatchKey::kPod:
      return verdict(facts_.pod);
    case MatchKey::kContainer:
      return verdict(facts_.container);
    case MatchKey::kLocalUser:
      return verdict(facts_.local_user);
    case MatchKey::kUser:
      if (AnyGlob(condition, facts_.local_user) || AnyGlob(condition, facts_.kubeconfig_user)) {
        return Verdict::kYes;
      }
      break;
    case MatchKey::kClusterUser:
    case MatchKey::kGroup:
      break;
  }
  return Verdict::kUnknown;
}

Result<Matcher::Verdict> Matcher::Judge(const Condition& condition) {
  if (const Verdict local = JudgeLocal(condition); local != Verdict::kUnknown) return local;
  const auto identity = Identity();
  if (!identity) return tl::unexpected(identity.error());
  const auto& [name, groups] = **identity;
  if (condition.key == MatchKey::kGroup) {
    if (!groups) return Verdict::kUnknown;
    return std::any_of(groups->begin(), groups->end(),
                       [&](const std::string& group) { return AnyGlob(condition, group); })
               ? Verdict::kYes
               : Verdict::kNo;
  }
  if (!name) return Verdict::kUnknown;
  return AnyGlob(condition, *name) ? Verdict::kYes : Verdict::kNo;
}

Result<const Rule*> Matcher::First(const Policy& policy) {
  for (const Rule& rule : policy.rules) {
    const auto judged_no = [&](const Condition& condition) {
      return JudgeLocal(condition) == Verdict::kNo;
    };
    // What costs nothing comes first.
    if (std::any_of(rule.conditions.begin(), rule.conditions.end(), judged_no)) continue;
    Verdict all = Verdict::kYes;
    const Condition* unknown = nullptr;
    for (const Condition& condition : rule.conditions) {
      const auto verdict = Judge(condition);
      if (!verdict) return tl::unexpected(verdict.error());
      if (*verdict == Verdict::kUnknown) unknown = &condition;
      if (*verdict == Verdict::kNo) all = Verdict::kNo;
    }
    if (all == Verdict::kNo) continue;
    if (unknown == nullptr) return &rule;
    return Fail(ErrorKind::kPolicy,
                "{}:{}: rule \"{}\" asks for the {} that the server knows, and it does not tell "
                "(SelfSubjectReview, Kubernetes 1.26): use a certificate or --as, or have the rule "
                "changed",
                policy.file, unknown->line, rule.name,
                unknown->key == MatchKey::kGroup ? "groups" : "user");
  }
  return nullptr;
}

}  // namespace secure_exec
