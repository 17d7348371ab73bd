#include "plugin/explain.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "plugin/api/api_client.h"
#include "plugin/api/pod.h"
#include "plugin/api/reviews.h"
#include "plugin/api/status.h"
#include "plugin/bind_policy.h"
#include "plugin/kubeconfig/access.h"
#include "plugin/outcome.h"
#include "plugin/policy/load.h"
#include "plugin/prepare.h"
#include "plugin/session_audit.h"
#include "plugin/target/find_pod.h"
#include "recorder/store/store.h"

namespace secure_exec {
namespace {

// The minor version of "v1.30.2+k3s1"; nullopt if it is none of Kubernetes 1.
std::optional<int> MinorVersion(std::string_view version) {
  if (!version.starts_with("v1.")) return std::nullopt;
  version.remove_prefix(3);
  int minor = 0;
  const auto [rest, problem] =
      std::from_chars(version.data(), version.data() + version.size(), minor);
  return problem == std::errc() && rest != version.data() ? std::optional(minor) : std::nullopt;
}

class Explainer {
 public:
  Explainer(const Options& options, const Environment& environment, const Clock& clock)
      : options_(options), environment_(environment), clock_(clock) {}

  Explanation Run() {
    auto access = ResolveAccess(options_.access, environment_);
    if (!access) {
      AddProblem(access.error());
      return std::move(out_);
    }
    for (const Setting& setting : access->settings) {
      Add(setting.name, setting.value, setting.source);
    }
    name_space_ = access->name_space;
    context_ = access->context;
    pod_ = options_.target.typed;
    if (auto sound = CheckRequest(options_); !sound) AddProblem(sound.error());
    if (auto rules = LoadRules(environment_)) {
      rules_ = std::move(*rules);
    } else {
      AddProblem(rules.error());
    }
    if (auto opened = OpenClient(*access, options_, environment_, clock_); !opened) {
      AddProblem(opened.error());
    } else {
      ApiClient& client = **opened;
      // With what the client knows beyond: the proxy.
      const auto& settings = client.access().settings;
      for (size_t i = access->settings.size(); i < settings.size(); ++i) {
        Add(settings[i].name, settings[i].value, settings[i].source);
      }
      AskTheCluster(client);
    }
    AddRecording();
    AddAudit();
    return std::move(out_);
  }

 private:
  void Add(std::string name, std::string value, std::string source = "") {
    out_.facts.push_back({std::move(name), std::move(value), std::move(source)});
  }
  void AddProblem(const Error& error) {
    const std::string text = ErrorText(error);
    if (std::find(out_.problems.begin(), out_.problems.end(), text) == out_.problems.end()) {
      out_.problems.push_back(text);
    }
  }

  void AskTheCluster(ApiClient& client) {
    const auto version = ServerVersion(client);
    if (!version) {
      AddProblem(version.error());
      // A server that does not answer one question would not answer the rest.
      if (!client.clock_offset_ns()) return;
    } else {
      Add("server version", *version);
    }
    AddUser(client);
    AddPod(client);
    AddVerbs(client);
    AddProtocol(version ? MinorVersion(*version) : std::nullopt);
  }

  void AddUser(ApiClient& client) {
    const auto user = ReviewUser(client);
    if (!user) return AddProblem(user.error());
    if (*user) {
      Add("user of the cluster", (*user)->name, "SelfSubjectReview");
      out_.groups = (*user)->groups;
      return;
    }
    // What the credentials say themselves. A token tells nothing that can be checked here.
    const ClusterAccess& access = client.access();
    const std::string subject = CertificateSubject(access.client_certificate_pem);
    for (const auto& [header, value] : access.impersonation) {
      if (header != "Impersonate-User") continue;
      return Add("user of the cluster", SafeForTerminal(value), "impersonation");
    }
    if (!access.username.empty()) {
      Add("user of the cluster", SafeForTerminal(access.username), "basic auth");
    } else if (!subject.empty()) {
      Add("user of the cluster", SafeForTerminal(subject), "the client certificate's subject");
    } else {
      Add("user of the cluster", "not known",
          "the server has no SelfSubjectReview (Kubernetes 1.26)");
    }
  }

  void AddPod(ApiClient& client) {
    if (options_.target.typed.empty() && options_.target.files.empty()) {
      if (rules_ && rules_->policy) {
        Add("policy", rules_->policy->file,
            fmt::format("{} rules; name a pod to see which one counts",
                        rules_->policy->rules.size()));
      }
      return;
    }
    auto pod = FindPod(client, options_.target, name_space_, clock_);
    if (!pod) return AddProblem(pod.error());
    name_space_ = pod->name_space;
    pod_ = pod->name;
    Add("pod", fmt::format("{}/{}", SafeForTerminal(pod->name_space), SafeForTerminal(pod->name)),
        fmt::format("{}{}", pod->phase.empty() ? "no phase" : SafeForTerminal(pod->phase),
                    pod->node.empty() ? ", on no node" : ", on " + SafeForTerminal(pod->node)));
    const auto choice = ChooseContainer(*pod, options_.container);
    if (!choice) return AddProblem(choice.error());
    const char* why = !options_.container.empty() ? "--container"
                      : !pod->default_container.empty()
                          ? "annotation kubectl.kubernetes.io/default-container"
                          : "the pod's first";
    Add("container", SafeForTerminal(choice->container.name), why);
    AddPolicy(client, choice->container.name);
  }

  void AddPolicy(ApiClient& client, const std::string& container) {
    if (!rules_) return;
    if (!rules_->policy) Add("policy", "none");
    const Decision decision =
        Decide(options_, *rules_, SessionFacts(client, name_space_, pod_, container));
    if (decision.policy) {
      Add("policy", decision.policy->file,
          decision.policy->rule.empty()
              ? "no rule is about this session"
              : fmt::format("rule \"{}\", line {}", decision.policy->rule, decision.policy->line));
    }
    for (const SettingSource& each : decision.sources) Add(each.key, each.value, each.source);
    sinks_ = AuditSinksOf(decision.options);
    if (decision.refusal) return AddProblem(*decision.refusal);
    store_ = decision.options.store;
    no_record_ = decision.options.no_record;
    encrypted_ = !decision.options.recipients.empty();
    if (decision.options.reason_required && decision.options.reason.empty()) {
      Add("reason", "is asked for", decision.options.reason_hint);
    }
  }

  void AddVerbs(ApiClient& client) {
    for (const char* verb : {"get", "create"}) {
      const auto verdict = ReviewExecAccess(client, verb, name_space_, pod_);
      if (!verdict) return AddProblem(verdict.error());
      out_.verbs.push_back({verb, verdict->allowed, verdict->reason});
    }
  }

  bool Allowed(std::string_view verb) const {
    return std::any_of(out_.verbs.begin(), out_.verbs.end(), [&](const Explanation::Verb& each) {
      return each.name == verb && each.allowed;
    });
  }

  // The order is the one that a session follows; which subprotocol a server picks shows at the
  // handshake alone, and that would start a command.
  void AddProtocol(std::optional<int> minor) {
    const bool half_close = options_.stdin_open && !options_.tty;
    const bool knows_v5 = minor && *minor >= 30;
    const std::string by_age =
        minor ? fmt::format("the server says that it is Kubernetes 1.{}", *minor)
              : "the server's age is not known";
    switch (options_.protocol) {
      case ProtocolChoice::kV5:
        return Add("protocol", "v5.channel.k8s.io", "--protocol");
      case ProtocolChoice::kV4:
        return Add("protocol", "v4.channel.k8s.io", "--protocol");
      case ProtocolChoice::kSpdy:
        return Add("protocol", "SPDY/3.1", "--protocol");
      case ProtocolChoice::kAuto:
        break;
    }
    if (!out_.verbs.empty() && !Allowed("get")) {
      if (!Allowed("create")) {
        out_.problems.push_back(
            "error: neither get nor create is allowed on pods/exec: docs/rbac.md has the roles");
        return;
      }
      return Add("protocol", "SPDY/3.1", "get is not allowed on pods/exec, create is");
    }
    if (half_close) {
      return knows_v5 ? Add("protocol", "v5.channel.k8s.io", by_age)
                      : Add("protocol", "v5.channel.k8s.io where the server has it, else SPDY/3.1",
                            "stdin without a TTY must be closable; " + by_age);
    }
    Add("protocol", knows_v5 ? "v5.channel.k8s.io" : "v5.channel.k8s.io or v4.channel.k8s.io",
        "both are offered, SPDY/3.1 where WebSocket is refused; " + by_age);
  }

  void AddRecording() {
    if (no_record_) return Add("recording", "none", "--no-record");
    const auto root = store_.empty() ? StoreRoot(environment_) : store_;
    if (!root) return AddProblem(root.error());
    if (pod_.empty()) return Add("recording", *root + "/…");
    Add("recording",
        RecordingDirectory(*root, context_, name_space_, pod_) +
            (encrypted_ ? "/<id>.cast.zst.age" : "/<id>.cast.zst"),
        !store_.empty()                     ? "store"
        : environment_("SECURE_EXEC_STORE") ? "$SECURE_EXEC_STORE"
        : environment_("XDG_DATA_HOME")     ? "$XDG_DATA_HOME"
                                            : "$HOME");
  }

  void AddAudit() {
    const AuditSinks sinks = sinks_.value_or(AuditSinksOf(options_));
    const char* how = sinks.required ? "required: no session without them" : "";
    if (!sinks.file.empty()) Add("audit events", sinks.file, how);
    if (!sinks.syslog.empty()) Add("audit events", sinks.syslog, how);
    if (auto sound = CheckAuditSinks(sinks); !sound) AddProblem(sound.error());
  }

  const Options& options_;
  const Environment& environment_;
  const Clock& clock_;
  std::string context_, name_space_, pod_;
  std::optional<Rules> rules_;
  std::string store_;                // where a file says that recordings go
  bool no_record_ = false;           // and that there will be none
  bool encrypted_ = false;           // or one for recipients alone
  std::optional<AuditSinks> sinks_;  // with those of the files, where they were bound
  Explanation out_;
};

}  // namespace

Explanation Explain(const Options& options, const Environment& environment, const Clock& clock) {
  return Explainer(options, environment, clock).Run();
}

std::string ExplanationText(const Explanation& explanation) {
  std::vector<Explanation::Fact> lines = explanation.facts;
  if (!explanation.groups.empty()) {
    lines.push_back({"groups", fmt::format("{}", fmt::join(explanation.groups, ", ")), ""});
  }
  for (const auto& verb : explanation.verbs) {
    lines.push_back(
        {verb.name + " pods/exec", verb.allowed ? "allowed" : "not allowed", verb.reason});
  }
  size_t width = 0;
  for (const auto& line : lines) width = std::max(width, line.name.size());
  std::string text;
  for (const auto& line : lines) {
    text += fmt::format("{:<{}}  {}{}\n", line.name + ":", width + 1, line.value,
                        line.source.empty() ? "" : "  (" + line.source + ")");
  }
  return text;
}

std::string ExplanationJson(const Explanation& explanation) {
  using Json = nlohmann::ordered_json;
  Json json;
  json["settings"] = Json::array();
  for (const auto& fact : explanation.facts) {
    json["settings"].push_back(
        {{"name", fact.name}, {"value", fact.value}, {"source", fact.source}});
  }
  json["groups"] = explanation.groups;
  json["verbs"] = Json::array();
  for (const auto& verb : explanation.verbs) {
    json["verbs"].push_back(
        {{"verb", verb.name}, {"allowed", verb.allowed}, {"reason", verb.reason}});
  }
  json["problems"] = explanation.problems;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace secure_exec
