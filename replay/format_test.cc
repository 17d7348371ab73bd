#include "replay/format.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

constexpr int64_t kWall = 1'763'906'580'123'000'000;

TEST(FormatTest, WallTimes) {
  EXPECT_EQ(FormatWall(kWall), "2025-11-23 14:03:00Z");
  EXPECT_EQ(FormatWallMillis(kWall), "2025-11-23 14:03:00.123Z");
  EXPECT_EQ(FormatWall(0), "-");
  EXPECT_EQ(FormatWallMillis(-1), "1969-12-31 23:59:59.999Z");
  EXPECT_EQ(FormatWall(INT64_MAX), "2262-04-11 23:47:16Z");
}

TEST(FormatTest, Offsets) {
  EXPECT_EQ(FormatOffset(0), "0:00:00.000");
  EXPECT_EQ(FormatOffset(3'723'456'789), "1:02:03.456");
  EXPECT_EQ(FormatOffset(-5), "0:00:00.000");
}

TEST(FormatTest, Durations) {
  EXPECT_EQ(FormatLength(1'290'000), "1.2s");
  EXPECT_EQ(FormatLength(751'000'000), "12m31s");
  EXPECT_EQ(FormatLength(7'500'000'000), "2h05m");
}

TEST(FormatTest, Sizes) {
  EXPECT_EQ(FormatSize(0), "0B");
  EXPECT_EQ(FormatSize(1023), "1023B");
  EXPECT_EQ(FormatSize(1536), "1.5K");
  EXPECT_EQ(FormatSize(12 << 20), "12M");
  EXPECT_EQ(FormatSize(1023 << 10), "1.0M");
  EXPECT_EQ(FormatSize(UINT64_MAX), "16E");
}

TEST(FormatTest, HostileTimesSaturate) {
  CastHeader header;
  header.timestamp = INT64_MAX;
  EXPECT_EQ(StartWallNs(header), 0);
  header.timestamp = 1;
  EXPECT_EQ(WallAt(header, INT64_MAX), INT64_MAX);
  EXPECT_EQ(WallAt(header, 1'000'000), 2'000'000'000);
}

TEST(FormatTest, Tables) {
  Table table({"NAME", "SIZE", "LAST"});
  table.AlignRight(1);
  table.Add({"gr\xC3\xBC\xC3\x9F", "5", "x"});
  table.Add({"b", "12345", ""});
  EXPECT_EQ(table.Text(), "NAME   SIZE  LAST\ngr\xC3\xBC\xC3\x9F      5  x\nb     12345  \n");
}

TEST(FormatTest, WideCellsAreCut) {
  const auto of = [](size_t count) {
    std::string text;
    while (count-- > 0) text += "\u00fc";
    return text;
  };
  Table table({"A", "B"});
  table.Add({of(Table::kMaxCell), of(Table::kMaxLastCell)});
  table.Add({of(Table::kMaxCell + 1), of(1'000'000)});
  const std::string spaces(Table::kMaxCell - 1, ' ');
  EXPECT_EQ(table.Text(), "A" + spaces + "  B\n" + of(Table::kMaxCell) + "  " +
                              of(Table::kMaxLastCell) + "\n" + of(Table::kMaxCell - 1) +
                              "\u2026  " + of(Table::kMaxLastCell - 1) + "\u2026\n");
}

}  // namespace
}  // namespace secure_exec
