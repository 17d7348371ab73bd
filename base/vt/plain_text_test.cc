#include "base/vt/plain_text.h"

#include <gtest/gtest.h>

#include <string>

namespace secure_exec {
namespace {

// Lines joined with '|'; a piece that its end does not follow has '~' after it.
std::string Lines(std::string_view bytes, PlainText::Source source, int columns = 0,
                  size_t cut = std::string::npos) {
  std::string out;
  PlainText text(source, [&](const TextLine& line) {
    out += line.text;
    out += line.ended ? "|" : "~";
  });
  text.SetColumns(columns);
  text.Feed(bytes.substr(0, cut), 1);
  if (cut < bytes.size()) text.Feed(bytes.substr(cut), 2);
  text.Finish();
  return out;
}

std::string Output(std::string_view bytes, int columns = 0) {
  return Lines(bytes, PlainText::Source::kOutput, columns);
}
std::string Typed(std::string_view bytes) { return Lines(bytes, PlainText::Source::kTyped); }

TEST(PlainTextTest, Lines) {
  EXPECT_EQ(Output("a\nb\r\nc"), "a|b|c~");
  EXPECT_EQ(Output("\n\n"), "||");
  EXPECT_EQ(Output(""), "");
  EXPECT_EQ(Output("a\r\r\nb\n"), "a|b|");
}

TEST(PlainTextTest, EscapeSequencesAreRemoved) {
  EXPECT_EQ(Output("\x1B[1;31mred\x1B[0m \x1B]0;title\a\x1B(Btext\n"), "red text|");
}

TEST(PlainTextTest, OtherControlsAreDropped) {
  EXPECT_EQ(Output(std::string_view("a\a\0\x05\x7F\xC2\x85"
                                    "b\tc\n",
                                    11)),
            "ab\tc|");
}

TEST(PlainTextTest, InvalidBytesAreShown) { EXPECT_EQ(Output("a\xFF\n"), "a\xEF\xBF\xBD|"); }

TEST(PlainTextTest, UnterminatedStringHidesOneLineAtMost) {
  EXPECT_EQ(Output("a\x1B]0;evil\nb\n"), "a|b|");
}

TEST(PlainTextTest, BackspaceErasesWhatWasTyped) {
  EXPECT_EQ(Output("$ lss\b\x1B[K\r\n"), "$ ls|");
  EXPECT_EQ(Output("$ lss\b \b\r\n"), "$ ls |");
  EXPECT_EQ(Output("\b\ba\n"), "a|");
  EXPECT_EQ(Output("gr\xC3\xBC\b\x1B[Ku\n"), "gru|");
}

TEST(PlainTextTest, OverstrikeOfManualPages) { EXPECT_EQ(Output("N\bNA\bA_\bx\n"), "NAx|"); }

// As bash's readline draws: cursor left, insert, delete, and back to the start by CR.
TEST(PlainTextTest, EditingWithinTheLine) {
  EXPECT_EQ(Output("$ ls -l\b\b\b\x1B[1@X\r\n"), "$ lsX -l|");
  EXPECT_EQ(Output("$ ls -l\b\b\b\x1B[2Px\r\n"), "$ lsx|");
  EXPECT_EQ(Output("$ ls\r$ \x1B[5@echo \r\n"), "$ echo ls|");
  EXPECT_EQ(Output("$ abc\x1B[2DX\x1B[Cd\n"), "$ aXcd|");
}

TEST(PlainTextTest, OverwrittenLinesAreKept) {
  EXPECT_EQ(Output("10%\r20%\r100%\n"), "10%|20%|100%|");
  EXPECT_EQ(Output("secret\r\x1B[Knothing\n"), "secret|nothing|");
  EXPECT_EQ(Output("secret\x1B[2K\rnothing\n"), "secret|nothing|");
  EXPECT_EQ(Output("secret\x1B[1Gnothing\n"), "secret|nothing|");
  EXPECT_EQ(Output("same\rsame\n"), "same|");
}

TEST(PlainTextTest, WrappedCommandIsJoined) {
  EXPECT_EQ(Output("$ 23456789 \r0123\r\n", 10), "$ 234567890123|");
  EXPECT_EQ(Output("$ 23456789 \r0123\r\n", 0), "$ 23456789 |0123|");
}

TEST(PlainTextTest, OtherRowsAreOtherLines) {
  EXPECT_EQ(Output("\x1B[?1049h\x1B[1;1Hone\x1B[2;1Htwo\x1B[?1049l$ "), "one|two|$ ~");
}

TEST(PlainTextTest, GapsAreSpaces) { EXPECT_EQ(Output("a\x1B[3Cb\x1B[8Gc\n"), "a   b  c|"); }

TEST(PlainTextTest, LongLinesComeInPieces) {
  const std::string long_line(PlainText::kMaxLine + 1, 'x');
  const std::string out = Output(long_line + "\n");
  EXPECT_EQ(out.size(), PlainText::kMaxLine + 3);
  EXPECT_EQ(out[PlainText::kMaxLine], '~');
  EXPECT_EQ(out.back(), '|');
}

TEST(PlainTextTest, PiecesEndBetweenCharacters) {
  std::string bytes(PlainText::kMaxLine - 1, 'x');
  bytes += "\xC3\xBC";
  const std::string out = Output(bytes);
  EXPECT_EQ(out.substr(PlainText::kMaxLine - 1), "~\xC3\xBC~");
}

TEST(PlainTextTest, Typed) {
  EXPECT_EQ(Typed("ls -l\r"), "ls -l|");
  EXPECT_EQ(Typed("lss\x7F -l\x7Fx\r"), "ls -x|");
  EXPECT_EQ(Typed("rm -rf /\x15ls\r"), "ls|");
  EXPECT_EQ(Typed("ls a b\x17"
                  "c\r\n"),
            "ls a c|");
  EXPECT_EQ(Typed("sleep\x03\x04ls\n"), "sleep|ls|");
  EXPECT_EQ(Typed("\x1B[A\x1B[200~pasted\x1B[201~\r"), "pasted|");
}

TEST(PlainTextTest, TimesAreThoseOfTheCharacters) {
  std::vector<int64_t> times;
  PlainText text(PlainText::Source::kOutput, [&](const TextLine& line) {
    for (size_t i = 0; i < line.text.size(); ++i) times.push_back(line.TimeAt(i));
  });
  text.Feed("$ ", 10);
  text.Feed("l", 20);
  text.Feed("s\n", 30);
  text.Feed("x", 40);
  text.Feed("\n", 50);
  EXPECT_EQ(times, (std::vector<int64_t>{10, 10, 20, 30, 40}));
}

TEST(PlainTextTest, EveryTwoWaySplitGivesTheSame) {
  const std::string_view bytes =
      "\x1B[1mpro\xC3\xBC\x1B[0m$ ls "
      "-l\b\b\b\x1B[1@X\r\n10%\r20%\r\n\x1B]0;t\a\x1B[2Jtop\x1B[3;1Hx\xF0\x9F"
      "\x98\x80\xFF\r\x1B[K$ 23456789 \r0123\n";
  for (int columns : {0, 10}) {
    const std::string whole = Output(bytes, columns);
    for (size_t cut = 0; cut < bytes.size(); ++cut) {
      EXPECT_EQ(Lines(bytes, PlainText::Source::kOutput, columns, cut), whole) << cut;
    }
  }
}

}  // namespace
}  // namespace secure_exec
