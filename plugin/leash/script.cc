#include "plugin/leash/script.h"

namespace secure_exec {
namespace {

bool IsBusybox(std::string_view path) { return path.substr(path.rfind('/') + 1) == "busybox"; }

}  // namespace

std::vector<std::string> LeashShellOf(const std::vector<std::string>& session_command) {
  if (session_command.size() >= 2 && IsBusybox(session_command[0]) &&
      IsLeashShell(session_command[1])) {
    return {session_command[0], session_command[1]};
  }
  if (!session_command.empty() && IsLeashShell(session_command[0])) return {session_command[0]};
  return {"sh"};
}

std::vector<std::string> LeashCommand(const std::vector<std::string>& session_command,
                                      std::string_view id) {
  std::vector<std::string> command = LeashShellOf(session_command);
  for (const std::string_view word : {std::string_view("-c"), kLeashScript, kLeashName, id}) {
    command.emplace_back(word);
  }
  return command;
}

}  // namespace secure_exec
