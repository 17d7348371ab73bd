#include "plugin/leash/script.h"

#include <algorithm>

namespace secure_exec {
namespace {

// Those under which the script was run. Others (zsh, fish) do not split words as it needs.
constexpr std::string_view kShells[] = {"sh", "ash", "dash", "bash"};

bool IsShell(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::find(std::begin(kShells), std::end(kShells), name) != std::end(kShells);
}

bool IsBusybox(std::string_view path) { return path.substr(path.rfind('/') + 1) == "busybox"; }

}  // namespace

const std::string_view kLeashScript =
    R"sh(scan(){ for d in /proc/[0-9]*;do l=;while IFS= read -r x;do l=$l$x;done<$d/stat||continue;p=${d#/proc/};c=${l#*\(};c=${c%\)*};set -f;set -- ${l##*\) };set +f
[ $# -ge 20 ]&&printf 'p %s %s %s %s %s %s %s %s %s\n' "$p" "$1" "$2" "$3" "$4" "$5" "$6" "${20}" "$c";done 2>/dev/null;read -r u _ </proc/uptime;printf 'u %s %s\n' "$u" "$$";}
while read -r o a b;do case $o in l)scan;;k)for p in $b;do kill -s "$a" "$p" 2>&1&&echo "s $a $p";done;echo .;;q)exit;;esac;done)sh";

std::vector<std::string> LeashShellOf(const std::vector<std::string>& session_command) {
  if (session_command.size() >= 2 && IsBusybox(session_command[0]) && IsShell(session_command[1])) {
    return {session_command[0], session_command[1]};
  }
  if (!session_command.empty() && IsShell(session_command[0])) return {session_command[0]};
  return {"sh"};
}

std::vector<std::string> LeashCommand(const std::vector<std::string>& session_command,
                                      std::string_view id) {
  std::vector<std::string> command = LeashShellOf(session_command);
  for (const std::string_view word :
       {std::string_view("-c"), kLeashScript, std::string_view("secure-exec-leash"), id}) {
    command.emplace_back(word);
  }
  return command;
}

}  // namespace secure_exec
