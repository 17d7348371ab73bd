// What kubectl secure-exec says of itself: help, and the man page (tools/manual makes it).
#pragma once

#include <string>

#include "base/manual.h"

namespace secure_exec {

// What --help prints: the common flags, on a screen of 80 columns and 24 lines.
std::string HelpText();
// What --help=all prints: every flag by its group, examples, exit codes, environment, files.
std::string FullHelpText();

ManualPage PluginManual();

}  // namespace secure_exec
