#include "recorder/container/salt_tree.h"

#include <algorithm>
#include <bit>

namespace secure_exec {
namespace {

Hash Child(const Hash& node, bool right) {
  thread_local Sha256 hasher;
  uint8_t bytes[33];
  bytes[0] = right ? 5 : 4;
  std::copy(node.begin(), node.end(), bytes + 1);
  return hasher.Update({reinterpret_cast<char*>(bytes), sizeof bytes}).Finish();
}

bool GoesRight(uint32_t index, int depth) { return (index >> (kSaltDepth - 1 - depth) & 1) != 0; }

}  // namespace

SaltSequence::SaltSequence(const Hash& seed) { path_[0] = seed; }

SaltSequence::~SaltSequence() { Wipe(path_, sizeof path_); }

Hash SaltSequence::Next() {
  // From one leaf to the next only the path below the highest changed bit is new.
  const int kept = next_ == 0 ? 0 : kSaltDepth - 1 - std::countr_zero(next_);
  for (int depth = kept < 0 ? 0 : kept; depth < kSaltDepth; ++depth) {
    path_[depth + 1] = Child(path_[depth], GoesRight(next_, depth));
  }
  ++next_;
  return path_[kSaltDepth];
}

Hash SaltAt(const Hash& seed, uint32_t index) {
  Hash node = seed;
  for (int depth = 0; depth < kSaltDepth; ++depth) node = Child(node, GoesRight(index, depth));
  return node;
}

}  // namespace secure_exec
