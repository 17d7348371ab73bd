#include "base/vt/safe_output.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/vt/safe_output_check.h"

namespace secure_exec {
namespace {

std::string Filter(std::string_view bytes, SafeOutput::Options options = {}) {
  SafeOutput safe(options);
  std::string out;
  safe.Feed(bytes, out);
  return out;
}

std::string FilterAll(std::string_view bytes) {
  SafeOutput safe;
  std::string out;
  safe.Feed(bytes, out);
  safe.Finish(out);
  return out;
}

struct Case {
  const char* name;
  std::string_view bytes;
  std::string_view shown;
};

class Shows : public testing::TestWithParam<Case> {};

TEST_P(Shows, ExactlyThis) {
  EXPECT_EQ(Filter(GetParam().bytes), GetParam().shown);
  EXPECT_EQ(FindUnsafe(Filter(GetParam().bytes)), "");
}

using namespace std::string_view_literals;

#define FFFD "\xEF\xBF\xBD"

const Case kAttacks[] = {
    {"ClipboardWrite", "a\x1B]52;c;cm0gLXJmIC8K\ab", "ab"},
    {"ClipboardWriteSt", "a\x1B]52;c;cm0gLXJmIC8K\x1B\\b", "ab"},
    {"ClipboardQuery", "a\x1B]52;c;?\ab", "ab"},
    {"SetTitle", "a\x1B]0;evil\ab", "ab"},
    {"TitleReport", "a\x1B[21tb", "ab"},
    {"IconReport", "a\x1B[20tb", "ab"},
    {"TitleStack", "a\x1B[22;0t\x1B[23;0tb", "ab"},
    {"MoveWindow", "a\x1B[3;0;0tb", "ab"},
    {"ResizeWindow", "a\x1B[8;1;1tb", "ab"},
    {"Iconify", "a\x1B[2tb", "ab"},
    {"Hyperlink", "a\x1B]8;;http://evil/\x1B\\text\x1B]8;;\x1B\\b", "atextb"},
    {"Palette", "a\x1B]4;0;#ffffff\ab", "ab"},
    {"PaletteQuery", "a\x1B]4;0;?\ab", "ab"},
    {"Foreground", "a\x1B]10;?\ab", "ab"},
    {"Font", "a\x1B]50;evil\ab", "ab"},
    {"LogFile", "a\x1B]46;/etc/passwd\ab", "ab"},
    {"ITermFile", "a\x1B]1337;File=inline=1:QUJD\ab", "ab"},
    {"Notification", "a\x1B]9;evil\ab\x1B]777;notify;a;b\ac", "abc"},
    {"UnterminatedOsc", "a\x1B]0;evil", "a"},
    {"UnterminatedOscDoesNotHide", "a\x1B]0;evil\r\nb", "a\r\nb"},
    {"UnterminatedDcsDoesNotHide", "a\x1BPq#0;2\nb", "a\nb"},
    {"Decrqss", "a\x1BP$q\"p\x1B\\b", "ab"},
    {"Xtgettcap", "a\x1BP+q544e\x1B\\b", "ab"},
    {"Decudk", "a\x1BP0;1|17/6c730d\x1B\\b", "ab"},
    {"Sixel", "a\x1BPq#0;2;0;0;0#0~~@@vv\x1B\\b", "ab"},
    {"TmuxPassthrough", "a\x1BPtmux;\x1B\x1B]52;c;QQ==\a\x1B\\b", "ab"},
    {"KittyGraphics", "a\x1B_Ga=T,t=f;L2V0Yy9wYXNzd2Q=\x1B\\b", "ab"},
    {"PrivacyMessage", "a\x1B^evil\x1B\\b", "ab"},
    {"StartOfString", "a\x1BXevil\x1B\\b", "ab"},
    {"NestedString", "a\x1B]0;\x1B]52;c;QQ==\ab", "ab"},
    {"Enquiry",
     "a\x05"
     "b",
     "ab"},
    {"DeviceAttributes", "a\x1B[c\x1B[0c\x1B[>c\x1B[=c\x1BZb", "ab"},
    {"StatusReport", "a\x1B[5n\x1B[6n\x1B[?6n\x1B[?15n\x1B[?25nb", "ab"},
    {"TerminalParameters", "a\x1B[xb", "ab"},
    {"ModeQuery", "a\x1B[?2026$p\x1B[4$pb", "ab"},
    {"PresentationReport", "a\x1B[1$w\x1B[2$wb", "ab"},
    {"ChecksumReport", "a\x1B[1;1;1;1;5;5*yb", "ab"},
    {"Locator", "a\x1B[1'|\x1B[1;2'zb", "ab"},
    {"Version", "a\x1B[>q\x1B[>0qb", "ab"},
    {"MediaCopy", "a\x1B[5ib\x1B[4ic\x1B[id\x1B[?5ie", "abcde"},
    {"MouseModes", "a\x1B[?1000h\x1B[?1002;1003;1006;9hb", "ab"},
    {"MouseHighlight", "a\x1B[1;2;3;4;5Tb", "ab"},
    {"BracketedPaste", "a\x1B[?2004hb", "ab"},
    {"FocusReports", "a\x1B[?1004hb", "ab"},
    {"ApplicationKeys", "a\x1B[?1h\x1B=\x1B>b", "ab"},
    {"Columns132", "a\x1B[?40h\x1B[?3hb", "ab"},
    {"KeyboardLock", "a\x1B[2hb", "ab"},
    {"KeyboardProtocols", "a\x1B[>4;2m\x1B[>1u\x1B[=1;1u\x1B[?ub", "ab"},
    {"Margins", "a\x1B[?69h\x1B[5;10sb", "ab"},
    {"ReverseScreen", "a\x1B[?5hb", "ab"},
    {"SoftReset", "a\x1B[!pb", "ab"},
    {"AlignmentPattern", "a\x1B#8b", "ab"},
    {"DoubleHeight", "a\x1B#3b", "ab"},
    {"CursorStyle", "a\x1B[1 qb", "ab"},
    {"Leds", "a\x1B[1qb", "ab"},
    {"EraseScrollback", "a\x1B[3Jb", "ab"},
    {"RectangleCopy", "a\x1B[1;1;5;5;1;1;1;1$vb", "ab"},
    {"Conceal", "a\x1B[8mb", "ab"},
    {"ConcealAmongOthers", "a\x1B[1;8;31mb", "a\x1B[1;31mb"},
    {"ConcealAfterUnderlineColour", "a\x1B[58;5;8mb", "ab"},
    {"ConcealBehindBadColour", "a\x1B[38;7;8;1mb", "ab"},
    {"RepetitionBomb", "a\x1B[65535bb", "a\x1B[1024bb"},
    {"HugeCounts", "a\x1B[99999999Lb", "a\x1B[9999Lb"},
    {"Bell", "a\a\a\ab", "ab"},
    {"Nul", "a\0b"sv, "ab"},
    {"Del",
     "a\x7F"
     "b",
     "ab"},
    {"Cancel",
     "a\x1B[1\x18"
     "31mb",
     "a31mb"},
    {"RawC1Csi",
     "a\x9B"
     "21tb",
     "a" FFFD "21tb"},
    {"RawC1Osc",
     "a\x9D"
     "52;c;QQ==\ab",
     "a" FFFD "52;c;QQ==b"},
    {"Utf8C1Csi",
     "a\xC2\x9B"
     "21tb",
     "a" FFFD "21tb"},
    {"Utf8C1Osc",
     "a\xC2\x9D"
     "52;c;QQ==\xC2\x9C"
     "b",
     "a" FFFD "52;c;QQ==" FFFD "b"},
    {"Utf8C1Dcs",
     "a\xC2\x90$q\"p\xC2\x9C"
     "b",
     "a" FFFD "$q\"p" FFFD "b"},
    {"OverlongEscape", "a\xC0\x9B[5nb", "a" FFFD FFFD "[5nb"},
    {"BidiOverride",
     "a\xE2\x80\xAE"
     "b",
     "a" FFFD "b"},
    {"BidiIsolate",
     "a\xE2\x81\xA6"
     "b\xE2\x81\xA9",
     "a" FFFD "b" FFFD},
    {"BidiMarks", "\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", FFFD FFFD FFFD},
    {"Annotation",
     "\xEF\xBF\xB9"
     "a\xEF\xBF\xBA"
     "b\xEF\xBF\xBB",
     FFFD "a" FFFD "b" FFFD},
    {"Tags",
     "a\xF3\xA0\x81\x81"
     "b",
     "a" FFFD "b"},
    {"EscapeInEscape", "a\x1B\x1B\x1B[5nb", "ab"},
    {"ControlInSequence", "a\x1B[5\r\n1nb", "a\r\nb"},
    {"Utf7Charset", "a\x1B%/1b\x1B%@c\x1B%Gd", "abcd"},
    {"OtherCharset", "a\x1B(A\x1B)K\x1B*0\x1B+Bb", "ab"},
    {"LockingShift", "a\x1Bn\x1Bo\x1B|\x1B}\x1B~b", "ab"},
    {"ScreenTitle", "a\x1Bkb", "ab"},
    {"Tektronix",
     "a\x1B\x0C"
     "b",
     "a\n"},
    {"TabStops", "a\x1BH\x1B[3g\x1B[gb", "ab"},
};

const Case kDrawing[] = {
    {"Text", "plain gr\xC3\xBC\xC3\x9F\xF0\x9F\x98\x80",
     "plain gr\xC3\xBC\xC3\x9F\xF0\x9F\x98\x80"},
    {"Controls", "a\r\n\tb\bc", "a\r\n\tb\bc"},
    {"VerticalTab", "a\vb\fc", "a\nb\nc"},
    {"Reset", "\x1B[m\x1B[0m", "\x1B[0m\x1B[0m"},
    {"Styles", "\x1B[1;4;7;31;107m", "\x1B[1;4;7;31;107m"},
    {"EmptyStyleIsReset", "\x1B[;1m", "\x1B[0;1m"},
    {"Palette", "\x1B[38;5;208;48;5;8m", "\x1B[38;5;208;48;5;8m"},
    {"TrueColour", "\x1B[38;2;1;2;3;1m", "\x1B[38;2;1;2;3;1m"},
    {"ColonColours", "\x1B[38:5:208;48:2::1:2:3m", "\x1B[38;5;208;48;2;1;2;3m"},
    {"ColonColourWithoutSpace", "\x1B[38:2:1:2:3m", "\x1B[38;2;1;2;3m"},
    {"ColourOutOfRange", "\x1B[38;5;256;1m", "\x1B[1m"},
    {"UnfinishedColour", "\x1B[1;38;5m", "\x1B[1m"},
    {"CurlyUnderline", "\x1B[4:3;58:2::1:2:3m\x1B[4:0m", "\x1B[4m\x1B[24m"},
    {"Position", "\x1B[H\x1B[;5H\x1B[3;4f", "\x1B[H\x1B[;5H\x1B[3;4f"},
    {"Movement", "\x1B[A\x1B[2B\x1B[3C\x1B[4D\x1B[5G\x1B[6d",
     "\x1B[A\x1B[2B\x1B[3C\x1B[4D\x1B[5G\x1B[6d"},
    {"Erase", "\x1B[J\x1B[1J\x1B[2J\x1B[K\x1B[?2K\x1B[4X",
     "\x1B[0J\x1B[1J\x1B[2J\x1B[0K\x1B[2K\x1B[4X"},
    {"InsertDelete", "\x1B[@\x1B[2P\x1B[L\x1B[M", "\x1B[@\x1B[2P\x1B[L\x1B[M"},
    {"Scroll", "\x1B[2;5r\x1B[S\x1B[2T\x1B[r", "\x1B[2;5r\x1B[S\x1B[2T\x1B[r"},
    {"SaveRestore",
     "\x1B"
     "7\x1B"
     "8\x1B[s\x1B[u",
     "\x1B"
     "7\x1B"
     "8\x1B[s\x1B[u"},
    {"Index",
     "\x1B"
     "D\x1B"
     "E\x1BM",
     "\x1B"
     "D\x1B"
     "E\x1BM"},
    {"LineDrawing", "\x1B(0q\x1B(B\x1B)0\x0Eq\x0F", "\x1B(0q\x1B(B\x1B)0\x0Eq\x0F"},
    {"Modes", "\x1B[?25l\x1B[?7l\x1B[?1049h", "\x1B[?25l\x1B[?7l\x1B[?1049h"},
    {"ModesAmongOthers", "\x1B[?1;25;2004;1049h", "\x1B[?25h\x1B[?1049h"},
    {"Repeat", "=\x1B[b=\x1B[79b", "=\x1B[1b=\x1B[79b"},
    {"Joiners", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB",
     "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB"},
};

std::string CaseName(const testing::TestParamInfo<Case>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Attack, Shows, testing::ValuesIn(kAttacks), CaseName);
INSTANTIATE_TEST_SUITE_P(Drawing, Shows, testing::ValuesIn(kDrawing), CaseName);

TEST(SafeOutputTest, BellAndNewlinesAsAsked) {
  EXPECT_EQ(Filter("a\ab", {.bell = true}), "a\ab");
  EXPECT_EQ(Filter("a\nb", {.newline_returns = true}), "a\r\nb");
}

TEST(SafeOutputTest, FullResetClearsWithoutResetting) {
  const std::string out = Filter(
      "\x1B[?1049h\x1B"
      "c");
  EXPECT_EQ(out.find("\x1B"
                     "c"),
            std::string::npos);
  EXPECT_NE(out.find("\x1B[?1049l"), std::string::npos);
  EXPECT_NE(out.find("\x1B[H\x1B[2J"), std::string::npos);
  EXPECT_EQ(FindUnsafe(out), "");
}

TEST(SafeOutputTest, FinishUndoesNothingWhereNothingWasDone) {
  EXPECT_EQ(FilterAll("plain\r\n"), "plain\r\n");
}

TEST(SafeOutputTest, FinishGivesTheTerminalBack) {
  SafeOutput safe;
  std::string out;
  safe.Feed("\x1B[?1049h\x1B[31m\x1B[?25l\x1B[?7l\x1B[2;3r\x1B(0", out);
  out.clear();
  safe.Finish(out);
  for (const char* undo : {"\x1B[?1049l", "\x1B[0m", "\x1B[?25h", "\x1B[?7h", "\x1B[r", "\x1B(B"}) {
    EXPECT_NE(out.find(undo), std::string::npos) << undo + 1;
  }
  // Leaving the alternate screen brings a saved style back.
  EXPECT_LT(out.find("\x1B[?1049l"), out.find("\x1B[0m"));
  EXPECT_EQ(FindUnsafe(out), "");
}

TEST(SafeOutputTest, FinishShowsAnIncompleteCharacterAndForgetsAnOpenSequence) {
  EXPECT_EQ(FilterAll("a\xE2\x82"), "a" FFFD);
  EXPECT_EQ(FilterAll("a\x1B[3"), "a");
}

TEST(SafeOutputTest, EveryTwoWaySplitGivesTheSame) {
  std::string all;
  for (const Case& c : kAttacks) all += c.bytes;
  for (const Case& c : kDrawing) all += c.bytes;
  const std::string whole = FilterAll(all);
  for (size_t cut = 0; cut <= all.size(); ++cut) {
    SafeOutput safe;
    std::string out;
    safe.Feed(std::string_view(all).substr(0, cut), out);
    EXPECT_EQ(FindUnsafe(out), "") << "cut at " << cut;
    safe.Feed(std::string_view(all).substr(cut), out);
    safe.Finish(out);
    EXPECT_EQ(out, whole) << "cut at " << cut;
  }
}

// What was let through is let through again as it is.
TEST(SafeOutputTest, FilteringTwiceChangesNothing) {
  for (const Case& c : kDrawing) EXPECT_EQ(Filter(c.shown), c.shown) << c.name;
}

TEST(SafeOutputTest, RandomSequencesGiveOnlyWhatIsAllowed) {
  std::mt19937 random(1);
  constexpr std::string_view kPieces[] = {"\x1B",
                                          "[",
                                          "]",
                                          "P",
                                          "?",
                                          ">",
                                          ";",
                                          ":",
                                          "0",
                                          "8",
                                          "38",
                                          "48",
                                          "58",
                                          "5",
                                          "2",
                                          "1049",
                                          "99999",
                                          "m",
                                          "h",
                                          "l",
                                          "t",
                                          "c",
                                          "n",
                                          "J",
                                          "b",
                                          "T",
                                          "s",
                                          "u",
                                          "r",
                                          "q",
                                          "i",
                                          "(",
                                          "%",
                                          "\a",
                                          "\\",
                                          "\n",
                                          "\r",
                                          "\x18",
                                          "\x9B",
                                          "\xC2",
                                          "\xE2\x80\xAE",
                                          "\x7F",
                                          "text",
                                          "\x1B[",
                                          "\x1B[?",
                                          "$",
                                          "!",
                                          " "};
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (int n = 0; n < 24; ++n) bytes += kPieces[random() % std::size(kPieces)];
    const std::string out = FilterAll(bytes);
    ASSERT_EQ(FindUnsafe(out), "") << testing::PrintToString(bytes);
  }
}

TEST(SafeOutputCheckTest, FindsWhatIsNotAllowed) {
  for (std::string_view bad :
       {"\x1B", "\x1B[", "\x1B[5n", "\x1B]0;t\a", "\x1B[8m", "\x1B[1;8m", "\a", "\x9B", "\xC2\x9B",
        "\x7F", "\x1B[3J", "\x1B[2000b", "\x1B[?1000h", "\x1B[38;5m", "\x1B[10000A", "\x1B[1;2s",
        "\xE2\x80\xAE"}) {
    EXPECT_NE(FindUnsafe(bad), "") << testing::PrintToString(bad);
  }
}

}  // namespace
}  // namespace secure_exec
