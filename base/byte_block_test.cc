#include "base/byte_block.h"

#include <gtest/gtest.h>

#include <string>

namespace secure_exec {
namespace {

TEST(ByteBlockTest, FindsTheFirstMarkedByte) {
  for (size_t first = 0; first < sizeof(ByteBlock); ++first) {
    for (size_t second = first; second < sizeof(ByteBlock); ++second) {
      std::string text(sizeof(ByteBlock), 'x');
      text[first] = text[second] = '\xFF';
      EXPECT_EQ(FirstMarked(LoadBlock(text.data()) >= 0x80), first);
    }
  }
  const std::string text(sizeof(ByteBlock), '\x7F');
  EXPECT_EQ(FirstMarked(LoadBlock(text.data()) >= 0x80), sizeof(ByteBlock));
  EXPECT_FALSE(AnyMarked(LoadBlock(text.data()) >= 0x80));
}

TEST(ByteBlockTest, StoresWhatItLoaded) {
  const std::string text = "0123456789abcdef";
  std::string copy(text.size(), ' ');
  StoreBlock(LoadBlock(text.data()), copy.data());
  EXPECT_EQ(copy, text);
}

}  // namespace
}  // namespace secure_exec
