// A session as an image that moves: the rows of its screen as they changed, each shown from when to
// when it stood. It plays once, in any viewer that knows SVG's own animation (SMIL: browsers); any
// other shows the last screen. No script, no style sheet, nothing from elsewhere; recorded text is
// text.
#pragma once

#include "recorder/recording.h"
#include "replay/output.h"

namespace secure_exec {

// Of the screens no closer together than kSvgFrameUs. The recording is read twice (once for its
// size) and must not have been read from yet. Memory: a screen. After an error (an altered place, or
// kUsage: more than `most_bytes`) the image of what stands before it was written, whole.
inline constexpr int64_t kSvgFrameUs = 50'000;
inline constexpr size_t kMaxSvgBytes = 256 << 20;  // browsers give up earlier
Result<void> ExportSvg(Recording& recording, int64_t from_us, int64_t to_us, Output& out,
                       size_t most_bytes = kMaxSvgBytes);

}  // namespace secure_exec
