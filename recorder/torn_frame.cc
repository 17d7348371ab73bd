#include "recorder/torn_frame.h"

#include "recorder/signed_behind.h"

namespace secure_exec {

Result<bool> IsTornFrame(const ByteSource& file, const FrameReader& reader, const FrameChain& chain,
                         const FrameReader::Unit& unit) {
  const uint64_t begin = unit.offset, end = reader.offset();
  Result<bool> ok = true;
  const auto lost = [&](uint64_t from, uint64_t to) {
    const auto hole = reader.FindHole(begin, from, to);
    const auto zeros = reader.OnlyZerosFrom(to - 1);
    if (!hole) ok = tl::unexpected(hole.error());
    if (!zeros) ok = tl::unexpected(zeros.error());
    return ok && (*zeros || hole->has_value());
  };
  const bool any = lost(begin, end);
  if (!ok || !any || unit.k == 0) return ok ? any : ok;
  // What `recover` writes is on the disk before it has its name.
  if (reader.recovered()) return false;
  const Checkpoint& checkpoint = unit.checkpoint;
  const uint64_t checkpoint_at = begin + unit.frame.size();
  const uint64_t open_at = end - kOpenPartSize;
  const bool frame_lost = lost(begin, checkpoint_at);
  const bool body_lost = lost(checkpoint_at, open_at);
  const bool facts_lost = lost(open_at, end - checkpoint.seed.size());
  if (!ok) return ok;
  const bool signature_holds = body_lost || chain.Signed(checkpoint.body, checkpoint.signature);
  const bool facts_hold =
      facts_lost ||
      ((body_lost || checkpoint.facts.Commit(checkpoint.fsalt) == checkpoint.body.facts_commit) &&
       (frame_lost || checkpoint.facts.frame_hash == Sha256::Of(unit.frame)));
  if (!signature_holds || !facts_hold) return false;
  const auto forged = SealStandsBehind(file, chain, end);
  return forged ? Result<bool>(!*forged) : forged;
}

}  // namespace secure_exec
