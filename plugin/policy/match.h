// Whether a rule is about a session. Facts that the server must be asked for are asked for only
// where a rule needs them to be decided, and once.
//
// A fact that cannot be known decides nothing: where it is the only thing between a rule and its
// session, the rule is neither passed over (it may forbid) nor followed (it may allow), and the
// session is refused.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "plugin/policy/policy_file.h"

namespace secure_exec {

// Who the cluster takes the user for, as far as it tells.
struct ClusterIdentity {
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> groups;
  bool operator==(const ClusterIdentity&) const = default;
};

struct Facts {
  std::string context, cluster, server, name_space, pod, container;
  std::string kubeconfig_user;
  std::string local_user, home;  // of the account that runs us, as the system knows it
  // A round trip. Not called where no rule needs it.
  std::function<Result<ClusterIdentity>()> ask;
};

class Matcher {
 public:
  explicit Matcher(const Facts& facts) : facts_(facts) {}

  // The first rule that matches, or nullptr. kPolicy where that cannot be decided; the error of
  // `ask` where it fails.
  Result<const Rule*> First(const Policy& policy);
  // Who the cluster said that the user is, where it had to be asked.
  const std::optional<ClusterIdentity>& identity() const { return identity_; }

 private:
  enum class Verdict { kNo, kYes, kUnknown };
  Result<const ClusterIdentity*> Identity();
  Result<Verdict> Judge(const Condition& condition);
  Verdict JudgeLocal(const Condition& condition) const;

  const Facts& facts_;
  std::optional<ClusterIdentity> identity_;
};

}  // namespace secure_exec
