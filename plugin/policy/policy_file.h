// The two files: what they say, read and checked, and not yet applied to anything.
//
//   # /etc/secure-exec/policy.yaml: binds            # ~/.config/secure-exec/config.yaml: defaults
//   version: 1                                       idle_timeout: 15m
//   audit: {audit_syslog: "unix:/dev/log"}
//   rules:                                           leash: kill
//   - name: production
//     match: {context: "prod-*", group: [dev, ops]}
//     set: {idle_timeout: 10m, reason: required}
//   - name: nobody else
//     deny: ask the platform team
//
// Of the rules the first one that matches counts, and no other (match.h). The sinks under `audit`
// hear of every session, of one that is refused too, unless the rule that counts has others.
// Settings are those of settings.h. Everything that is not known is an error, and all errors are
// told (strict_yaml.h).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plugin/policy/settings.h"
#include "plugin/policy/strict_yaml.h"

namespace secure_exec {

inline constexpr size_t kMaxRules = 1000;

// What a rule can be matched by; docs/policy.md says what each is compared with.
enum class MatchKey {
  kContext,
  kCluster,
  kServer,
  kNamespace,
  kPod,
  kContainer,
  kUser,
  kLocalUser,
  kClusterUser,
  kGroup
};
inline constexpr std::array<std::string_view, 10> kMatchKeys = {
    "context",   "cluster", "server",     "namespace",    "pod",
    "container", "user",    "local_user", "cluster_user", "group"};

struct Condition {
  MatchKey key = MatchKey::kContext;
  std::vector<std::string> globs;  // one of them matches
  int line = 0;
};

struct Rule {
  std::string name;
  int line = 0;
  std::vector<Condition> conditions;  // all of them hold; none: every session
  std::vector<FileSetting> settings;
  std::optional<std::string> deny;  // what the user is told; then nothing else counts
  int deny_line = 0;
};

struct Policy {
  std::string file;
  std::string sha256;              // of the file's bytes, in hex
  std::vector<FileSetting> audit;  // audit_file and the like, for every session
  std::vector<Rule> rules;
};

struct Config {
  std::string file;  // empty: there is none
  std::vector<FileSetting> settings;
};

// `file` is for messages. What is wrong goes to `problems`; then the value is of no use.
Policy ParsePolicy(std::string_view text, const std::string& file, YamlProblems& problems);
Config ParseConfig(std::string_view text, const std::string& file, YamlProblems& problems);

}  // namespace secure_exec
