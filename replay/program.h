// kubectl secure-replay: finds the command, parses its options, runs it and says what went wrong.
#pragma once

#include <string>
#include <vector>

#include "replay/command.h"

namespace secure_exec {

// `words` without the program's name. Returns the exit code.
int RunReplay(const std::vector<std::string>& words, World& world);

}  // namespace secure_exec
