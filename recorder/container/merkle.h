// The Merkle tree over a frame's lines: RFC 9162's shape, with the hashes of docs/format.md section 3.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "recorder/container/crypto.h"

namespace secure_exec {

// c = H(03 ‖ salt ‖ payload)
Hash PayloadCommitment(const Hash& salt, std::string_view payload);
// H(00 ‖ u8 len(prefix) ‖ prefix ‖ c); a prefix has at most 255 bytes
Hash MerkleLeaf(std::string_view prefix, const Hash& commitment);

// Leaves in, head out, in O(log n) memory; Root() may be asked at any time.
class MerkleTree {
 public:
  void Add(const Hash& leaf);
  uint32_t size() const { return size_; }
  Hash Root() const;  // of no leaves: H("")
  void Clear();

 private:
  std::vector<Hash> peaks_;  // heads of the perfect subtrees, largest first
  uint32_t size_ = 0;
};

}  // namespace secure_exec
