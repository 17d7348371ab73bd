// The processes of a container as the leash's script lists them (script.h): its lines, parsed. What
// the lines say is hostile: any process chooses its own name, and a shell may be anybody's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secure_exec {

// The kernel's clock ticks in /proc/PID/stat: 100 a second on every Linux (USER_HZ).
inline constexpr int64_t kTicksPerSecond = 100;
inline constexpr size_t kMaxProcesses = 16'384;
// A kernel thread's name has 63 bytes at most, the ten numbers 20 each.
inline constexpr size_t kMaxProcessLine = 512;
inline constexpr size_t kMaxListBytes = size_t{4} << 20;

struct Process {
  int64_t pid = 0;
  int64_t parent = 0;  // 0: outside the namespace
  int64_t group = 0;
  int64_t session = 0;
  int64_t tty = 0;                // the terminal's device number; 0: none
  int64_t foreground_group = -1;  // of that terminal
  int64_t start_ticks = 0;        // since the node started
  char state = '?';
  std::string name;  // as the process has it: up to 63 bytes of anything but LF

  bool dead() const { return state == 'Z' || state == 'X' || state == 'x'; }
  bool operator==(const Process&) const = default;
};

struct ProcessList {
  std::vector<Process> processes;  // by pid, each once
  int64_t uptime_ticks = 0;        // the node's, when the list was whole
  int64_t lister = 0;              // the pid of the shell that made it

  const Process* Find(int64_t pid) const;
};

// `text`: lines "p PID STATE PARENT GROUP SESSION TTY FOREGROUND START NAME" and then "u UPTIME
// PID". Other lines are passed over: shells have things to say of their own. kFormat where one of
// ours is not as it should be, a pid comes twice, a bound is passed, or the end is missing: a list
// of which a part is not known is none.
Result<ProcessList> ParseProcessList(std::string_view text);
// The lines that ParseProcessList() reads; a LF in a name becomes '?'.
std::string FormatProcessList(const ProcessList& list);

}  // namespace secure_exec
