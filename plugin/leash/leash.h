// The leash: what a session started in the container is hung up when we end the session, as sshd
// would (docs/leash.md). A second command in the container lists processes and signals those that
// it is told to; every decision is made here (decide.h).
//
// HUP and then CONT, so that what is stopped hears it too; then it is given some seconds to go.
// What ignores HUP (nohup, trap '' HUP) is left and named, or gets KILL where that was asked for.
// Where the session's first process cannot be told for certain nothing is signalled at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "plugin/leash/decide.h"
#include "plugin/leash/leash_shell.h"

namespace secure_exec {

enum class LeashMode {
  kOff,
  kAsk,     // signals nothing: names what there is
  kHangup,  // HUP and CONT
  kKill,    // and KILL for what is still there
};
std::string_view LeashModeName(LeashMode mode);  // "off", "ask", "hangup", "kill"

// How long what was hung up may take to go, and what was killed.
inline constexpr int64_t kHangupPatienceNs = 3 * kSecond;
inline constexpr int64_t kHangupBeforeKillNs = 1500 * kMillisecond;
inline constexpr int64_t kKillPatienceNs = 2 * kSecond;
// For all of it, connecting included.
inline constexpr int64_t kLeashPatienceNs = 8 * kSecond;

// Processes of a session that an earlier leash knew: exact, where the age of the first one no
// longer helps because it is gone.
struct LeashKnown {
  Process root;
  std::vector<Process> members;  // by pid and start
};

struct LeashReport {
  LeashMode mode = LeashMode::kOff;
  std::optional<Process> root;     // the session's first process, where it was found
  bool none = false;               // the list was read, and no process in it can be that one
  std::vector<Process> signalled;  // what took our HUP
  std::vector<Process> killed;     // and our KILL
  std::vector<Process> left;       // what of the session was there at the end
  std::vector<Process> daemons;    // may be of it; never signalled, and not in `left`
  // Why nothing was signalled, or, where `root` is set, why it is not known what was left. Empty:
  // neither.
  std::string problem;

  bool clean() const { return mode != LeashMode::kOff && problem.empty() && left.empty(); }
};

// All of it, over `shell`. Blocks until it is done or the shell's time is over. `mode` is not kOff.
// With `known` no process is looked for by its age.
LeashReport RunLeash(LeashShell& shell, const LeashTarget& target, LeashMode mode,
                     const LeashKnown* known = nullptr);

// What a foreground_probe asks: the list, and whether a job runs in it.
Result<Foreground> AskForeground(LeashShell& shell, const LeashTarget& target);

}  // namespace secure_exec
