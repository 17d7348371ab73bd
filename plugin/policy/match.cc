#include "plugin/policy/match.h"

#include <algorithm>

#include "plugin/policy/glob.h"

namespace secure_exec {
namespace {

bool AnyGlob(const Condition& condition, const std::string& text) {
  return std::any_of(condition.globs.begin(), condition.globs.end(),
                     [&](const std::string& glob) { return GlobMatches(glob, text); });
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
      return verdict(facts_.server);
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
