// The script of the leash, which the plugin runs in a container as a second command (plugin/leash/
// has its contract). Here, so that who reads an audit log knows such an exec by its text.
#pragma once

#include <string_view>

namespace secure_exec {

extern const std::string_view kLeashScript;
inline constexpr std::string_view kLeashName = "secure-exec-leash";  // the script's $0

// Those under which the script was run, by any path. Others (zsh, fish) do not split words as it
// needs.
bool IsLeashShell(std::string_view path);

// Whether `command`, its words joined with spaces, is the leash of the session `id`: a shell of
// those, this very script, and the id.
bool IsLeashCommand(std::string_view command, std::string_view id);

}  // namespace secure_exec
