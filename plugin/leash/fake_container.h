// A container in memory for tests of the leash: processes that answer to the script's lines, each
// with its own way of taking signals, and a clock that only Pause() moves.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "plugin/leash/leash_shell.h"
#include "plugin/leash/process_list.h"

namespace secure_exec {

class FakeContainer : public LeashShell {
 public:
  static constexpr int64_t kShellPid = 500;
  struct Member : Process {
    bool ignores_hup = false;
    bool denied = false;     // another user's: no signal is allowed
    int64_t dies_in_ns = 0;  // how long it takes to go once it was hung up
    std::function<void()> on_hup = nullptr;
    int64_t dies_at_ns = 0;  // set by the HUP
  };

  FakeContainer() {
    Add({.pid = 1, .session = 1, .name = "init"});
    Add({.pid = kShellPid, .session = kShellPid, .start_ticks = Ticks(), .name = "sh"});
  }

  Member& Add(Process process) {
    if (process.state == '?') process.state = 'S';
    if (process.group == 0) process.group = process.session;
    Member member;
    static_cast<Process&>(member) = std::move(process);
    processes.push_back(std::move(member));
    return processes.back();
  }
  Member* Find(int64_t pid) {
    const auto at = std::find_if(processes.begin(), processes.end(),
                                 [&](const Member& one) { return one.pid == pid; });
    return at == processes.end() ? nullptr : &*at;
  }
  // The node has been up for a day less than our clock says.
  int64_t Ticks() const { return (clock_.boot_ns + 86'400 * kSecond) / (kSecond / 100); }

  Result<std::string> Ask(std::string_view line, std::string_view) override {
    asked.emplace_back(line);
    if (fails_at == asked.size()) return Fail(ErrorKind::kConnectionLost, "it broke");
    if (answers_after) {
      clock_.Advance(*answers_after);
      answers_after.reset();
    }
    return line == "l" ? List() : Signal(line);
  }
  bool Pause(int64_t ns) override {
    clock_.Advance(ns);
    for (Member& one : processes) {
      if (one.dies_at_ns != 0 && clock_.boot_ns >= one.dies_at_ns) one.state = 'X';
    }
    Bury();
    return !out_of_time;
  }
  const Clock& clock() const override { return clock_; }
  FakeClock& fake_clock() { return clock_; }

  std::vector<Member> processes;
  std::vector<std::string> asked;  // the lines, in order
  size_t fails_at = 0;             // the how-manieth fails; 0: none
  std::optional<int64_t> answers_after;
  bool out_of_time = false;

 private:
  void Bury() {
    std::erase_if(processes, [](const Member& one) { return one.state == 'X'; });
  }
  std::string List() {
    ProcessList list;
    for (const Member& one : processes) list.processes.push_back(one);
    list.uptime_ticks = Ticks();
    list.lister = kShellPid;
    return FormatProcessList(list);
  }
  std::string Signal(std::string_view line) {
    line.remove_prefix(2);
    const std::string signal(line.substr(0, line.find(' ')));
    line.remove_prefix(std::min(signal.size() + 1, line.size()));
    std::string answer;
    while (!line.empty()) {
      const size_t end = std::min(line.find(' '), line.size());
      const int64_t pid = std::stoll(std::string(line.substr(0, end)));
      line.remove_prefix(std::min(end + 1, line.size()));
      Member* one = Find(pid);
      if (one == nullptr || one->denied) {
        answer += fmt::format("sh: can't kill pid {}\n", pid);
        continue;
      }
      answer += fmt::format("s {} {}\n", signal, pid);
      if (signal == "KILL") one->state = 'X';
      if (signal != "HUP") continue;
      if (const auto on_hup = one->on_hup) {
        on_hup();
        one = Find(pid);
      }
      if (!one->ignores_hup) one->dies_at_ns = clock_.boot_ns + one->dies_in_ns + 1;
    }
    Bury();
    return answer + ".\n";
  }
  FakeClock clock_;
};

}  // namespace secure_exec
