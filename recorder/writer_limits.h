// How much a recording takes. A test makes them smaller.
#pragma once

#include <cstddef>
#include <cstdint>

#include "recorder/cast/event.h"

namespace secure_exec {

struct WriterLimits {
  size_t frame_bytes = kFrameLineBytes;  // lines in one frame; above the longest line
  uint64_t frames = kMaxFrames;          // at least 3: genesis, one, and the ending
};

}  // namespace secure_exec
