#include "recorder/container/merkle.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "base/bytes.h"
#include "recorder/container/salt_tree.h"

namespace secure_exec {
namespace {

// The definition of RFC 9162 section 2.1.1, literally.
Hash Reference(const std::vector<Hash>& leaves) {
  if (leaves.empty()) return Sha256::Of("");
  if (leaves.size() == 1) return leaves[0];
  size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  const auto middle = leaves.begin() + static_cast<std::ptrdiff_t>(k);
  const Hash left = Reference({leaves.begin(), middle});
  const Hash right = Reference({middle, leaves.end()});
  return Sha256().Update(uint8_t{1}).Update(AsView(left)).Update(AsView(right)).Finish();
}

TEST(MerkleTree, AgreesWithTheDefinitionAtEverySize) {
  MerkleTree tree;
  std::vector<Hash> leaves;
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(tree.Root(), Reference(leaves)) << i;
    ASSERT_EQ(tree.size(), leaves.size());
    leaves.push_back(Sha256::Of(std::to_string(i)));
    tree.Add(leaves.back());
  }
}

// Computed from docs/format.md section 3 with Python's hashlib.
TEST(MerkleTree, HasTheRootsOfTheFormat) {
  const std::pair<uint32_t, const char*> roots[] = {
      {1, "b9cd6a99bfca5f8c77635705686a5f9cb3b8821b9c02f5017805825001ec287d"},
      {2, "8c2f8c41ba93e41025151506cff23190a9cdf04b8d704edfa79bd2e6b5633c77"},
      {3, "517cde54ca234926b21ec5f5e8b6e5f2e3409cb483de3efc0bde0cee5047bb05"},
      {7, "9ed882d0aa3302dc060967522caadd8bf9f959be7f119c6943c6498dd6201cb8"}};
  Hash seed;
  std::iota(seed.begin(), seed.end(), uint8_t{0});
  for (const auto& [lines, root] : roots) {
    MerkleTree tree;
    for (uint32_t i = 0; i < lines; ++i) {
      const std::string prefix = "[0.00000" + std::to_string(i) + ", \"o\",";
      const std::string payload = " \"" + std::to_string(i) + "\"]";
      tree.Add(MerkleLeaf(prefix, PayloadCommitment(SaltAt(seed, i), payload)));
    }
    EXPECT_EQ(HexEncode(AsView(tree.Root())), root) << lines;
  }
}

TEST(MerkleTree, CanBeUsedAgain) {
  MerkleTree tree;
  for (int i = 0; i < 3; ++i) tree.Add(Sha256::Of("x"));
  tree.Clear();
  EXPECT_EQ(tree.Root(), Sha256::Of(""));
  tree.Add(Sha256::Of("y"));
  EXPECT_EQ(tree.Root(), Sha256::Of("y"));
}

}  // namespace
}  // namespace secure_exec
