// What kubectl secure-replay says of itself: help, and the man page (tools/manual makes it).
#pragma once

#include <string>

#include "base/manual.h"
#include "replay/command.h"

namespace secure_exec {

std::string ReplayHelp();
std::string CommandHelp(const Command& command);

ManualPage ReplayManual();

}  // namespace secure_exec
