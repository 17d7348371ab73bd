#include "recorder/frame_chain.h"

#include <algorithm>
#include <string_view>

#include "recorder/frame_check.h"

namespace secure_exec {
namespace {

Problem CheckFacts(const FrameReader::Unit& unit) {
  const Checkpoint& checkpoint = unit.checkpoint;
  const FrameFacts& facts = checkpoint.facts;
  // An interim signature was made before there was a frame: it covers the lines alone.
  const bool interim = checkpoint.body.kind == CheckpointKind::kInterim;
  const Hash commit = interim ? Hash{} : facts.Commit(checkpoint.fsalt);
  if (commit != checkpoint.body.facts_commit || (interim && checkpoint.fsalt != Hash{})) {
    return "its checkpoint's facts are not those that were signed";
  }
  if (facts.compressed_size != unit.frame.size() || facts.plain_size != unit.plain_size ||
      facts.frame_hash != Sha256::Of(unit.frame)) {
    return "the frame's hash does not match its checkpoint";
  }
  return std::nullopt;
}

}  // namespace

Problem FrameChain::Check(const FrameReader::Unit& unit) {
  if (auto problem = unit.k == 0 ? CheckGenesis(unit) : CheckSignature(unit)) return problem;
  if (auto problem = CheckFacts(unit)) return problem;
  return CheckLines(unit);
}

void FrameChain::Accept(const FrameReader::Unit& unit, bool recovered) {
  link_ = unit.checkpoint.body.Link();
  last_k_ = unit.checkpoint.body.k;
  recovered_ = recovered;
}

bool FrameChain::Signed(const CheckpointBody& body, const Signature& signature) const {
  return VerifySignature(keys_->session_key, body.Encode(), signature);
}

Problem FrameChain::CheckGenesis(const FrameReader::Unit& unit) {
  const CheckpointBody& body = unit.checkpoint.body;
  const GenesisKeys& keys = *unit.checkpoint.genesis;
  if (body.prev != GenesisPrev(keys.session_key)) return "its session key is another one";
  if (!VerifySignature(keys.session_key, body.Encode(), unit.checkpoint.signature)) {
    return "its checkpoint's signature is wrong";
  }
  if (!VerifySignature(keys.user_key, CertificateMessage(body.id, keys.session_key, body.Link()),
                       keys.certificate)) {
    return "the user key's certificate for the session key is wrong";
  }
  if (body.t_first_us != 0 || body.t_last_us != 0) return "its checkpoint has other times";
  keys_ = keys;
  id_ = body.id;
  return std::nullopt;
}

Problem FrameChain::CheckSignature(const FrameReader::Unit& unit) const {
  const Checkpoint& checkpoint = unit.checkpoint;
  const Spki& key = checkpoint.recoverer ? *checkpoint.recoverer : keys_->session_key;
  if (!VerifySignature(key, checkpoint.body.Encode(), checkpoint.signature)) {
    return "its checkpoint's signature is wrong";
  }
  // An interim signature follows the frame before it, which may be lost.
  const bool known = checkpoint.body.kind != CheckpointKind::kInterim ||
                     (!recovered_ && checkpoint.body.k == last_k_ + 1);
  if (known && checkpoint.body.prev != link_) {
    return "its checkpoint does not follow the one before";
  }
  return std::nullopt;
}

Problem FrameChain::CheckLines(const FrameReader::Unit& unit) {
  const CheckpointBody& body = unit.checkpoint.body;
  const FrameFacts& facts = unit.checkpoint.facts;
  if (unit.lines.empty()) {  // not unpacked: signed as it is
    if (body.t_first_us < last_us_ || body.t_last_us < body.t_first_us) {
      return "its checkpoint has other times";
    }
    last_us_ = body.t_last_us;
    return std::nullopt;
  }
  FrameCheck check(unit.checkpoint.seed, last_us_);
  for (std::string_view rest = unit.lines; !rest.empty();) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (unit.k == 0) {
      check.AddHeader(line);
    } else if (auto problem = check.Add(line)) {
      return problem;
    }
  }
  if (check.root() != body.root) return "its lines are not those that were signed";
  if (unit.k > 0 &&
      (check.t_first_us() != body.t_first_us || check.t_last_us() != body.t_last_us)) {
    return "its checkpoint has other times";
  }
  if (!std::equal(check.payload_bytes(), check.payload_bytes() + kChannels, facts.payload_bytes)) {
    return "its checkpoint counts other bytes";
  }
  if (check.ended() != (body.kind == CheckpointKind::kSeal)) {
    if (body.kind >= CheckpointKind::kInterim) return "the exit event is not in a sealed frame";
    return check.ended() ? "the exit event is not in the sealed frame"
                         : "the sealed frame does not end with the exit event";
  }
  last_us_ = check.t_last_us();
  return std::nullopt;
}

}  // namespace secure_exec
