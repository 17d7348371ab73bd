// The size of a terminal, in cells.
#pragma once

namespace secure_exec {

struct WindowSize {
  int columns = 80;
  int rows = 24;
  bool operator==(const WindowSize&) const = default;
};

}  // namespace secure_exec
