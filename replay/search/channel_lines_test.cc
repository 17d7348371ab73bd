#include "replay/search/channel_lines.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

namespace secure_exec {
namespace {

using testing::ElementsAre;

using Source = ChannelLines::Source;

// Each piece a microsecond after the last; "TEXT@TIME,TIME" of the first and last byte.
std::vector<std::string> Lines(Source source, const std::vector<std::string>& pieces,
                               size_t* blocks = nullptr) {
  std::vector<std::string> lines;
  ChannelLines channel(
      source,
      [&](const TextLine& line) {
        lines.push_back(fmt::format("{}@{},{}", line.text, line.TimeAt(0),
                                    line.TimeAt(std::max<size_t>(line.text.size(), 1) - 1)));
      },
      [&](std::string_view block, int64_t t_us) {
        if (blocks != nullptr) ++*blocks;
        for (; !block.empty(); block.remove_prefix(block.find('\n') + 1)) {
          lines.push_back(fmt::format("{}@{},{}", block.substr(0, block.find('\n')), t_us, t_us));
        }
      });
  int64_t now = 0;
  for (const std::string& piece : pieces) channel.Feed(piece, ++now);
  channel.Finish();
  return lines;
}

TEST(ChannelLinesTest, WholeLinesPassAtOnce) {
  size_t blocks = 0;
  EXPECT_THAT(Lines(Source::kOutput, {"one\ntwo\t2\r\nthree\n"}, &blocks),
              ElementsAre("one@1,1", "two\t2@1,1", "three@1,1"));
  EXPECT_EQ(blocks, 1U);
}

TEST(ChannelLinesTest, LinesInPieces) {
  EXPECT_THAT(Lines(Source::kOutput, {"o", "n", "e\ntw", "o\nend"}),
              ElementsAre("one@1,3", "two@3,4", "end@4,4"));
}

TEST(ChannelLinesTest, WhatIsNotPlainIsReadAsAPersonWould) {
  EXPECT_THAT(Lines(Source::kOutput, {"r\x1B[31me", "d\x1B[0m\nx", "\b\by\nplain\n"}),
              ElementsAre("red@1,2", "y@2,2", "plain@3,3"));
  EXPECT_THAT(Lines(Source::kOutput, {"10%\r", "20%\r\n"}), ElementsAre("10%@1,1", "20%@2,2"));
}

TEST(ChannelLinesTest, RawBytesStayAsTheyWere) {
  EXPECT_THAT(Lines(Source::kRaw, {"a\x1B[1m", "b\r\n\xFF\n"}),
              ElementsAre("a\x1B[1mb\r@1,2", "\xFF@2,2"));
}

TEST(ChannelLinesTest, RawLinesAreBounded) {
  const auto lines = Lines(Source::kRaw, {std::string(PlainText::kMaxLine + 5, 'x')});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1], "xxxxx@1,1");
}

TEST(ChannelLinesTest, TypedKeysAreObeyed) {
  EXPECT_THAT(Lines(Source::kTyped, {"lx\x7Fs\r"}), ElementsAre("ls@1,1"));
}

// Passing lines by is not to be told from reading them.
TEST(ChannelLinesTest, SameLinesAsPlainText) {
  std::mt19937 random(1);
  const std::vector<std::string> parts = {
      "a",  "word",    " ",       "\t",     "\n",       "\n",   "\r\n", "\r",          "\b",
      "\v", "\x1B[1m", "\x1B[2K", "\x1B[D", "\xC3\xA4", "\xC3", "\x07", "\x1B]0;t\x07"};
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> pieces(1 + random() % 5);
    for (std::string& piece : pieces) {
      for (size_t i = 1 + random() % 12; i > 0; --i) piece += parts[random() % parts.size()];
    }
    std::vector<std::string> expected;
    PlainText text(PlainText::Source::kOutput, [&](const TextLine& line) {
      // Of an empty line no time is known.
      const size_t last = std::max<size_t>(line.text.size(), 1) - 1;
      expected.push_back(fmt::format("{}@{},{}", line.text, line.TimeAt(0), line.TimeAt(last)));
    });
    int64_t now = 0;
    for (const std::string& piece : pieces) text.Feed(piece, ++now);
    text.Finish();
    std::vector<std::string> lines = Lines(Source::kOutput, pieces);
    for (auto* list : {&lines, &expected}) {
      for (std::string& line : *list) {
        if (line.starts_with('@')) line = "@";
      }
    }
    ASSERT_EQ(lines, expected) << "round " << round;
  }
}

}  // namespace
}  // namespace secure_exec
