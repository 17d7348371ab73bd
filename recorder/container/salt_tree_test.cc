#include "recorder/container/salt_tree.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/bytes.h"

namespace secure_exec {
namespace {

Hash Seed() {
  Hash seed;
  std::iota(seed.begin(), seed.end(), uint8_t{0});
  return seed;
}

// Computed from docs/format.md section 3 with Python's hashlib.
TEST(SaltTree, HasTheLeavesOfTheFormat) {
  const std::pair<uint32_t, const char*> leaves[] = {
      {0, "718cc82872f51bb035be9c638f848bcbe6fd4697bc4f754d6dbf81867ca9b5c5"},
      {1, "de267af534c0c2ebd5f5c2858bc69f52dd9d3acffb16da1b825c02af42d9599d"},
      {5, "6107b2990e6064edd008f1b5aba32100621a1cf304e4d49bd658e09b87700d2d"},
      {699050, "25da88892cc9e6c6e1ceb1dbce6921556076a69cc601f1c3307f1cfb374ac372"},
      {1048575, "8867e803b1bef545598c9804f5b189fb151f23cae31ba6088e102191ce87a3e4"}};
  for (const auto& [index, salt] : leaves) {
    EXPECT_EQ(HexEncode(AsView(SaltAt(Seed(), index))), salt) << index;
  }
}

TEST(SaltSequence, WalksTheLeavesInOrder) {
  SaltSequence salts(Seed());
  for (uint32_t i = 0; i < 3000; ++i) ASSERT_EQ(salts.Next(), SaltAt(Seed(), i)) << i;
}

TEST(SaltSequence, ReachesTheLastLeaf) {
  SaltSequence salts(Seed());
  Hash last{};
  for (uint32_t i = 0; i < 1u << kSaltDepth; ++i) last = salts.Next();
  EXPECT_EQ(last, SaltAt(Seed(), (1u << kSaltDepth) - 1));
}

}  // namespace
}  // namespace secure_exec
