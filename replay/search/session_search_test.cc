#include "replay/search/session_search.h"

#include <gmock/gmock.h>

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SessionSearchTest : public testing::Test {
 protected:
  struct Bytes {
    Channel channel;
    std::string_view bytes;
  };

  // Each piece a microsecond after the last. "CHANNEL MATCH LINE BEFORE|>TEXT|AFTER".
  static std::vector<std::string> Search(std::string_view pattern, SessionSearch::Options options,
                                         std::initializer_list<Bytes> session,
                                         Matcher::Options matching = {}) {
    const Matcher matcher = std::move(*Matcher::Create(pattern, matching));
    std::vector<std::string> hits;
    SessionSearch search(options, matcher, [&](const SearchHit& hit) {
      std::string& text = hits.emplace_back(
          fmt::format("{} {} {}{} ", ChannelName(hit.channel), hit.match_us, hit.line,
                      hit.full_screen ? fmt::format(" {}-{}", hit.began_us, hit.ended_us) : ""));
      for (const std::string& line : hit.before) text += line + "|";
      text += ">" + std::string(hit.text);
      for (const std::string& line : hit.after) text += "|" + line;
    });
    int64_t now = 0;
    for (const Bytes& piece : session) search.Feed(piece.channel, piece.bytes, ++now);
    search.Finish();
    return hits;
  }
};

TEST_F(SessionSearchTest, ATerminalIsSearchedAsItWasSeen) {
  EXPECT_THAT(
      Search("needle", {}, {{Channel::kStdout, "ne\x1B[1med"}, {Channel::kStdout, "le\r\n"}}),
      ElementsAre("stdout 2 1 >needle"));
  EXPECT_THAT(
      Search("needle", {},
             {{Channel::kStdout, "\x1B[?1049h\x1B[3;1Hneedle"}, {Channel::kStdout, "\x1B[2J"}}),
      ElementsAre("stdout 1 3 1-2 >needle"));
}

TEST_F(SessionSearchTest, WithoutATerminalEachChannelIsAText) {
  EXPECT_THAT(Search("x", {.terminal = false},
                     {{Channel::kStdout, "a\nx"},
                      {Channel::kStderr, "x err\n"},
                      {Channel::kStdout, " out\n"}}),
              ElementsAre("stderr 2 1 >x err", "stdout 1 2 >x out"));
}

TEST_F(SessionSearchTest, WhatWasTyped) {
  EXPECT_THAT(Search("delete", {}, {{Channel::kStdin, "dex"}, {Channel::kStdin, "\x7Flete ns\r"}}),
              ElementsAre("stdin 2 1 >delete ns"));
}

TEST_F(SessionSearchTest, TimeIsWhenTheMatchWasWhole) {
  const std::initializer_list<Bytes> typed = {{Channel::kStdout, "a nee"},
                                              {Channel::kStdout, "d"},
                                              {Channel::kStdout, "le b"},
                                              {Channel::kStdout, "ox\r\n"}};
  EXPECT_THAT(Search("needle", {}, typed), ElementsAre("stdout 3 1 >a needle box"));
  EXPECT_THAT(Search("needle", {.terminal = false}, typed),
              ElementsAre("stdout 3 1 >a needle box"));
  EXPECT_THAT(Search("a", {}, typed), ElementsAre("stdout 1 1 >a needle box"));
}

TEST_F(SessionSearchTest, Context) {
  EXPECT_THAT(Search("x", {.terminal = false, .before = 1, .after = 2},
                     {{Channel::kStdout, "1\n2\nx3\n4\nx5\n6\n7\n8\n"}}),
              ElementsAre("stdout 1 3 2|>x3|4|x5", "stdout 1 5 4|>x5|6|7"));
  EXPECT_THAT(Search("x", {.before = 1, .after = 2},
                     {{Channel::kStdout, "1\r\n2\r\nx3\r\n4\r\nx5\r\n6\r\n7\r\n8"}}),
              ElementsAre("stdout 1 3 2|>x3|4|x5", "stdout 1 5 4|>x5|6|7"));
}

TEST_F(SessionSearchTest, LongLinesOfContextAreCut) {
  const std::string line(SessionSearch::kMaxContextLine - 1, '-');
  const std::string text = line + "\u00FC\nx\n" + line + "\u00FC\n";
  EXPECT_THAT(Search("x", {.terminal = false, .before = 1, .after = 1}, {{Channel::kStdout, text}}),
              ElementsAre("stdout 1 2 " + line + "…|>x|" + line + "…"));
}

TEST_F(SessionSearchTest, LinesWithout) {
  EXPECT_THAT(Search("x", {.terminal = false}, {{Channel::kStdout, "a\nx\nb\n"}}, {.invert = true}),
              ElementsAre("stdout 1 1 >a", "stdout 1 3 >b"));
}

TEST_F(SessionSearchTest, WithoutMeansOnceTheLineWasWhole) {
  EXPECT_THAT(Search("delete", {}, {{Channel::kStdout, "$ del"}, {Channel::kStdout, "ete\r\nls"}},
                     {.invert = true}),
              ElementsAre("stdout 2 2 >ls"));
}

TEST_F(SessionSearchTest, BytesAsTheyWere) {
  EXPECT_THAT(
      Search("\\x1b\\[1m.*\\xff", {.raw = true},
             {{Channel::kStdout, "no\n\x1B[1m"}, {Channel::kStdout, "\xFF\r\n"}}, {.bytes = true}),
      ElementsAre("stdout 2 2 >\x1B[1m\xFF\r"));
}

TEST_F(SessionSearchTest, BlocksOfPlainLinesAreCounted) {
  EXPECT_THAT(Search("x", {.terminal = false},
                     {{Channel::kStdout, "a\nx1\nb\nx2\nc"}, {Channel::kStdout, "c\nx3\n"}}),
              ElementsAre("stdout 1 2 >x1", "stdout 1 4 >x2", "stdout 2 6 >x3"));
}

TEST_F(SessionSearchTest, NothingIsNothing) {
  EXPECT_THAT(Search("x", {}, {}), IsEmpty());
  EXPECT_THAT(Search("x", {.terminal = false}, {{Channel::kStdout, "abc"}}), IsEmpty());
}

}  // namespace
}  // namespace secure_exec
