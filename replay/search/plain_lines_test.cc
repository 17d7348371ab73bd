#include "replay/search/plain_lines.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

std::string Take(std::string_view bytes, size_t* taken = nullptr) {
  std::string lines;
  size_t count = 0;
  const size_t n = TakePlainLines(bytes, lines, count);
  if (taken != nullptr) *taken = n;
  EXPECT_EQ(static_cast<size_t>(std::count(lines.begin(), lines.end(), '\n')), count);
  return lines;
}

TEST(PlainLinesTest, WholeLinesAreTaken) {
  size_t taken = 0;
  EXPECT_EQ(Take("one\r\ntwo  \r\n\r\nthree", &taken), "one\ntwo\n\n");
  EXPECT_EQ(taken, 14u);
}

// Every byte at every place of a line that is scanned eight at a time.
TEST(PlainLinesTest, AnyOtherByteStops) {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t at = 0; at < 19; ++at) {
      std::string line(19, 'x');
      line[at] = static_cast<char>(byte);
      const bool plain = byte >= 0x20 && byte < 0x7F;
      size_t taken = 0;
      const std::string lines = Take("first\r\n" + line + "\r\n", &taken);
      ASSERT_EQ(taken, plain ? 28u : 7u) << byte << " at " << at;
      ASSERT_EQ(IsPlainStart(line), plain || (byte == '\r' && at == 18));
    }
  }
}

TEST(PlainLinesTest, ALineFeedAloneOrACutLineIsNotTaken) {
  EXPECT_EQ(Take("a\nb\r\n"), "");
  EXPECT_EQ(Take("a\rb\r\n"), "");
  EXPECT_EQ(Take("a\r"), "");
  EXPECT_EQ(Take(""), "");
}

TEST(PlainLinesTest, AStartIsOneLineAtMost) {
  for (const char* start : {"", "\r", "\r\n", "a", "a\r", "a\r\n"})
    EXPECT_TRUE(IsPlainStart(start));
  for (const char* other : {"\n", "a\n", "\r\r\n", "\r\na", "a\r\n\r\n"}) {
    EXPECT_FALSE(IsPlainStart(other)) << other;
  }
}

TEST(PlainLinesTest, LinesGoBehindWhatIsThere) {
  std::string lines = "zero\n";
  size_t count = 0;
  EXPECT_EQ(TakePlainLines("one \r\n" + std::string(100, 'x') + "\r\n", lines, count), 108u);
  EXPECT_EQ(lines, "zero\none\n" + std::string(100, 'x') + "\n");
  EXPECT_EQ(count, 2u);
}

}  // namespace
}  // namespace secure_exec
