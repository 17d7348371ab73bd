// A command line as somebody has typed it so far, cut into words as a shell would.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"

namespace secure_exec {

struct ShellLine {
  std::vector<std::string> words;  // all before the cursor's, the program's name first
  std::string word;                // the one in progress: empty behind a space
};

// `line` ends at the cursor. Quotes and backslashes are read as POSIX shells do, an open quote
// included; of what a shell replaces, `~/` and ~ at a word's start, $NAME and ${NAME} are, where
// `environment` has them. Nothing is run: $(…), `…` and the rest stay as they stand, and then name
// nothing.
ShellLine SplitShellLine(std::string_view line, const Environment& environment);

}  // namespace secure_exec
