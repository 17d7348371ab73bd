// One line on a terminal that says how far long work is. Shown only on a terminal, and only once
// the work has taken a second; gone before anything else is written there.
#pragma once

#include <cstdint>
#include <string>

#include "replay/output.h"

namespace secure_exec {

class Progress {
 public:
  // `total_bytes` to do in `total_files`, from `now_ns` (any steady clock) on.
  Progress(Output& terminal, uint64_t total_bytes, size_t total_files, int64_t now_ns);
  ~Progress() { Clear(); }

  // Draws at most ten times a second.
  void Update(uint64_t bytes, size_t files, int64_t now_ns);
  void Clear();

 private:
  Output& terminal_;
  uint64_t total_bytes_;
  size_t total_files_;
  int64_t due_ns_;
  bool shown_ = false;
};

// "verify [=====>    ]  52%  1.2G of 2.3G, 3 of 12 recordings"
std::string ProgressLine(uint64_t bytes, uint64_t total_bytes, size_t files, size_t total_files);

}  // namespace secure_exec
