#include "recorder/container/merkle.h"

#include <algorithm>
#include <bit>

namespace secure_exec {
namespace {

Sha256& Hasher() {
  thread_local Sha256 hasher;
  return hasher;
}

Hash Inner(const Hash& left, const Hash& right) {
  uint8_t bytes[65];
  bytes[0] = 1;
  std::copy(left.begin(), left.end(), bytes + 1);
  std::copy(right.begin(), right.end(), bytes + 33);
  return Hasher().Update({reinterpret_cast<char*>(bytes), sizeof bytes}).Finish();
}

}  // namespace

Hash PayloadCommitment(const Hash& salt, std::string_view payload) {
  return Hasher().Update(uint8_t{3}).Update(AsView(salt)).Update(payload).Finish();
}

Hash MerkleLeaf(std::string_view prefix, const Hash& commitment) {
  return Hasher()
      .Update(uint8_t{0})
      .Update(static_cast<uint8_t>(prefix.size()))
      .Update(prefix)
      .Update(AsView(commitment))
      .Finish();
}

void MerkleTree::Add(const Hash& leaf) {
  // Like a binary counter: each trailing one bit of the size is a subtree that the leaf completes.
  Hash head = leaf;
  for (int carry = std::countr_one(size_); carry > 0; --carry) {
    head = Inner(peaks_.back(), head);
    peaks_.pop_back();
  }
  peaks_.push_back(head);
  ++size_;
}

Hash MerkleTree::Root() const {
  if (peaks_.empty()) return Sha256::Of("");
  Hash head = peaks_.back();
  for (size_t i = peaks_.size() - 1; i-- > 0;) head = Inner(peaks_[i], head);
  return head;
}

void MerkleTree::Clear() {
  peaks_.clear();
  size_ = 0;
}

}  // namespace secure_exec
