// The chain of good frames, as verify walks it: what each frame's checkpoint must be signed by,
// follow and say. docs/format.md sections 3 and 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "recorder/container/checkpoint.h"
#include "recorder/container/frame_reader.h"

namespace secure_exec {

// What is wrong, or nothing.
using Problem = std::optional<std::string>;

class FrameChain {
 public:
  // Signature, link, hashes, and the lines where they were unpacked. A good genesis sets the keys.
  Problem Check(const FrameReader::Unit& unit);
  // The unit was good; `recovered`: frames of kinds 3 or 4 have been met, this one included.
  void Accept(const FrameReader::Unit& unit, bool recovered);

  bool begun() const { return keys_.has_value(); }  // genesis was authentic
  const GenesisKeys& keys() const { return *keys_; }
  const Uuid& id() const { return id_; }
  const Hash& link() const { return link_; }     // H(body) of the last good frame
  uint64_t last_k() const { return last_k_; }    // of the last good frame
  uint64_t last_us() const { return last_us_; }  // the time of its last line
  // The session key made this signature of this body.
  bool Signed(const CheckpointBody& body, const Signature& signature) const;

 private:
  Problem CheckGenesis(const FrameReader::Unit& unit);
  Problem CheckSignature(const FrameReader::Unit& unit) const;
  Problem CheckLines(const FrameReader::Unit& unit);

  std::optional<GenesisKeys> keys_;
  Uuid id_{};
  Hash link_{};
  bool recovered_ = false;
  uint64_t last_k_ = 0;
  uint64_t last_us_ = 0;
};

}  // namespace secure_exec
