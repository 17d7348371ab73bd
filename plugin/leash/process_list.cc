#include "plugin/leash/process_list.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace secure_exec {
namespace {

constexpr int64_t kMaxPid = int64_t{1} << 22;  // the kernel's PID_MAX_LIMIT
// Ten thousand years; nothing that is added to it overflows.
constexpr int64_t kMaxTicks = int64_t{kTicksPerSecond} * 366 * 86'400 * 10'000;

// The word up to the next space, which is taken too.
std::string_view TakeWord(std::string_view& rest) {
  const size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::optional<int64_t> Number(std::string_view text, int64_t least, int64_t most) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

bool TakeNumber(std::string_view& rest, int64_t least, int64_t most, int64_t& to) {
  const auto value = Number(TakeWord(rest), least, most);
  if (value) to = *value;
  return value.has_value();
}

bool ParseProcess(std::string_view rest, Process& process) {
  if (!TakeNumber(rest, 1, kMaxPid, process.pid)) return false;
  const std::string_view state = TakeWord(rest);
  if (state.size() != 1 || state[0] <= ' ' || state[0] > '~') return false;
  process.state = state[0];
  constexpr int64_t kInt = std::numeric_limits<int32_t>::max();
  if (!TakeNumber(rest, 0, kMaxPid, process.parent) ||
      !TakeNumber(rest, 0, kMaxPid, process.group) ||
      !TakeNumber(rest, 0, kMaxPid, process.session) ||
      !TakeNumber(rest, -kInt, kInt, process.tty) ||
      !TakeNumber(rest, -1, kMaxPid, process.foreground_group) ||
      !TakeNumber(rest, 0, kMaxTicks, process.start_ticks)) {
    return false;
  }
  process.name = rest;
  return true;
}

// "12345.67 42": seconds with two decimals, as /proc/uptime has them, and a pid.
bool ParseEnd(std::string_view rest, ProcessList& list) {
  std::string_view uptime = TakeWord(rest);
  const size_t point = std::min(uptime.find('.'), uptime.size());
  const auto whole = Number(uptime.substr(0, point), 0, kMaxTicks / kTicksPerSecond);
  uptime.remove_prefix(point);
  const auto hundredths =
      uptime.size() == 3 ? Number(uptime.substr(1), 0, 99) : std::optional<int64_t>();
  const auto pid = Number(rest, 1, kMaxPid);
  if (!whole || !hundredths || !pid) return false;
  list.uptime_ticks = *whole * kTicksPerSecond + *hundredths;
  list.lister = *pid;
  return true;
}

tl::unexpected<Error> NotAList(std::string_view why) {
  return Fail(ErrorKind::kFormat, "its list of processes cannot be used: {}", why);
}

bool LessPid(const Process& a, const Process& b) { return a.pid < b.pid; }

}  // namespace

const Process* ProcessList::Find(int64_t pid) const {
  const auto at =
      std::lower_bound(processes.begin(), processes.end(), pid,
                       [](const Process& one, int64_t wanted) { return one.pid < wanted; });
  return at != processes.end() && at->pid == pid ? &*at : nullptr;
}

Result<ProcessList> ParseProcessList(std::string_view text) {
  if (text.size() > kMaxListBytes) return NotAList("it is too long");
  ProcessList list;
  bool whole = false;
  while (!text.empty() && !whole) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // a line that is not all there
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const bool process = line.starts_with("p ");
    if (!process && !line.starts_with("u ")) continue;
    if (line.size() > kMaxProcessLine) return NotAList("a line is too long");
    line.remove_prefix(2);
    if (!process) {
      if (!ParseEnd(line, list)) return NotAList("its end is malformed");
      whole = true;
      continue;
    }
    if (list.processes.size() == kMaxProcesses) return NotAList("there are too many");
    Process one;
    if (!ParseProcess(line, one)) return NotAList("a line is malformed");
    list.processes.push_back(std::move(one));
  }
  if (!whole) return NotAList("it has no end");
  std::sort(list.processes.begin(), list.processes.end(), LessPid);
  const auto twice =
      std::adjacent_find(list.processes.begin(), list.processes.end(),
                         [](const Process& a, const Process& b) { return a.pid == b.pid; });
  if (twice != list.processes.end()) return NotAList("a process is in it twice");
  return list;
}

std::string FormatProcessList(const ProcessList& list) {
  std::string text;
  for (const Process& one : list.processes) {
    std::string name = one.name;
    std::replace(name.begin(), name.end(), '\n', '?');
    text += fmt::format("p {} {} {} {} {} {} {} {} {}\n", one.pid, one.state, one.parent, one.group,
                        one.session, one.tty, one.foreground_group, one.start_ticks, name);
  }
  return text + fmt::format("u {}.{:02} {}\n", list.uptime_ticks / kTicksPerSecond,
                            list.uptime_ticks % kTicksPerSecond, list.lister);
}

}  // namespace secure_exec
