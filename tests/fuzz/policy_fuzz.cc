// A policy and a user's file: read or refused with words and a place, and a session decided by
// them.
#include <cstdint>
#include <cstdlib>

#include "plugin/policy/decide.h"
#include "plugin/policy/glob.h"
#include "tests/fuzz/shown.h"

namespace {

using namespace secure_exec;

void CheckProblems(const YamlProblems& problems) {
  for (const YamlProblem& problem : problems) {
    if (problem.text.empty() || problem.line < 0) std::abort();
    CheckShown(ProblemText("/etc/p.yaml", problem));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  YamlProblems problems, config_problems;
  const Policy policy = ParsePolicy(text, "/etc/p.yaml", problems);
  const Config config = ParseConfig(text, "/home/c.yaml", config_problems);
  CheckProblems(problems);
  CheckProblems(config_problems);

  Rules rules;
  if (config_problems.empty()) rules.config = config;
  if (problems.empty()) rules.policy = policy;
  Facts facts;
  facts.context = "prod-1";
  facts.server = "https://a.example.com:6443";
  facts.name_space = facts.pod = facts.container = "x";
  facts.local_user = "alice";
  facts.home = "/home/alice";
  facts.ask = []() -> Result<ClusterIdentity> {
    return ClusterIdentity{"alice", std::vector<std::string>{"dev"}};
  };
  const auto options = ParseOptions({"--idle-timeout=1h", "--no-record", "x", "--", "true"});
  const Decision decision = Decide(*options, rules, facts);
  if (decision.refusal) CheckShown(decision.refusal->message);
  for (const SettingSource& each : decision.sources) CheckShown(each.value + each.source);
  // Nothing goes unrecorded unless a rule says so in so many words.
  if (!decision.refusal && text.find("optional") == text.npos) std::abort();
  // The policy holds, whatever else is there.
  if (!decision.refusal && decision.options.record_required) std::abort();
  (void)GlobMatches(text.substr(0, size / 2), text.substr(size / 2));
  return 0;
}
