#include "recorder/container/seek_table.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace secure_exec {
namespace {

const std::vector<SeekEntry> kEntries = {{0x11223344, 5}, {380, 0}};

TEST(SeekTable, IsWrittenAsZstdsSpecificationSays) {
  EXPECT_EQ(HexEncode(EncodeSeekTable(kEntries)),
            "5e2a4d18"
            "19000000"
            "4433221105000000"
            "7c01000000000000"
            "02000000"
            "00"
            "b1ea928f");
}

TEST(SeekTable, RoundTrips) {
  for (const auto& entries : {std::vector<SeekEntry>{}, kEntries}) {
    EXPECT_EQ(DecodeSeekTable(EncodeSeekTable(entries)), entries);
  }
}

TEST(SeekTable, IsRefusedWhenCutOrLonger) {
  const std::string bytes = EncodeSeekTable(kEntries);
  for (size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(DecodeSeekTable(bytes.substr(0, n))) << n;
  EXPECT_FALSE(DecodeSeekTable(bytes + '\0'));
  EXPECT_FALSE(DecodeSeekTable(bytes + std::string(8, '\0')));
}

TEST(SeekTable, IsRefusedWhenAnyByteOfItsFrameIsWrong) {
  const std::string bytes = EncodeSeekTable(kEntries);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i >= 8 && i < 24) continue;  // the entries may be anything
    std::string other = bytes;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(DecodeSeekTable(other)) << i;
  }
}

}  // namespace
}  // namespace secure_exec
