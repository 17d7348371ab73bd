#include "plugin/policy/load.h"

#include <unistd.h>

#include "plugin/kubeconfig/access.h"
#include "plugin/kubeconfig/local_file.h"

namespace secure_exec {
namespace {

Error FirstProblem(ErrorKind kind, const std::string& file, const YamlProblems& problems) {
  std::string text = ProblemText(file, problems[0]);
  if (problems.size() > 1) text += fmt::format(" (and {} more)", problems.size() - 1);
  if (kind == ErrorKind::kPolicy) {
    text += fmt::format(
        ": no session without a policy that can be read; --check-policy {} shows "
        "what is wrong",
        file);
  }
  return {kind, std::move(text)};
}

Result<std::optional<Policy>> LoadPolicy(const TrustedPlace& place) {
  auto text = ReadTrustedFile(place, kMaxStrictYamlBytes);
  if (!text) {
    Error error = text.error();
    error.message += "; no session without a policy that can be trusted";
    return tl::unexpected(std::move(error));
  }
  if (!*text) return std::nullopt;
  YamlProblems problems;
  Policy policy = ParsePolicy(**text, place.Text(), problems);
  if (!problems.empty()) {
    return tl::unexpected(FirstProblem(ErrorKind::kPolicy, place.Text(), problems));
  }
  return std::optional(std::move(policy));
}

Result<Config> LoadConfig(const Environment& environment) {
  const std::string path = ConfigPath(environment);
  if (path.empty()) return Config();
  auto text = ReadOwnFile(path, ::geteuid(), kMaxStrictYamlBytes);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return Config();
  YamlProblems problems;
  Config config = ParseConfig(**text, path, problems);
  if (!problems.empty()) return tl::unexpected(FirstProblem(ErrorKind::kConfig, path, problems));
  return config;
}

std::string DecisionText(const Decision& decision, bool& sound) {
  std::string text;
  if (decision.policy && !decision.policy->rule.empty()) {
    text +=
        fmt::format("rule \"{}\" (line {}) counts\n", decision.policy->rule, decision.policy->line);
  } else if (!decision.refusal) {
    text += "no rule counts: nothing is bound\n";
  }
  for (const SettingSource& each : decision.sources) {
    text += fmt::format("  {}: {}  ({})\n", each.key, each.value, each.source);
  }
  if (decision.refusal) text += fmt::format("refused: {}\n", decision.refusal->message);
  sound = !decision.refusal;
  return text;
}

}  // namespace

std::string ConfigPath(const Environment& environment) {
  if (const auto home = environment("XDG_CONFIG_HOME"); home && home->starts_with('/')) {
    return *home + "/secure-exec/config.yaml";
  }
  const auto home = environment("HOME");
  return home && home->starts_with('/') ? *home + "/.config/secure-exec/config.yaml" : "";
}

Result<Rules> LoadRules(const Environment& environment, const TrustedPlace& place) {
  auto policy = LoadPolicy(place);
  if (!policy) return tl::unexpected(policy.error());
  auto config = LoadConfig(environment);
  if (!config) return tl::unexpected(config.error());
  return Rules{std::move(*config), std::move(*policy)};
}

PolicyCheck CheckPolicy(const Options& options, const Environment& environment, const Facts& local,
                        const TrustedPlace& place) {
  const std::string& file = options.check_policy;
  const auto text = ReadLocalFile(file, kMaxStrictYamlBytes);
  if (!text) return {.text = text.error().text + "\n"};
  PolicyCheck check;
  YamlProblems problems;
  Policy policy = ParsePolicy(*text, file, problems);
  for (const YamlProblem& problem : problems) check.text += ProblemText(file, problem) + "\n";
  // Of the file that binds, what is wrong around it counts as well.
  if (file == place.Text()) {
    if (const auto trusted = ReadTrustedFile(place, kMaxStrictYamlBytes); !trusted) {
      check.text += trusted.error().message + "\n";
    }
  }
  if (!check.text.empty()) return check;
  check.sound = true;
  check.text = fmt::format("{}: ok, {} rule{}\n", file, policy.rules.size(),
                           policy.rules.size() == 1 ? "" : "s");
  if (options.target.typed.empty()) return check;

  const auto access = ResolveAccess(options.access, environment);
  if (!access) return {.text = check.text + access.error().message + "\n"};
  Facts facts = local;
  facts.context = access->context;
  facts.cluster = access->cluster;
  facts.server = access->server;
  facts.kubeconfig_user = access->user;
  facts.name_space = access->name_space;
  facts.pod = options.target.typed;
  facts.container = options.container;
  facts.ask = [&]() -> Result<ClusterIdentity> {
    ClusterIdentity identity;
    identity.name = options.access.as;
    if (!options.access.as_groups.empty()) identity.groups = options.access.as_groups;
    return identity;
  };
  auto config = LoadConfig(environment);
  if (!config) return {.text = check.text + config.error().message + "\n"};
  const Rules rules{std::move(*config), std::move(policy)};
  check.text += DecisionText(Decide(options, rules, facts), check.sound);
  return check;
}

}  // namespace secure_exec
