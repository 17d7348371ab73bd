// Looks for what a recording's session key signed behind bytes that are not in order: altered bytes
// have something signed before and after, and what stands before a seal was on the disk when the
// seal was written (docs/format.md section 6).
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "recorder/container/byte_source.h"
#include "recorder/frame_chain.h"

namespace secure_exec {

struct SignedBehind {
  uint64_t wall_ns = 0;
  uint64_t end = 0;  // of the checkpoint, bytes of the file
};
// The next checkpoint of a later frame, from byte `from` on and within 16 MiB, that the session key
// signed; before the chain has begun any genesis, within 2 MiB. kIo.
Result<std::optional<SignedBehind>> FindSigned(const ByteSource& file, const FrameChain& chain,
                                               uint64_t from);
// Whether a later frame's seal by the session key, and the seek table's end behind it, stand at the
// file's end and begin at `position` or behind it. kIo.
Result<bool> SealStandsBehind(const ByteSource& file, const FrameChain& chain, uint64_t position);

}  // namespace secure_exec
