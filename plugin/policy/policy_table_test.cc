// A table of sessions, one policy, and what becomes of each: which rule counts, what is set, or why
// it is refused. The command line is read by ParseOptions() and the policy by ParsePolicy(), as in
// the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "plugin/policy/decide.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;

constexpr const char* kRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

constexpr std::string_view kPolicy = R"(version: 1
rules:
- name: break glass
  match: {context: prod-*, cluster_user: "*@oncall.example.com"}
  set: {reason: required, record: optional, max_duration: 1h}
- name: no databases
  match: {context: prod-*, pod: ["db-*", "*-postgres-?"]}
  deny: use the bastion, see the runbook
- name: production
  match: {context: prod-*}
  set:
    idle_timeout: 10m
    idle_on: input
    end_foreground_jobs: true
    max_duration: 4h
    leash: hangup
    record_stdin: all
    record_limit: 1Mi
    recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]
    anchor: true
    reason: required
    reason_pattern: "^OPS-[0-9]+"
    confirm: namespace
    escape: auto
    audit_file: /var/log/secure-exec.json
    audit_required: true
- name: payments
  match: {namespace: [payments, payments-*], group: [dev, "team:*"]}
  set: {idle_timeout: off, max_duration: 8h, leash: kill, anchor_every: 5m}
- name: sidecars
  match: {container: [istio-proxy, "*-sidecar"]}
  deny: nothing to see in a sidecar
- name: root
  match: {local_user: root}
  set: {store: "/var/recordings/{user}", record: required}
- name: alice
  match: {user: alice}
  set: {record: optional, stdin_fallback: masked}
- name: by server
  match: {server: "https://*.staging.example.com*"}
  set: {on_end: [/usr/bin/hand-on, "{recording}"], signing_key: "{home}/key.pem"}
)";

struct Case {
  const char* what;
  const char* context = "dev";
  const char* name_space = "default";
  const char* pod = "shell";
  const char* container = "main";
  std::vector<std::string> flags = {};
  // Of the cluster; "" with no groups: it does not tell.
  const char* cluster_user = "bob";
  std::vector<std::string> groups = {"system:authenticated"};
  const char* local_user = "bob";
  const char* server = "https://dev.example.com";
  // What is expected.
  const char* rule = "";     // that counts
  const char* refusal = "";  // in its text; "": it may go on
  const char* key = "";      // a setting
  const char* value = "";    // its value
  const char* source = "";   // in the words about who set it
  int requests = 0;          // to the server, for the identity
};

const Case kCases[] = {
    // Which rule counts.
    {.what = "no rule is about it", .rule = "", .requests = 1},
    {.what = "a glob of the context", .context = "prod-eu", .rule = "production", .requests = 1},
    {.what = "a glob is the whole name", .context = "preprod-eu", .requests = 1},
    {.what = "the first match wins",
     .context = "prod-eu",
     .pod = "db-0",
     .rule = "no databases",
     .refusal =
         "policy.yaml:8: rule \"no databases\" refuses the session: use the bastion, see the "
         "runbook",
     .requests = 1},
    {.what = "any glob of a list",
     .context = "prod-eu",
     .pod = "users-postgres-1",
     .rule = "no databases",
     .refusal = "use the bastion",
     .requests = 1},
    {.what = "? is one character",
     .context = "prod-eu",
     .pod = "users-postgres-10",
     .rule = "production",
     .requests = 1},
    {.what = "every key must match", .context = "dev", .pod = "db-0", .requests = 1},
    {.what = "who the cluster takes the user for",
     .context = "prod-eu",
     .pod = "db-0",
     .cluster_user = "carol@oncall.example.com",
     .rule = "break glass",
     .requests = 1},
    {.what = "a cluster that does not tell who it is, where a rule asks",
     .context = "prod-eu",
     .cluster_user = "",
     .groups = {},
     .refusal = "policy.yaml:4: rule \"break glass\" asks for the user that the server knows, and "
                "it does not tell",
     .requests = 1},
    {.what = "a group",
     .name_space = "payments",
     .groups = {"dev"},
     .rule = "payments",
     .requests = 1},
    {.what = "a group by its glob",
     .name_space = "payments-eu",
     .groups = {"a", "team:x"},
     .rule = "payments",
     .requests = 1},
    {.what = "no group of the rule's", .name_space = "payments", .groups = {"ops"}, .requests = 1},
    {.what = "groups are not asked for where another key says no",
     .name_space = "default",
     .local_user = "alice",
     .rule = "alice",
     .requests = 0},
    {.what = "groups that are not known",
     .name_space = "payments",
     .cluster_user = "",
     .groups = {},
     .refusal = "asks for the groups that the server knows",
     .requests = 1},
    {.what = "a container",
     .container = "log-sidecar",
     .rule = "sidecars",
     .refusal = "nothing to see in a sidecar"},
    {.what = "the local user", .local_user = "root", .rule = "root"},
    {.what = "user is the kubeconfig's, too", .flags = {"--user", "alice"}, .rule = "alice"},
    {.what = "user is the cluster's, too", .cluster_user = "alice", .rule = "alice", .requests = 1},
    {.what = "user is the local one, too", .local_user = "alice", .rule = "alice"},
    {.what = "the server's address",
     .server = "https://eu.staging.example.com:6443",
     .rule = "by server",
     .requests = 1},

    // What it sets.
    {.what = "what the rule says is set",
     .context = "prod-eu",
     .rule = "production",
     .key = "idle_timeout",
     .value = "10m",
     .source = "policy.yaml:12, rule \"production\"",
     .requests = 1},
    {.what = "a shorter timeout is allowed",
     .context = "prod-eu",
     .flags = {"--idle-timeout=5m"},
     .rule = "production",
     .key = "idle_timeout",
     .value = "5m",
     .source = "--idle-timeout, stricter than policy.yaml:12",
     .requests = 1},
    {.what = "the same timeout is allowed",
     .context = "prod-eu",
     .flags = {"--idle-timeout=600s"},
     .rule = "production",
     .key = "idle_timeout",
     .value = "10m",
     .requests = 1},
    {.what = "a longer timeout is refused",
     .context = "prod-eu",
     .flags = {"--idle-timeout=1h"},
     .rule = "production",
     .refusal = "policy.yaml:12: rule \"production\" sets idle_timeout to 10m, and --idle-timeout "
                "1h loosens that",
     .requests = 1},
    {.what = "no timeout is refused",
     .context = "prod-eu",
     .flags = {"--idle-timeout=off"},
     .rule = "production",
     .refusal = "--idle-timeout off loosens that",
     .requests = 1},
    {.what = "where the rule has none, any timeout is stricter",
     .name_space = "payments",
     .flags = {"--idle-timeout=1h"},
     .groups = {"dev"},
     .rule = "payments",
     .key = "idle_timeout",
     .value = "1h",
     .requests = 1},
    {.what = "no longest duration is refused",
     .context = "prod-eu",
     .flags = {"--max-duration=0"},
     .rule = "production",
     .refusal = "sets max_duration to 4h",
     .requests = 1},
    {.what = "any traffic instead of input is refused",
     .context = "prod-eu",
     .flags = {"--idle-on=any"},
     .rule = "production",
     .refusal = "sets idle_on to input",
     .requests = 1},
    {.what = "a leash that kills is stricter",
     .context = "prod-eu",
     .flags = {"--leash=kill"},
     .rule = "production",
     .key = "leash",
     .value = "kill",
     .requests = 1},
    {.what = "no leash is refused",
     .context = "prod-eu",
     .flags = {"--leash=off"},
     .rule = "production",
     .refusal = "sets leash to hangup",
     .requests = 1},
    {.what = "a leash that hangs up where it must kill is refused",
     .name_space = "payments",
     .flags = {"--leash=hangup"},
     .groups = {"dev"},
     .rule = "payments",
     .refusal = "sets leash to kill",
     .requests = 1},
    {.what = "another escape is refused",
     .context = "prod-eu",
     .flags = {"--escape=always"},
     .rule = "production",
     .refusal = "sets escape to auto",
     .requests = 1},
    {.what = "less of stdin is refused",
     .context = "prod-eu",
     .flags = {"--record-stdin=off"},
     .rule = "production",
     .refusal = "sets record_stdin to all",
     .requests = 1},
    {.what = "another limit is refused",
     .context = "prod-eu",
     .flags = {"--record-limit=2Mi"},
     .rule = "production",
     .refusal = "sets record_limit to 1048576",
     .requests = 1},
    {.what = "recipients are added to the user's",
     .context = "prod-eu",
     .flags = {"--recipient=age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"},
     .rule = "production",
     .key = "recipients",
     .value = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg "
              "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
     .requests = 1},
    {.what = "recipients are there without the user's",
     .context = "prod-eu",
     .rule = "production",
     .key = "recipients",
     .value = kRecipient,
     .requests = 1},
    {.what = "no anchor is refused",
     .context = "prod-eu",
     .flags = {"--anchor=false"},
     .rule = "production",
     .refusal = "sets anchor to true",
     .requests = 1},
    {.what = "anchors on the way are stricter than one",
     .context = "prod-eu",
     .flags = {"--anchor-every=1m"},
     .rule = "production",
     .key = "anchor",
     .value = "true",
     .requests = 1},
    {.what = "fewer anchors are refused",
     .name_space = "payments",
     .flags = {"--anchor-every=10m"},
     .groups = {"dev"},
     .rule = "payments",
     .refusal = "sets anchor_every to 5m",
     .requests = 1},
    {.what = "no anchor at all in place of many is refused",
     .name_space = "payments",
     .flags = {"--anchor=false"},
     .groups = {"dev"},
     .rule = "payments",
     .refusal = "sets anchor to true",
     .requests = 1},
    {.what = "another audit file is refused",
     .context = "prod-eu",
     .flags = {"--audit-file=/tmp/x"},
     .rule = "production",
     .refusal = "sets audit_file to /var/log/secure-exec.json",
     .requests = 1},
    {.what = "audit that may fail is refused",
     .context = "prod-eu",
     .flags = {"--audit-required=false"},
     .rule = "production",
     .refusal = "sets audit_required to true",
     .requests = 1},
    {.what = "a reason of the wrong form is refused",
     .context = "prod-eu",
     .flags = {"--reason=testing"},
     .rule = "production",
     .refusal = "rule \"production\": --reason is not of the form that is wanted: ^OPS-[0-9]+",
     .requests = 1},
    {.what = "a reason of the right form",
     .context = "prod-eu",
     .flags = {"--reason=OPS-12 disk full"},
     .rule = "production",
     .requests = 1},

    // Unrecorded.
    {.what = "unrecorded where no rule is about it",
     .flags = {"--no-record"},
     .refusal = "no rule of policy.yaml allows it",
     .requests = 1},
    {.what = "unrecorded where the rule does not say",
     .context = "prod-eu",
     .flags = {"--no-record"},
     .rule = "production",
     .refusal = "rule \"production\" of policy.yaml does not allow it",
     .requests = 1},
    {.what = "unrecorded where the rule demands a recording",
     .flags = {"--no-record"},
     .local_user = "root",
     .rule = "root",
     .refusal = "policy.yaml:35: rule \"root\": --no-record: the session must be recorded"},
    {.what = "unrecorded where the rule allows it",
     .flags = {"--no-record"},
     .local_user = "alice",
     .rule = "alice"},

    // Paths.
    {.what = "a store with the user's name in it",
     .local_user = "root",
     .rule = "root",
     .key = "store",
     .value = "/var/recordings/root"},
    {.what = "a key below the home directory",
     .server = "https://eu.staging.example.com",
     .rule = "by server",
     .key = "signing_key",
     .value = "/home/bob/key.pem",
     .requests = 1},
    {.what = "what is handed on",
     .server = "https://eu.staging.example.com",
     .rule = "by server",
     .key = "on_end",
     .value = "/usr/bin/hand-on {recording}",
     .requests = 1},
};

Policy ReadPolicy() {
  YamlProblems problems;
  Policy policy = ParsePolicy(kPolicy, "policy.yaml", problems);
  for (const YamlProblem& each : problems) ADD_FAILURE() << ProblemText("policy.yaml", each);
  return policy;
}

TEST(PolicyTable, EveryCaseIsDecidedAsItSays) {
  const Rules rules{.config = {}, .policy = ReadPolicy()};
  for (const Case& each : kCases) {
    SCOPED_TRACE(each.what);
    std::vector<std::string> args = each.flags;
    for (const char* word : {each.pod, "--", "true"}) args.emplace_back(word);
    const auto options = ParseOptions(args);
    ASSERT_TRUE(options.has_value()) << options.error().message;
    int requests = 0;
    Facts facts;
    facts.context = each.context;
    facts.server = each.server;
    facts.name_space = each.name_space;
    facts.pod = each.pod;
    facts.container = each.container;
    facts.kubeconfig_user = options->access.user.value_or("a-stanza");
    facts.local_user = each.local_user;
    facts.home = "/home/" + facts.local_user;
    facts.ask = [&]() -> Result<ClusterIdentity> {
      ++requests;
      if (*each.cluster_user == '\0') return ClusterIdentity();
      return ClusterIdentity{each.cluster_user, each.groups};
    };
    const Decision decision = Decide(*options, rules, facts);
    EXPECT_EQ(decision.policy->rule, each.rule);
    EXPECT_EQ(requests, each.requests);
    if (*each.refusal == '\0') {
      EXPECT_FALSE(decision.refusal.has_value()) << decision.refusal->message;
    } else {
      ASSERT_TRUE(decision.refusal.has_value());
      EXPECT_EQ(decision.refusal->kind, ErrorKind::kPolicy);
      EXPECT_THAT(decision.refusal->message, HasSubstr(each.refusal));
    }
    if (*each.key == '\0') continue;
    const auto set = std::find_if(decision.sources.begin(), decision.sources.end(),
                                  [&](const SettingSource& one) { return one.key == each.key; });
    ASSERT_NE(set, decision.sources.end());
    EXPECT_EQ(set->value, each.value);
    EXPECT_THAT(set->source, HasSubstr(each.source));
    EXPECT_EQ(FindSetting(each.key)->text(decision.options), each.value) << "what is bound";
  }
}

TEST(PolicyTable, IsLongEnough) { EXPECT_GE(std::size(kCases), 30u); }

}  // namespace
}  // namespace secure_exec
