// How much a recording takes, and how. Tests make it smaller; benchmarks fix the level.
#pragma once

#include <cstddef>
#include <cstdint>

#include "recorder/cast/event.h"

namespace secure_exec {

struct WriterLimits {
  size_t frame_bytes = kFrameLineBytes;  // lines in one frame; above the longest line
  uint64_t frames = kMaxFrames;          // at least 3: genesis, one, and the ending
  int level = 0;                         // zstd's; 0: 3, and 1 while frames fill fast
};

}  // namespace secure_exec
