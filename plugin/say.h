// One line on stderr, for the user.
#pragma once

#include <unistd.h>

#include <string>

namespace secure_exec {

inline void Say(const std::string& line) {
  // Errors have nowhere to go when stderr is closed.
  (void)!::write(STDERR_FILENO, (line + "\n").data(), line.size() + 1);
}

}  // namespace secure_exec
