#include "base/vt/parser.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/vt/event_log.h"

namespace secure_exec {
namespace {

std::string Parse(std::string_view bytes, Parser::Options options = {}) {
  Parser parser(options);
  EventLog log;
  parser.Feed(bytes, log);
  parser.Finish(log);
  return log.text();
}

TEST(ParserTest, Text) { EXPECT_EQ(Parse("hello, world"), "print hello, world\n"); }

TEST(ParserTest, Controls) {
  EXPECT_EQ(Parse("a\r\nb\x7F"), "print a\nc0 0d\nc0 0a\nprint b\nc0 7f\n");
  EXPECT_EQ(Parse(std::string("\0", 1)), "c0 00\n");
}

// Every byte (but ESC) at every place of a run that the fast scan takes eight at a time.
TEST(ParserTest, EveryByteInARun) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte == 0x1B) continue;
    for (size_t at = 0; at < 19; ++at) {
      const std::string front(at, 'x');
      const std::string back(18 - at, 'x');
      std::string want;
      if (byte < 0x20 || byte == 0x7F) {
        if (!front.empty()) want += "print " + front + "\n";
        want += fmt::format("c0 {:02x}\n", byte);
        if (!back.empty()) want += "print " + back + "\n";
      } else {
        const std::string shown =
            byte < 0x80 ? std::string(1, static_cast<char>(byte)) : std::string("\xEF\xBF\xBD");
        want = "print " + front + shown + back + "\n";
      }
      ASSERT_EQ(Parse(front + static_cast<char>(byte) + back), want) << byte << " at " << at;
    }
  }
}

TEST(ParserTest, ControlSequences) {
  EXPECT_EQ(Parse("\x1B[m"), "csi m\n");
  EXPECT_EQ(Parse("\x1B[1;31m"), "csi 1;31m\n");
  EXPECT_EQ(Parse("\x1B[;5H"), "csi ;5H\n");
  EXPECT_EQ(Parse("\x1B[38:2::1:2:3m"), "csi 38:2::1:2:3m\n");
  EXPECT_EQ(Parse("\x1B[?1049h"), "csi ?1049h\n");
  EXPECT_EQ(Parse("\x1B[>c"), "csi >c\n");
  EXPECT_EQ(Parse("\x1B[!p"), "csi !p\n");
  EXPECT_EQ(Parse("\x1B[2 q"), "csi 2 q\n");
  EXPECT_EQ(Parse("\x1B[?2026$p"), "csi ?2026$p\n");
}

TEST(ParserTest, ParametersAreBounded) {
  EXPECT_EQ(Parse("\x1B[99999999999999999999m"), "csi 65535m\n");
  std::string many = "\x1B[1";
  for (int i = 1; i < 32; ++i) many += ";1";
  EXPECT_EQ(Parse(many + "m").find("overflow"), std::string::npos);
  EXPECT_NE(Parse(many + ";7m").find("1m overflow"), std::string::npos);
}

TEST(ParserTest, MalformedSequencesAreDropped) {
  EXPECT_EQ(Parse("\x1B[1?5hx"), "print x\n");
  EXPECT_EQ(Parse("\x1B[?<5hx"), "print x\n");
  EXPECT_EQ(Parse("\x1B[ 1qx"), "print x\n");
  EXPECT_EQ(Parse("\x1B[ !\"#qx"), "print x\n");
  EXPECT_EQ(Parse("\x1B !\"Fx"), "print x\n");
}

TEST(ParserTest, ControlsInsideASequenceComeFirst) {
  EXPECT_EQ(Parse("\x1B[1\n;2H"), "c0 0a\ncsi 1;2H\n");
  EXPECT_EQ(Parse("\x1B[1\x18Hx"), "c0 18\nprint Hx\n");
  EXPECT_EQ(Parse("\x1B[1\x1B[2K"), "csi 2K\n");
}

TEST(ParserTest, EscapeSequences) {
  EXPECT_EQ(Parse("\x1B"
                  "7\x1B(0\x1B#8\x1B\\"),
            "esc 7\nesc (0\nesc #8\nesc \\\n");
}

TEST(ParserTest, Strings) {
  EXPECT_EQ(Parse("\x1B]0;title\ax"), "osc 0;title\nprint x\n");
  EXPECT_EQ(Parse("\x1B]0;title\x1B\\x"), "osc 0;title\nprint x\n");
  EXPECT_EQ(Parse("\x1BPq#0\x1B\\x"), "dcs q#0\nprint x\n");
  EXPECT_EQ(Parse("\x1BXs\x1B\\\x1B^p\x1B\\\x1B_G\x1B\\"), "sos s\npm p\napc G\n");
  EXPECT_EQ(Parse("\x1BP\a1\x1B\\"), "dcs 1\n");
  EXPECT_EQ(Parse("\x1B]0;\xC2\x9Cx\a"), "osc 0;\xC2\x9Cx\n");
}

TEST(ParserTest, AnyEscapeEndsAString) {
  EXPECT_EQ(Parse("\x1B]0;t\x1B[1mx"), "osc 0;t\ncsi 1m\nprint x\n");
}

TEST(ParserTest, CancelledAndUnfinishedStringsAreDropped) {
  EXPECT_EQ(Parse("\x1B]0;t\x18x"), "c0 18\nprint x\n");
  EXPECT_EQ(Parse("\x1B]0;t\x1Ax"), "c0 1a\nprint x\n");
  EXPECT_EQ(Parse("\x1B]0;t"), "");
}

TEST(ParserTest, LongStringsAreCut) {
  EXPECT_EQ(Parse("\x1B]" + std::string(Parser::kMaxString, 'a') + "\a"),
            "osc " + std::string(Parser::kMaxString, 'a') + "\n");
  EXPECT_EQ(Parse("\x1B]" + std::string(1'000'000, 'a') + "\ax"),
            "osc " + std::string(Parser::kMaxString, 'a') + " truncated\nprint x\n");
}

TEST(ParserTest, NewlineEndsStringsWhereAsked) {
  EXPECT_EQ(Parse("\x1B]0;t\nx\a"), "osc 0;tx\n");
  EXPECT_EQ(Parse("\x1B]0;t\nx", {.newline_ends_strings = true}), "c0 0a\nprint x\n");
  EXPECT_EQ(Parse("\x1B_t\rx", {.newline_ends_strings = true}), "c0 0d\nprint x\n");
}

TEST(ParserTest, Utf8) {
  EXPECT_EQ(Parse("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80!"),
            "print gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80!\n");
  EXPECT_EQ(Parse("a\x9B"
                  "31m"),
            "print a\xEF\xBF\xBD"
            "31m\n");
  EXPECT_EQ(Parse("a\xC2\x9B"
                  "31m"),
            "print a\nc1 9b\nprint 31m\n");
  EXPECT_EQ(Parse("\xE2\x82"), "print \xEF\xBF\xBD\n");
  EXPECT_EQ(Parse("\xE2\x82\x1B[m"), "print \xEF\xBF\xBD\ncsi m\n");
}

TEST(ParserTest, GroundBetweenSequencesAndCharacters) {
  Parser parser;
  EventLog log;
  EXPECT_TRUE(parser.ground());
  for (std::string_view open : {"\x1B", "[", "1;", "31"}) {
    parser.Feed(open, log);
    EXPECT_FALSE(parser.ground());
  }
  parser.Feed("m", log);
  EXPECT_TRUE(parser.ground());
  parser.Feed("\xE2\x82", log);
  EXPECT_FALSE(parser.ground());
  parser.Feed("\xAC", log);
  EXPECT_TRUE(parser.ground());
  parser.Feed("\x1B]0;t\x1B", log);
  EXPECT_FALSE(parser.ground());
  parser.Feed("\\", log);
  EXPECT_TRUE(parser.ground());
}

TEST(ParserTest, EveryTwoWaySplitGivesTheSameEvents) {
  const std::string bytes =
      "plain text long enough for the fast path "
      "\x1B[1;38:5:8mx\xF0\x9F\x98\x80\xC2\x9B\xE2\x82z\x1B]52;c;QQ=="
      "\a\x1BP$qm\x1B\\\x1B(0q\x1B[?25l\r\n\x7F\x1B_x\x18\x1B[<1;2M\xFF\x1B!!!Fy";
  const std::string whole = Parse(bytes);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    Parser parser;
    EventLog log;
    parser.Feed(std::string_view(bytes).substr(0, cut), log);
    parser.Feed(std::string_view(bytes).substr(cut), log);
    parser.Finish(log);
    EXPECT_EQ(log.text(), whole) << "cut at " << cut;
  }
}

// What is taken in runs (text, digits, the start of a sequence) means what it does byte by byte.
TEST(ParserTest, GeneratedBytesOneByOneGiveTheSameEvents) {
  constexpr std::string_view kPieces[] = {
      "\x1B", "[",     "0",     "7",    "65535", "99999",     ";",
      ":",    "?",     "<",     " ",    "!",     "m",         "H",
      "~",    "\x7F",  "\n",    "\x18", "\x9B",  "\xC2\x9B",  "\u20AC",
      "\xE2", "\x1B[", "\x1B]", "\a",   "\x1BP", "\x1B[1;2m", "text of ten letters"};
  std::mt19937 random(1);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes;
    for (int i = 0; i < 24; ++i) bytes += kPieces[random() % std::size(kPieces)];
    if (round % 10 == 0) bytes.insert(bytes.size() / 2, "\x1B[" + std::string(40, ';'));
    Parser parser;
    EventLog log;
    for (const char& byte : bytes) parser.Feed({&byte, 1}, log);
    parser.Finish(log);
    ASSERT_EQ(Parse(bytes), log.text()) << testing::PrintToString(bytes);
    EventLog short_sgr(true);
    Parser whole;
    whole.Feed(bytes, short_sgr);
    whole.Finish(short_sgr);
    ASSERT_EQ(short_sgr.text(), log.text()) << testing::PrintToString(bytes);
  }
}

TEST(ParserTest, ShortSgrHaveEightBytesAtMost) {
  class Taker : public EventLog {
   public:
    std::string taken;

   private:
    bool ShortSgr(uint64_t params) override {
      for (; params != 0; params >>= 8) taken += static_cast<char>(params & 0xFF);
      taken += 'm';
      return true;
    }
  } taker;
  Parser parser;
  parser.Feed(
      "\x1B[m\x1B[0;1;31mtext of ten letters\x1B[38;5;200m\x1B[38;5;0200m\x1B[4:3m\x1B[>4mx",
      taker);
  EXPECT_EQ(taker.taken, "m0;1;31m38;5;200m4:3m");
  EXPECT_EQ(taker.text(), "print text of ten letters\ncsi 38;5;200m\ncsi >4m\nprint x\n");
}

// Cut anywhere, the rest means the same to a new parser that was brought to the place.
TEST(ParserTest, UnfinishedBringsANewParserToThePlace) {
  std::string many = "\x1B[1";
  for (int i = 1; i < 40; ++i) many += ";1";
  for (const std::string& bytes :
       {std::string("a\x1B[?1;;38:2::7m\x1B[ q\x1B[!!!p\x1B(0\x1B (((0z"), many + "my",
        std::string("\x1B]0;title\x1B\\\x1BPq\x1B[1mx\x1B_a\x18z\xE2\x82\xAC\xF0\x9F\x98\x80"),
        "\x1B]8;;" + std::string(Parser::kMaxString + 5, 'x') + "\ay"}) {
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
      EventLog whole;
      Parser first;
      first.Feed(bytes.substr(0, cut), whole);
      EventLog before;
      Parser second;
      second.Feed(first.Unfinished(), before);
      EventLog rest;
      EventLog again;
      first.Feed(bytes.substr(cut), rest);
      second.Feed(bytes.substr(cut), again);
      first.Finish(rest);
      second.Finish(again);
      ASSERT_EQ(again.text(), rest.text()) << testing::PrintToString(bytes) << " at " << cut;
    }
  }
}

}  // namespace
}  // namespace secure_exec
