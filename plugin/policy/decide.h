// What a session may be: the command line, the user's defaults and the machine's policy put
// together to one Options, with a word for each setting about who set it.
//
//   flag > config.yaml > built-in default        where no rule binds the setting
//   the rule's value                             where one does, unless the flag, or config.yaml,
//   is
//                                                stricter; a flag that loosens it refuses the
//                                                session
//
// Pure but for what Facts asks for. The prompts that a rule wants are interview.h's.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plugin/policy/match.h"

namespace secure_exec {

// Both files as they were read; a policy that is not there binds nothing.
struct Rules {
  Config config;
  std::optional<Policy> policy;
};

struct SettingSource {
  std::string key, value;
  std::string source;  // "--idle-timeout", "/home/a/.config/…:3", "/etc/…:12, rule \"prod\""
};

// What a recording says of the policy that it was made under.
struct BoundPolicy {
  std::string file, sha256;
  std::string rule;                                           // empty: no rule matched
  int line = 0;                                               // the rule's
  std::vector<std::pair<std::string, std::string>> settings;  // those of the rule, as they are now
};

struct Decision {
  Options options;
  std::vector<SettingSource> sources;  // of all that is no default
  std::optional<BoundPolicy> policy;   // where there is one
  // Whom the rule was chosen for, where that had to be known: the session must be theirs.
  std::optional<ClusterIdentity> identity;
  // kPolicy: the session is refused. kConfig: a setting cannot be used here.
  std::optional<Error> refusal;
};

// `options` as ParseOptions() gave them. Where it cannot be decided which rule counts, that is the
// refusal.
Decision Decide(const Options& options, const Rules& rules, const Facts& facts);

// Why `options.reason` will not do, or "" (it may be missing where it is not required).
std::string ReasonMismatch(const Options& options);

}  // namespace secure_exec
