// kubectl secure-replay: finds the command, parses its options, runs it and says what went wrong.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "replay/command.h"

namespace secure_exec {

// All of them, a command's options with those that all have, and those.
std::span<const Command* const> Commands();
std::vector<OptionSpec> AllOptions(const Command& command);
std::span<const OptionSpec> CommonOptions();

// `words` without the program's name. Returns the exit code.
int RunReplay(const std::vector<std::string>& words, World& world);

}  // namespace secure_exec
