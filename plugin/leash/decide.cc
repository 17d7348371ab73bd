#include "plugin/leash/decide.h"

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "base/vt/safe_text.h"

namespace secure_exec {
namespace {

constexpr int64_t kTickNs = kSecond / kTicksPerSecond;
constexpr size_t kShownProcesses = 8;
// A process's name has 15 bytes.
constexpr std::string_view kRuntimes[] = {"containerd-shim", "conmon", "runc"};

bool IsRuntime(const Process& process) {
  return std::any_of(std::begin(kRuntimes), std::end(kRuntimes),
                     [&](std::string_view name) { return process.name.starts_with(name); });
}

bool StartedByTheRuntime(const ProcessList& list, const Process& process) {
  if (process.parent == 0) return true;
  const Process* parent = list.Find(process.parent);
  return parent == nullptr || IsRuntime(*parent);
}

bool HasOurAge(const ProcessList& list, const Process& process, const LeashTarget& target,
               int64_t asked_ns, int64_t listed_ns) {
  const int64_t age_ns = std::max<int64_t>(list.uptime_ticks - process.start_ticks, 0) * kTickNs;
  const int64_t slack_ns = target.slack_ns + kRoundingNs + age_ns / kClockRate;
  // When it started, on our clock: the list was made at some time between the two.
  return listed_ns - age_ns >= target.earliest_ns - slack_ns &&
         asked_ns - age_ns <= target.latest_ns + slack_ns;
}

bool IsThere(const std::vector<Process>& processes, int64_t pid) {
  return std::any_of(processes.begin(), processes.end(),
                     [&](const Process& one) { return one.pid == pid; });
}

// Those of the list that `belongs` says, and all descendants of them.
template <class Predicate>
std::vector<Process> WithDescendants(const ProcessList& list, Predicate belongs) {
  const auto may_be = [&](const Process& one) { return one.pid != 1 && one.pid != list.lister; };
  std::set<int64_t> pids;
  for (const Process& one : list.processes) {
    if (may_be(one) && belongs(one)) pids.insert(one.pid);
  }
  // Pids wrap around: a child's may be the smaller one.
  for (bool grown = true; grown;) {
    grown = false;
    for (const Process& one : list.processes) {
      if (pids.contains(one.parent) && may_be(one)) grown |= pids.insert(one.pid).second;
    }
  }
  std::vector<Process> found;
  for (const Process& one : list.processes) {
    if (pids.contains(one.pid)) found.push_back(one);
  }
  return found;
}

}  // namespace

LeashTarget TargetOf(bool tty, int64_t sent_ns, int64_t answered_ns, int64_t first_output_ns) {
  const bool soon = first_output_ns != 0 && first_output_ns <= answered_ns + kSoonOutputNs;
  return {.tty = tty,
          .earliest_ns = sent_ns,
          .latest_ns = soon ? first_output_ns : answered_ns + kStartPatienceNs,
          .slack_ns = 0};
}

Result<Process> FindRoot(const ProcessList& list, const LeashTarget& target, int64_t asked_ns,
                         int64_t listed_ns) {
  std::vector<Process> found;
  for (const Process& one : list.processes) {
    if (one.session == one.pid && one.pid != 1 && one.pid != list.lister &&
        (one.tty != 0) == target.tty && StartedByTheRuntime(list, one) &&
        HasOurAge(list, one, target, asked_ns, listed_ns)) {
      found.push_back(one);
    }
  }
  if (found.size() == 1) return std::move(found.front());
  if (found.empty()) {
    return Fail(ErrorKind::kNotFound, "no process there is of the session's age");
  }
  return Fail(ErrorKind::kUsage,
              "which process is the session's cannot be told: {} started then ({})", found.size(),
              NameProcesses(found));
}

std::vector<Process> FindVictims(const ProcessList& list, const Process& root) {
  auto victims = WithDescendants(list, [&](const Process& one) { return one.session == root.pid; });
  std::erase_if(victims, [](const Process& one) { return one.dead(); });
  std::stable_partition(victims.begin(), victims.end(),
                        [&](const Process& one) { return one.pid == root.pid; });
  return victims;
}

std::vector<Process> FindSurvivors(const ProcessList& list, const Process& root,
                                   const std::vector<Process>& victims) {
  std::set<std::pair<int64_t, int64_t>> known;  // pid and start
  for (const Process& one : victims) known.emplace(one.pid, one.start_ticks);
  const bool root_number_reused = [&] {
    const Process* now = list.Find(root.pid);
    return now != nullptr && now->start_ticks != root.start_ticks;
  }();
  auto left = WithDescendants(list, [&](const Process& one) {
    return known.contains({one.pid, one.start_ticks}) ||
           (one.session == root.pid && !root_number_reused);
  });
  std::erase_if(left, [](const Process& one) { return one.dead(); });
  return left;
}

std::vector<Process> FindDaemons(const ProcessList& list, const Process& root,
                                 const std::vector<Process>& victims) {
  const Process* first = list.Find(1);
  std::vector<Process> daemons;
  for (const Process& one : list.processes) {
    if (one.parent != 1 || one.dead() || one.start_ticks < root.start_ticks ||
        one.session == root.pid || one.session == 0 || one.session == 1 ||
        (first != nullptr && one.session == first->session) || IsThere(victims, one.pid)) {
      continue;
    }
    // What another session left has that session's leader, if it lives.
    const Process* leader = list.Find(one.session);
    if (leader != nullptr && leader->parent != 1) continue;
    daemons.push_back(one);
  }
  return daemons;
}

Foreground FindForeground(const Process& root) {
  if (root.tty == 0 || root.foreground_group <= 0 || root.dead()) return Foreground::kUnknown;
  return root.foreground_group == root.group ? Foreground::kShellOnly : Foreground::kJobRuns;
}

std::string NameProcesses(const std::vector<Process>& processes) {
  std::string text;
  for (size_t i = 0; i < std::min(processes.size(), kShownProcesses); ++i) {
    if (i > 0) text += ", ";
    text += fmt::format("{} {}", processes[i].pid,
                        processes[i].name.empty() ? "?" : SafeLine(processes[i].name));
  }
  if (processes.size() > kShownProcesses) {
    text += fmt::format(" and {} more", processes.size() - kShownProcesses);
  }
  return text;
}

}  // namespace secure_exec
