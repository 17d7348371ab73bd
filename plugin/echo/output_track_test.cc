#include "plugin/echo/output_track.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace secure_exec {
namespace {

class OutputTrackTest : public ::testing::Test, protected OutputTrack::Listener {
 protected:
  void OnPrint(char32_t c, int64_t at, int64_t after, char32_t before) override {
    EXPECT_LE(at, after);
    log_ += c < 0x80 ? std::string(1, static_cast<char>(c)) : "?";
    log_ += std::to_string(at % 1000);
    if (before != 0) log_ += before < 0x80 ? std::string("<") + static_cast<char>(before) : "<?";
    log_ += ' ';
  }
  void OnNewline() override { log_ += "NL "; }
  void OnMarginNewline() override { log_ += "nl "; }
  void OnReturn() override { log_ += "CR "; }
  void OnAlternateScreen(bool on) override { log_ += on ? "ALT " : "MAIN "; }

  std::string Log(std::string_view bytes) {
    log_.clear();
    track_.Feed(bytes);
    return log_;
  }

  std::string log_;
  OutputTrack track_{*this};
};

TEST_F(OutputTrackTest, TextGoesOnAtTheCursor) {
  EXPECT_EQ(Log("$ l"), "$0  1<$ l2<  ");
  EXPECT_EQ(Log("\x1B[1ms\x1B[m"), "s3<l ");
  EXPECT_EQ(track_.cursor(), 4);
}

TEST_F(OutputTrackTest, MovesAlongTheLine) {
  EXPECT_EQ(Log("abc\b\bX"), "a0 b1<a c2<b X1 ");
  EXPECT_EQ(Log("\x1B[5Cy\x1B[2Dz"), "y7 z6 ");
  EXPECT_EQ(Log("\rq\x1B[4Gr\x1B[Gs"), "CR q0 r3 CR s0 ");
  EXPECT_EQ(Log("\x1B"
                "7tt\x1B"
                "8u"),
            "t1<s t2<t u1 ");
}

TEST_F(OutputTrackTest, LinesEnd) {
  EXPECT_EQ(Log("ab\r\nc"), "a0 b1<a CR NL c80 ");
  EXPECT_EQ(Log("\x1B"
                "Ed"),
            "NL d160 ");
  EXPECT_EQ(Log("\x1B[H"), "NL ");
}

TEST_F(OutputTrackTest, WrappedTextGoesOn) {
  track_.SetColumns(4);
  EXPECT_EQ(Log("abcd \rX"), "a0 b1<a c2<b d3<c  4<d CR X4 ");
  EXPECT_EQ(Log("\x1B[A\rY\x1B[B"), "CR Y0 ");
  EXPECT_EQ(track_.cursor(), 5);
}

TEST_F(OutputTrackTest, ANewlineAtTheMarginWrapsOnly) {
  track_.SetColumns(4);
  EXPECT_EQ(Log("abcd\r\r\nX"), "a0 b1<a c2<b d3<c nl X4<d ");
  EXPECT_EQ(Log("\r\nY"), "CR NL Y8 ");
}

TEST_F(OutputTrackTest, Widths) {
  EXPECT_EQ(Log("\xE6\xBC\xA2"
                "a"),
            "?0 a2<? ");
  EXPECT_EQ(CharColumns(U'a'), 1);
  EXPECT_EQ(CharColumns(0x0301), 0);
  EXPECT_EQ(CharColumns(0xAC00), 2);
  EXPECT_EQ(CharColumns(0x1F600), 2);
  EXPECT_EQ(CharColumns(0x00E9), 1);
}

TEST_F(OutputTrackTest, TheAlternateScreen) {
  EXPECT_EQ(Log("\x1B[?1049h"), "NL ALT ");
  EXPECT_TRUE(track_.alternate_screen());
  EXPECT_EQ(Log("\x1B[?1049h"), "");
  EXPECT_EQ(Log("\x1B[?25;47l"), "NL MAIN ");
  EXPECT_EQ(Log("\x1B[?1047h\x1B"
                "c"),
            "NL ALT NL NL MAIN ");
}

TEST_F(OutputTrackTest, NoMoveOverflows) {
  for (int i = 0; i < 100; ++i) Log("\x1B[9999B\x1B[99999999C\x1B[H\x1B[99999A");
  EXPECT_GE(track_.cursor(), 0);
}

TEST_F(OutputTrackTest, WithoutDetailsThePlaceIsKept) {
  track_.SetDetailed(false);
  EXPECT_EQ(Log("abc"), "a0 ");
  EXPECT_EQ(Log("\xC3\xA9"), "?3<c ");
  EXPECT_EQ(track_.cursor(), 4);
}

}  // namespace
}  // namespace secure_exec
