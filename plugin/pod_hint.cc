#include "plugin/pod_hint.h"

#include <string.h>

#include <algorithm>
#include <array>

#include "base/time_text.h"
#include "plugin/api/status.h"

namespace secure_exec {
namespace {

using Kind = Pod::Container::Kind;
using State = ContainerState::Kind;

constexpr size_t kMaxMessage = 240;     // of a kubelet or a runtime
constexpr size_t kMaxKubeName = 253;    // of any object
constexpr int64_t kMaxGrace = 1 << 30;  // seconds; no real one is longer

struct Finding {
  std::string what;  // the first line
  std::string next;  // the second; may be empty
};

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// ": text", or nothing.
std::string Because(std::string_view text) {
  const std::string safe = SafeForTerminal(text, kMaxMessage);
  return safe.empty() ? "" : ": " + safe;
}

std::string Named(const char* what, std::string_view name) {
  return fmt::format("{} {}", what, SafeForTerminal(name, kMaxKubeName));
}

// A name to be pasted into a shell: itself if Kubernetes allows it, else `placeholder`.
std::string Pasted(std::string_view name, const char* placeholder) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const bool allowed = !name.empty() && name.size() <= kMaxKubeName && alphanumeric(name[0]) &&
                       std::all_of(name.begin(), name.end(),
                                   [&](char c) { return alphanumeric(c) || c == '-' || c == '.'; });
  return allowed ? std::string(name) : placeholder;
}

// The user's own text as one word of a shell.
std::string Quoted(std::string_view text) {
  const std::string safe = SafeForTerminal(text, 4096);
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/:@+,";
  if (!safe.empty() && safe.find_first_not_of(kPlain) == std::string::npos) return safe;
  std::string word = "'";
  for (const char c : safe) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

int64_t Grace(const Pod& pod) { return std::clamp<int64_t>(pod.deletion_grace_s, 0, kMaxGrace); }

// "exit code 137 (SIGKILL, OOMKilled): message". `said`: a message that was shown already.
std::string Ending(const ContainerState& state, std::string_view said = "") {
  std::string text = fmt::format("exit code {}", state.exit_code);
  const bool ran = state.reason != "StartError" && state.reason != "ContainerCannotRun";
  const int64_t signal = state.signal > 0 ? state.signal : state.exit_code - 128;
  const char* name =
      ran && signal > 0 && signal < 65 ? sigabbrev_np(static_cast<int>(signal)) : nullptr;
  const bool telling =
      !state.reason.empty() && state.reason != "Error" && state.reason != "Completed";
  if (name != nullptr || telling)
    text += fmt::format(" ({}{}{}{})", name != nullptr ? "SIG" : "", name != nullptr ? name : "",
                        name != nullptr && telling ? ", " : "",
                        telling ? SafeForTerminal(state.reason, 80) : "");
  return state.message == said ? text : text + Because(state.message);
}

class Explainer {
 public:
  explicit Explainer(const HintQuery& query)
      : query_(query), pod_(*query.pod), container_(FindContainer()) {}

  Finding Explain() const;

 private:
  const Pod::Container* FindContainer() const;
  const Pod::Condition* FindCondition(std::string_view type) const;

  std::optional<Finding> Gone() const;
  std::optional<Finding> MissingProgram() const;
  std::optional<Finding> Completed() const;
  std::optional<Finding> LostNode() const;
  std::optional<Finding> Deleting() const;
  std::optional<Finding> Unscheduled() const;
  std::optional<Finding> Initializing() const;
  std::optional<Finding> Waiting() const;
  std::optional<Finding> Terminated() const;
  std::optional<Finding> NotBegun() const;
  std::optional<Finding> Running() const;

  // " for 43 min (since 2026-11-26T20:36:38Z)", " 43 min ago (2026-…)"; nothing for no time.
  std::string For(std::optional<int64_t> since) const;
  std::string Ago(std::optional<int64_t> at) const;
  // Since when the pod's containers have not all been ready.
  std::optional<int64_t> UnreadySince() const;
  std::string Restarts(const Pod::Container& container) const;
  // "it ended 2 min ago (…) with exit code 7", of the run before.
  std::string LastEnd(const Pod::Container& container) const;

  std::string PodName() const { return Named("pod", pod_.name); }
  std::string Container(const Pod::Container& container) const {
    return fmt::format("{} {} of {}",
                       container.kind == Kind::kInit ? "init container" : "container",
                       SafeForTerminal(container.name, kMaxKubeName), PodName());
  }
  // A command to paste; `remote` is what comes behind its flags.
  std::string Kubectl(std::string command, std::string_view remote = "") const;
  std::string PastedPod() const;
  std::string Describe() const;
  std::string DescribeNode() const;
  std::string Logs(const Pod::Container& container, bool previous) const;

  const HintQuery& query_;
  const Pod& pod_;
  const Pod::Container* container_;  // null: the pod has none of that name
};

const Pod::Container* Explainer::FindContainer() const {
  const std::string& name = query_.container.empty() ? pod_.default_container : query_.container;
  for (const Pod::Container& container : pod_.containers) {
    if (name.empty() || container.name == name) return &container;
  }
  return nullptr;
}

const Pod::Condition* Explainer::FindCondition(std::string_view type) const {
  for (const Pod::Condition& condition : pod_.conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

std::string Explainer::For(std::optional<int64_t> since) const {
  if (!since) return "";
  return fmt::format(" for {} (since {})", FormatDuration(query_.now_s - *since),
                     FormatUtcSeconds(*since));
}

std::string Explainer::Ago(std::optional<int64_t> at) const {
  if (!at) return "";
  return fmt::format(" {} ago ({})", FormatDuration(query_.now_s - *at), FormatUtcSeconds(*at));
}

std::optional<int64_t> Explainer::UnreadySince() const {
  for (const char* type : {"ContainersReady", "Ready"}) {
    const Pod::Condition* condition = FindCondition(type);
    if (condition != nullptr && condition->status != "True" && condition->since_s)
      return condition->since_s;
  }
  return pod_.started_s ? pod_.started_s : pod_.created_s;
}

std::string Explainer::Restarts(const Pod::Container& container) const {
  if (container.restarts <= 0) return "";
  return fmt::format(", restarted {} time{}", container.restarts,
                     container.restarts == 1 ? "" : "s");
}

std::string Explainer::LastEnd(const Pod::Container& container) const {
  return fmt::format("it ended{} with {}", Ago(container.last_state.finished_s),
                     Ending(container.last_state, container.state.message));
}

std::string Explainer::Kubectl(std::string command, std::string_view remote) const {
  command.insert(0, "kubectl ");
  if (query_.context) command += " --context " + Quoted(*query_.context);
  if (query_.kubeconfig) command += " --kubeconfig " + Quoted(*query_.kubeconfig);
  return command.append(remote);
}

std::string Explainer::PastedPod() const {
  return fmt::format("{} -n {}", Pasted(pod_.name, "POD"), Pasted(pod_.name_space, "NAMESPACE"));
}

std::string Explainer::Describe() const { return Kubectl("describe pod " + PastedPod()); }

std::string Explainer::DescribeNode() const {
  return Kubectl("describe node " + Pasted(pod_.node, "NODE"));
}

std::string Explainer::Logs(const Pod::Container& container, bool previous) const {
  return Kubectl(fmt::format("logs {} -c {}{}", PastedPod(), Pasted(container.name, "CONTAINER"),
                             previous ? " --previous" : ""));
}

std::optional<Finding> Explainer::Gone() const {
  if (query_.gone) return Finding{PodName() + " was deleted meanwhile", ""};
  if (query_.uid.empty() || query_.uid == pod_.uid) return std::nullopt;
  return Finding{fmt::format("{} was replaced meanwhile: another one of this name was created{}",
                             PodName(), Ago(pod_.created_s)),
                 Describe()};
}

// The runtime's words, of runc and crun. A container that could try has been running.
std::optional<Finding> Explainer::MissingProgram() const {
  if (!Has(query_.error, "exec")) return std::nullopt;
  const bool not_found = Has(query_.error, "executable file not found in $PATH") ||
                         Has(query_.error, "executable file `");
  const bool no_file = !not_found && Has(query_.error, "no such file or directory");
  const bool denied = !not_found && !no_file && Has(query_.error, "permission denied");
  const bool format = Has(query_.error, "exec format error");
  if ((!not_found && !no_file && !denied && !format) || container_ == nullptr ||
      query_.program.empty())
    return std::nullopt;
  const std::string program = SafeForTerminal(query_.program, 200);
  Finding finding;
  finding.what = fmt::format("{} is running{}, but ", Container(*container_),
                             For(container_->state.started_s));
  if (not_found) {
    finding.what += fmt::format("it has no program {} in its $PATH", program);
  } else if (no_file) {
    finding.what +=
        fmt::format("{} is not there, or the interpreter or the library it needs is not", program);
  } else if (denied) {
    finding.what +=
        fmt::format("{} is a directory, or a file that its user may not execute", program);
  } else {
    finding.what += fmt::format("{} is no program for its node's processor", program);
  }
  finding.what += fmt::format(" (image {})", SafeForTerminal(container_->image, 200));
  const std::string_view base =
      std::string_view(query_.program).substr(query_.program.rfind('/') + 1);  // npos + 1 is 0
  if (base == "bash" || base == "zsh" || base == "ash" || base == "dash")
    finding.what += "; sh may be there";
  finding.next = Kubectl(fmt::format("debug {} -it --image=busybox --target={}", PastedPod(),
                                     Pasted(container_->name, "CONTAINER")),
                         " -- sh");
  return finding;
}

std::optional<Finding> Explainer::Completed() const {
  if (pod_.phase != "Succeeded" && pod_.phase != "Failed") return std::nullopt;
  // The container that tells why: in a failed pod the first that failed.
  const Pod::Container* telling = container_;
  std::optional<int64_t> ended;
  bool failed = false;
  for (const Pod::Container& container : pod_.containers) {
    if (container.state.kind != State::kTerminated) continue;
    ended = std::max(ended, container.state.finished_s);
    if (!failed && container.state.exit_code != 0) {
      telling = &container;
      failed = true;
    }
  }
  if (!ended) ended = UnreadySince();
  Finding finding;
  finding.what = fmt::format("{} ended{} in phase {}", PodName(), Ago(ended), pod_.phase);
  if (!pod_.reason.empty())
    finding.what += ": " + SafeForTerminal(pod_.reason, 80) + Because(pod_.message);
  const bool ran = telling != nullptr && telling->state.kind == State::kTerminated;
  if (ran)
    finding.what += fmt::format(
        "; {} {} ended with {}", telling->kind == Kind::kInit ? "init container" : "container",
        SafeForTerminal(telling->name, kMaxKubeName), Ending(telling->state));
  if (pod_.reason == "Evicted" || !ran) {
    finding.next = Describe();
    return finding;
  }
  finding.next = Logs(*telling, false);
  if (container_ != nullptr)
    finding.next +=
        "; a shell in a copy: " +
        Kubectl(fmt::format("debug {} -it --copy-to={}-debug --container={}", PastedPod(),
                            Pasted(pod_.name, "POD"), Pasted(container_->name, "CONTAINER")),
                " -- sh");
  return finding;
}

std::optional<Finding> Explainer::LostNode() const {
  const bool dialing = Has(query_.error, "error dialing backend");
  if (!dialing && pod_.reason != "NodeLost" && pod_.phase != "Unknown") return std::nullopt;
  const Pod::Condition* ready = FindCondition("Ready");
  std::string since;
  if (ready != nullptr && ready->status != "True") since = For(ready->since_s);
  Finding finding;
  finding.what = fmt::format("{}, on which {} is, does not answer the API server",
                             Named("node", pod_.node), PodName());
  if (!since.empty()) finding.what += fmt::format("; the pod has not been ready{}", since);
  if (!pod_.reason.empty())
    finding.what += ": " + SafeForTerminal(pod_.reason, 80) + Because(pod_.message);
  finding.next = DescribeNode();
  return finding;
}

std::optional<Finding> Explainer::Deleting() const {
  if (!pod_.deletion_s) return std::nullopt;
  const int64_t grace = Grace(pod_);
  Finding finding;
  finding.what =
      fmt::format("{} has been terminating{}: ", PodName(), For(*pod_.deletion_s - grace));
  if (query_.now_s <= *pod_.deletion_s) {
    finding.what +=
        fmt::format("what ends in its grace period of {} is not started again; {} of it are left",
                    FormatDuration(grace), FormatDuration(*pod_.deletion_s - query_.now_s));
    finding.next = Describe();
  } else {
    finding.what += fmt::format(
        "its grace period of {} was over{}; its node may not answer, or a finalizer keeps it",
        FormatDuration(grace), Ago(pod_.deletion_s));
    finding.next = Describe() + "; " + DescribeNode();
  }
  return finding;
}

std::optional<Finding> Explainer::Unscheduled() const {
  if (!pod_.node.empty()) return std::nullopt;
  const Pod::Condition* scheduled = FindCondition("PodScheduled");
  Finding finding;
  finding.what = fmt::format(
      "{} has been waiting for a node{}", PodName(),
      For(scheduled != nullptr && scheduled->since_s ? scheduled->since_s : pod_.created_s));
  if (scheduled != nullptr && scheduled->status != "True" && !scheduled->reason.empty())
    finding.what += ": " + SafeForTerminal(scheduled->reason, 80) + Because(scheduled->message);
  finding.next = Describe();
  return finding;
}

std::optional<Finding> Explainer::Initializing() const {
  if (container_ == nullptr || container_->kind != Kind::kRegular ||
      container_->state.kind == State::kRunning || container_->state.kind == State::kTerminated)
    return std::nullopt;
  const Pod::Condition* initialized = FindCondition("Initialized");
  if (initialized != nullptr && initialized->status == "True") return std::nullopt;
  int number = 0;
  const auto total = std::count_if(pod_.containers.begin(), pod_.containers.end(),
                                   [](const auto& one) { return one.kind == Kind::kInit; });
  for (const Pod::Container& init : pod_.containers) {
    if (init.kind != Kind::kInit) continue;
    ++number;
    const ContainerState& state = init.state;
    if (state.kind == State::kTerminated && state.exit_code == 0) continue;
    if (state.kind == State::kRunning && init.sidecar && init.started) continue;
    if (state.kind == State::kUnknown) return std::nullopt;
    Finding finding;
    finding.what =
        fmt::format("{} waits for init container {} ({} of {}), which ", Container(*container_),
                    SafeForTerminal(init.name, kMaxKubeName), number, total);
    const bool ran_before = init.last_state.kind == State::kTerminated;
    if (state.kind == State::kRunning) {
      finding.what += "has been running" + For(state.started_s) + Restarts(init);
    } else if (state.kind == State::kTerminated) {
      finding.what +=
          fmt::format("failed{} with {}{}", Ago(state.finished_s), Ending(state), Restarts(init));
    } else {
      finding.what +=
          fmt::format("is in {}{}", SafeForTerminal(state.reason, 80), Because(state.message));
      if (ran_before) finding.what += "; " + LastEnd(init) + Restarts(init);
    }
    finding.next = state.kind == State::kWaiting && !ran_before
                       ? Describe()
                       : Logs(init, state.kind == State::kWaiting);
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> Explainer::Waiting() const {
  if (container_ == nullptr || container_->state.kind != State::kWaiting) return std::nullopt;
  const ContainerState& last = container_->last_state;
  const bool ran_before = last.kind == State::kTerminated;
  Finding finding;
  const bool dated = ran_before && last.finished_s;
  finding.what = fmt::format("{} is not running: {}{}{}", Container(*container_),
                             SafeForTerminal(container_->state.reason, 80),
                             dated ? "" : For(UnreadySince()), Because(container_->state.message));
  if (ran_before) finding.what += "; " + LastEnd(*container_) + Restarts(*container_);
  // What never started has written no log.
  const bool started =
      ran_before && last.reason != "StartError" && last.reason != "ContainerCannotRun";
  finding.next = started ? Logs(*container_, true) : Describe();
  return finding;
}

std::optional<Finding> Explainer::Terminated() const {
  if (container_ == nullptr || container_->state.kind != State::kTerminated) return std::nullopt;
  return Finding{
      fmt::format("{} ended{} with {}{}", Container(*container_), Ago(container_->state.finished_s),
                  Ending(container_->state), Restarts(*container_)),
      Logs(*container_, false)};
}

std::optional<Finding> Explainer::NotBegun() const {
  if (container_ == nullptr || container_->state.kind != State::kUnknown) return std::nullopt;
  const Pod::Condition* scheduled = FindCondition("PodScheduled");
  return Finding{
      fmt::format(
          "{} has not begun to start {}{}", Named("node", pod_.node), Container(*container_),
          For(scheduled != nullptr && scheduled->since_s ? scheduled->since_s : pod_.created_s)),
      Describe() + "; " + DescribeNode()};
}

// It was not when it was asked.
std::optional<Finding> Explainer::Running() const {
  if (container_ == nullptr || container_->state.kind != State::kRunning ||
      !Has(query_.error, "container not found"))
    return std::nullopt;
  Finding finding;
  finding.what = fmt::format("{} is running now{}{}; try again", Container(*container_),
                             For(container_->state.started_s), Restarts(*container_));
  if (container_->last_state.kind == State::kTerminated) {
    finding.what += "; " + LastEnd(*container_);
    finding.next = Logs(*container_, true);
  }
  return finding;
}

Finding Explainer::Explain() const {
  // The order matters: what makes the later ones moot comes first.
  constexpr std::array kChecks = {
      &Explainer::Gone,         &Explainer::MissingProgram, &Explainer::Completed,
      &Explainer::LostNode,     &Explainer::Deleting,       &Explainer::Unscheduled,
      &Explainer::Initializing, &Explainer::Waiting,        &Explainer::Terminated,
      &Explainer::NotBegun,     &Explainer::Running};
  for (const auto check : kChecks) {
    if (auto finding = (this->*check)()) return std::move(*finding);
  }
  return {};
}

}  // namespace

bool IsAboutWhoAsked(std::string_view error) {
  return Has(error, " is forbidden: ") || Has(error, "(Forbidden)") ||
         Has(error, "must be logged in") || Has(error, "Unauthorized");
}

std::string PodHint(const HintQuery& query) {
  if (IsAboutWhoAsked(query.error)) return "";
  const Finding finding = Explainer(query).Explain();
  if (finding.what.empty()) return "";
  std::string text = "secure-exec: " + finding.what;
  if (!finding.next.empty()) text += "\nsecure-exec: see " + finding.next;
  return text;
}

}  // namespace secure_exec
