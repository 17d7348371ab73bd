// What the leash decides from a list of processes: which of them is ours, what belongs to it, what
// is left. Pure functions; nothing here signals anything.
//
// No mark in the environment and no wall clock tells a session's processes from others: the first
// process is the one whose age, by the node's steady clock, is the age of our session by our own.
// Where that is nobody's or several's, there is no answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "plugin/leash/process_list.h"

namespace secure_exec {

// What is known of the session's first process. Times are BootNs() of our clock.
struct LeashTarget {
  bool tty = false;
  // When it started, at the earliest and at the latest.
  int64_t earliest_ns = 0;
  int64_t latest_ns = 0;
  // Beyond that, where the clocks cannot be compared as they should.
  int64_t slack_ns = 0;
};

// It does not start before the request for it is sent, nor after its first output came. Where it
// has said nothing for long, it is taken to have started so long after the server's answer (a v5
// server answers first).
inline constexpr int64_t kStartPatienceNs = 2'000'000'000;
inline constexpr int64_t kSoonOutputNs = 10'000'000'000;
// `first_output_ns`: 0 where there was none.
LeashTarget TargetOf(bool tty, int64_t sent_ns, int64_t answered_ns, int64_t first_output_ns);

// Of what clocks tell in hundredths of a second, read at both ends.
inline constexpr int64_t kRoundingNs = 50'000'000;
// Two machines' clocks may differ in their rates by one part in so many.
inline constexpr int64_t kClockRate = 10'000;

// The session's first process in `list`, which was made between `asked_ns` and `listed_ns` of our
// clock: a session leader, not the container's first process, not the lister, with a terminal
// exactly if we have one, whose parent is outside the container, or is the runtime, and of our age.
// kNotFound where none is; kUsage where several are: a text that names them.
Result<Process> FindRoot(const ProcessList& list, const LeashTarget& target, int64_t asked_ns,
                         int64_t listed_ns);

// All of the session of `root`, and their descendants whatever their sessions; the root first.
// Never the container's first process, never the lister.
std::vector<Process> FindVictims(const ProcessList& list, const Process& root);

// Those of `victims` that still live, and who came to them since: told apart from others by pid and
// start. `root` may be gone: while one of its session lives its number is not given out again.
std::vector<Process> FindSurvivors(const ProcessList& list, const Process& root,
                                   const std::vector<Process>& victims);

// Children of the container's first process in sessions of their own that started after the
// session: daemons that it may have started, and that are not the leash's to end.
std::vector<Process> FindDaemons(const ProcessList& list, const Process& root,
                                 const std::vector<Process>& victims);

// Whether another process group than the root's has its terminal: a job in the foreground.
enum class Foreground { kUnknown, kShellOnly, kJobRuns };
Foreground FindForeground(const Process& root);

// "12 sh, 15 sleep" for people: names made safe, at most eight of them and then "and 3 more".
std::string NameProcesses(const std::vector<Process>& processes);

}  // namespace secure_exec
