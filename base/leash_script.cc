#include "base/leash_script.h"

#include <algorithm>
#include <iterator>

namespace secure_exec {
namespace {

constexpr std::string_view kShells[] = {"sh", "ash", "dash", "bash"};

bool DropEnd(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

}  // namespace

const std::string_view kLeashScript =
    R"sh(scan(){ for d in /proc/[0-9]*;do l=;while IFS= read -r x;do l=$l$x;done<$d/stat||continue;p=${d#/proc/};c=${l#*\(};c=${c%\)*};set -f;set -- ${l##*\) };set +f
[ $# -ge 20 ]&&printf 'p %s %s %s %s %s %s %s %s %s\n' "$p" "$1" "$2" "$3" "$4" "$5" "$6" "${20}" "$c";done 2>/dev/null;read -r u _ </proc/uptime;printf 'u %s %s\n' "$u" "$$";}
while read -r o a b;do case $o in l)scan;;k)for p in $b;do kill -s "$a" "$p" 2>&1&&echo "s $a $p";done;echo .;;q)exit;;esac;done)sh";

bool IsLeashShell(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::find(std::begin(kShells), std::end(kShells), name) != std::end(kShells);
}

bool IsLeashCommand(std::string_view command, std::string_view id) {
  for (const std::string_view end : {id, std::string_view(" "), kLeashName, std::string_view(" "),
                                     kLeashScript, std::string_view(" -c ")}) {
    if (!DropEnd(command, end)) return false;
  }
  // What is left is the shell, or busybox and the shell.
  const size_t space = command.rfind(' ');
  if (space == std::string_view::npos) return IsLeashShell(command);
  const std::string_view box = command.substr(0, space);
  return box.substr(box.rfind('/') + 1) == "busybox" && IsLeashShell(command.substr(space + 1));
}

}  // namespace secure_exec
