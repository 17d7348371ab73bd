// Whether a frame that is not in order is what a power cut leaves: zeros, or older bytes' zeros, in
// whole sectors of it. docs/format.md section 6.
#pragma once

#include "base/result.h"
#include "recorder/container/byte_source.h"
#include "recorder/frame_chain.h"

namespace secure_exec {

// Zeros from within the unit to the end of the file, or a hole in it. What can still be checked
// beside them must be right, and no seal may follow, or a forged frame could pass for a torn one.
// kIo.
Result<bool> IsTornFrame(const ByteSource& file, const FrameReader& reader, const FrameChain& chain,
                         const FrameReader::Unit& unit);

}  // namespace secure_exec
