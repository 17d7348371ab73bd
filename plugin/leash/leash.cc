#include "plugin/leash/leash.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "plugin/leash/process_list.h"

namespace secure_exec {
namespace {

constexpr size_t kPidsALine = 256;
constexpr int64_t kFirstPauseNs = 50 * kMillisecond;
constexpr int64_t kLongestPauseNs = 400 * kMillisecond;

struct TimedList {
  ProcessList list;
  int64_t asked_ns = 0, listed_ns = 0;
};

Result<TimedList> List(LeashShell& shell) {
  TimedList timed;
  timed.asked_ns = shell.clock().BootNs();
  auto text = shell.Ask("l", "u ");
  if (!text) return tl::unexpected(text.error());
  timed.listed_ns = shell.clock().BootNs();
  auto list = ParseProcessList(*text);
  if (!list) return tl::unexpected(list.error());
  timed.list = std::move(*list);
  return timed;
}

// Sends `signal` to `processes`; those that took it.
Result<std::vector<Process>> Signal(LeashShell& shell, std::string_view signal,
                                    const std::vector<Process>& processes) {
  std::set<int64_t> took;
  for (size_t at = 0; at < processes.size(); at += kPidsALine) {
    std::string line = fmt::format("k {}", signal);
    for (size_t i = at; i < std::min(processes.size(), at + kPidsALine); ++i) {
      line += fmt::format(" {}", processes[i].pid);
    }
    auto answer = shell.Ask(line, ".");
    if (!answer) return tl::unexpected(answer.error());
    const std::string start = fmt::format("s {} ", signal);
    for (std::string_view rest = *answer; !rest.empty();) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view word = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (!word.starts_with(start)) continue;
      word.remove_prefix(start.size());
      int64_t pid = 0;
      const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), pid);
      if (error == std::errc() && stop == word.data() + word.size()) took.insert(pid);
    }
  }
  std::vector<Process> taken;
  std::copy_if(processes.begin(), processes.end(), std::back_inserter(taken),
               [&](const Process& one) { return took.contains(one.pid); });
  return taken;
}

class Leash {
 public:
  Leash(LeashShell& shell, const LeashTarget& target, LeashMode mode, const LeashKnown* known)
      : shell_(shell), target_(target), known_(known) {
    report_.mode = mode;
  }

  LeashReport Run() {
    if (auto done = Work(); !done) report_.problem = done.error().message;
    return std::move(report_);
  }

 private:
  Result<void> Work() {
    auto before = List(shell_);
    if (!before) return tl::unexpected(before.error());
    if (known_ != nullptr) {
      root_ = known_->root;
      victims_ = FindSurvivors(before->list, root_, known_->members);
      report_.none = victims_.empty();
      if (report_.none) return Fail(ErrorKind::kNotFound, "nothing of the session is there");
    } else {
      auto root = FindRoot(before->list, target_, before->asked_ns, before->listed_ns);
      if (!root) {
        report_.none = root.error().kind == ErrorKind::kNotFound;
        return tl::unexpected(root.error());
      }
      root_ = std::move(*root);
      victims_ = FindVictims(before->list, root_);
    }
    report_.root = root_;
    report_.left = victims_;
    report_.daemons = FindDaemons(before->list, root_, victims_);
    if (report_.mode == LeashMode::kAsk) return {};

    auto took = Signal(shell_, "HUP", victims_);
    if (!took) return tl::unexpected(took.error());
    report_.signalled = std::move(*took);
    // Some may be stopped: they hear of the HUP when they go on.
    if (auto went_on = Signal(shell_, "CONT", victims_); !went_on) {
      return tl::unexpected(went_on.error());
    }
    const bool kill = report_.mode == LeashMode::kKill;
    if (auto waited = Await(kill ? kHangupBeforeKillNs : kHangupPatienceNs); !waited) return waited;
    if (!kill || report_.left.empty()) return {};
    return Kill();
  }

  // Lists until nothing is left, or `patience_ns` is over.
  Result<void> Await(int64_t patience_ns) {
    const int64_t end = shell_.clock().BootNs() + patience_ns;
    for (int64_t pause = kFirstPauseNs;; pause = std::min(2 * pause, kLongestPauseNs)) {
      auto now = List(shell_);
      if (!now) return tl::unexpected(now.error());
      report_.left = FindSurvivors(now->list, root_, victims_);
      report_.daemons = FindDaemons(now->list, root_, victims_);
      if (report_.left.empty() || shell_.clock().BootNs() >= end) return {};
      if (!shell_.Pause(pause)) return Fail(ErrorKind::kInterrupted, "it did not answer in time");
    }
  }

  // Again and again, for what is killed may have started others until then.
  Result<void> Kill() {
    const int64_t end = shell_.clock().BootNs() + kKillPatienceNs;
    while (!report_.left.empty() && shell_.clock().BootNs() < end) {
      // Who came since is known from now on, whatever becomes of their parents.
      for (const Process& one : report_.left) {
        const bool known = std::any_of(victims_.begin(), victims_.end(), [&](const Process& other) {
          return other.pid == one.pid && other.start_ticks == one.start_ticks;
        });
        if (!known) victims_.push_back(one);
      }
      auto took = Signal(shell_, "KILL", report_.left);
      if (!took) return tl::unexpected(took.error());
      for (Process& one : *took) {
        const bool known = std::any_of(report_.killed.begin(), report_.killed.end(),
                                       [&](const Process& other) { return other.pid == one.pid; });
        if (!known) report_.killed.push_back(std::move(one));
      }
      if (auto waited = Await(kLongestPauseNs); !waited) return waited;
    }
    return {};
  }

  LeashShell& shell_;
  const LeashTarget target_;
  const LeashKnown* const known_;
  LeashReport report_;
  Process root_;
  std::vector<Process> victims_;
};

}  // namespace

std::string_view LeashModeName(LeashMode mode) {
  constexpr std::string_view kNames[] = {"off", "ask", "hangup", "kill"};
  return kNames[static_cast<int>(mode)];
}

LeashReport RunLeash(LeashShell& shell, const LeashTarget& target, LeashMode mode,
                     const LeashKnown* known) {
  return Leash(shell, target, mode, known).Run();
}

Result<Foreground> AskForeground(LeashShell& shell, const LeashTarget& target) {
  auto timed = List(shell);
  if (!timed) return tl::unexpected(timed.error());
  auto root = FindRoot(timed->list, target, timed->asked_ns, timed->listed_ns);
  if (!root) return tl::unexpected(root.error());
  return FindForeground(*root);
}

}  // namespace secure_exec
