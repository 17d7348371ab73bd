// The salts of a frame's lines: leaves of a GGM tree of depth 20 under the frame's seed, so that
// a redacted copy can keep any subset of salts by a few inner nodes. docs/format.md section 3.
#pragma once

#include <cstdint>

#include "recorder/container/crypto.h"

namespace secure_exec {

inline constexpr int kSaltDepth = 20;

// Leaves in order 0, 1, 2, …; about two hashes a leaf.
class SaltSequence {
 public:
  explicit SaltSequence(const Hash& seed);
  ~SaltSequence();  // wipes
  Hash Next();
  SaltSequence(const SaltSequence&) = delete;
  SaltSequence& operator=(const SaltSequence&) = delete;

 private:
  Hash path_[kSaltDepth + 1];  // path_[d]: the node at depth d on the way to the current leaf
  uint32_t next_ = 0;
};

// One leaf, from the root down.
Hash SaltAt(const Hash& seed, uint32_t index);

}  // namespace secure_exec
