#include "plugin/echo/echo_tracker.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace secure_exec {
namespace {

// What is recorded, as a text: p, i(…), P(…), m(…), and o for output in between.
class EchoTrackerTest : public ::testing::Test, protected EchoTracker::Sink {
 protected:
  void Placeholder() override { log_ += "p "; }
  void Text(std::string_view bytes) override { log_ += "i(" + Visible(bytes) + ") "; }
  void Masked(std::string_view text) override { log_ += "P(" + Visible(text) + ") "; }
  void Marker(std::string_view text) override {
    EXPECT_TRUE(text.starts_with("secure-exec: ")) << text;
    log_ += "m ";
    marker_ = text;
  }
  static std::string Visible(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
      out += c == '\r' ? "\\r" : c == '\x1B' ? "\\e" : c == '\x7F' ? "\\d" : std::string(1, c);
      if (c >= 0 && c < 0x20 && c != '\r' && c != '\x1B') out.back() = '^';
    }
    return out;
  }

  std::string Type(std::string_view bytes) {
    log_.clear();
    tracker().Type(bytes, now_);
    return Log();
  }
  std::string Shown(std::string_view bytes) {
    log_.clear();
    tracker().Output(bytes, now_);
    return Log();
  }
  std::string Wait(int64_t ns) {
    log_.clear();
    now_ += ns;
    tracker().Expire(now_);
    return Log();
  }
  std::string Finish() {
    log_.clear();
    tracker().Finish();
    return Log();
  }
  std::string Log() {
    if (!log_.empty()) log_.pop_back();
    return log_;
  }
  EchoTracker& tracker() {
    if (!tracker_) tracker_.emplace(static_cast<EchoTracker::Sink&>(*this), text_where_unechoed_);
    return *tracker_;
  }
  void TextWhereUnechoed() { text_where_unechoed_ = true; }

  bool text_where_unechoed_ = false;
  std::optional<EchoTracker> tracker_;
  int64_t now_ = 1000 * kSecond;
  std::string log_;
  std::string marker_;
};

TEST_F(EchoTrackerTest, APlaceholderThenTheTextOfAnEchoedLine) {
  Shown("$ ");
  EXPECT_EQ(Type("l"), "p");
  EXPECT_EQ(Shown("l"), "");
  EXPECT_EQ(Type("s"), "");
  EXPECT_EQ(Shown("s"), "");
  EXPECT_EQ(Type("\r"), "i(ls\\r)");
}

TEST_F(EchoTrackerTest, SentAtOnceIsDecidedByItsEcho) {
  Shown("$ ");
  EXPECT_EQ(Type("ls\r"), "p");
  EXPECT_EQ(Shown("l"), "");
  EXPECT_EQ(Shown("s\r\n"), "i(ls\\r)");
}

TEST_F(EchoTrackerTest, ASecretIsMaskedAtTheNewline) {
  Shown("Password: ");
  EXPECT_EQ(Type("h"), "p");
  EXPECT_EQ(Type("unter"), "");
  EXPECT_EQ(Type("2\r"), "");
  EXPECT_EQ(Shown("\r\n"), "P(hunter2) i(\\r)");
}

TEST_F(EchoTrackerTest, ASecretWithoutANewlineIsMaskedInTime) {
  Shown("Password: ");
  Type("hunter2\r");
  EXPECT_EQ(Shown("Again: "), "");
  EXPECT_EQ(tracker().Deadline(), now_ + EchoTracker::kEchoPatienceNs);
  EXPECT_EQ(Wait(EchoTracker::kEchoPatienceNs - 1), "");
  EXPECT_EQ(Wait(1), "P(hunter2) i(\\r)");
  EXPECT_EQ(tracker().Deadline(), std::nullopt);
}

TEST_F(EchoTrackerTest, WithoutAnyAnswerItStaysOpen) {
  Shown("Password: ");
  Type("hunter2\r");
  EXPECT_EQ(Wait(1000 * kSecond), "");
  EXPECT_EQ(Finish(), "P(hunter2) i(\\r)");
}

TEST_F(EchoTrackerTest, TheSameSecretTypedWithMistakes) {
  EXPECT_EQ(View(EditedText("hunx\x7Fter2")), "hunter2");
  EXPECT_EQ(View(EditedText("wrong\x15hunter2")), "hunter2");
  EXPECT_EQ(View(EditedText("a b  \x17"
                            "c\xC3\xA9\b")),
            "a c");
  EXPECT_EQ(View(EditedText("\x1B[Dx\x1B[200~y\x1B[201~")), "xy");
  Shown("Password: ");
  Type("hunx\x7Fter2\r");
  EXPECT_EQ(Shown("\r\n"), "P(hunter2) i(\\r)");
}

TEST_F(EchoTrackerTest, KeysWithoutTextAreThemselves) {
  Shown("$ ");
  EXPECT_EQ(Type("\r"), "i(\\r)");
  EXPECT_EQ(Type("\x1B[A"), "i(\\e[A)");
  EXPECT_EQ(Type("\x03"), "i(^)");
  EXPECT_EQ(Type("\x1B[24;80R"), "i(\\e[24;80R)");
}

TEST_F(EchoTrackerTest, ASequenceIsItselfOnceItIsWhole) {
  Shown("$ ");
  EXPECT_EQ(Type("\x1B"), "p");
  EXPECT_EQ(Type("["), "");
  EXPECT_EQ(Type("A"), "i(\\e[A)");
}

TEST_F(EchoTrackerTest, RecalledLines) {
  Shown("$ ");
  EXPECT_EQ(Type("\x1B[A"), "i(\\e[A)");
  EXPECT_EQ(Type("x"), "p");
  Shown("lsx");
  EXPECT_EQ(Type("\r"), "i(x\\r)");
}

TEST_F(EchoTrackerTest, ControlCharactersEndALine) {
  Shown("$ ");
  Type("abc");
  Shown("abc");
  EXPECT_EQ(Type("\x03"), "i(abc^)");
  Shown("^C\r\nPassword: ");
  Type("abc");
  EXPECT_EQ(Type("\x03"), "");
  EXPECT_EQ(Shown("\r\n"), "P(abc) i(^)");
}

TEST_F(EchoTrackerTest, KeystrokesOfASecretCannotBeCounted) {
  Shown("Password: ");
  std::string all = Type("s");
  for (const char* key : {"e", "s", "a", "m", "\r"}) {
    all += Shown("*");  // even where each is answered
    all += Type(key);
  }
  EXPECT_EQ(all, "p");
  EXPECT_EQ(Shown("\r\n"), "P(sesam) i(\\r)");
}

TEST_F(EchoTrackerTest, RedrawnPromptsDoNotCountThemEither) {
  Shown("? Password: ");
  std::string all;
  for (const char* key : {"s", "e", "s", "a", "m"}) {
    all += Type(key);
    all += Shown("\x1B[2K\x1B[G? Password: [hidden]");
  }
  EXPECT_EQ(all, "p");
  EXPECT_EQ(Type("\r"), "P(sesam) i(\\r)");
}

TEST_F(EchoTrackerTest, AKeyThatWasWaitedForIsNoPartOfTheNextLine) {
  Shown("--More--");
  EXPECT_EQ(Type("q"), "p");
  EXPECT_EQ(Shown("\r\x1B[K$ "), "");
  Type("l");
  Shown("l");
  EXPECT_EQ(Type("\r"), "P(q) i(l\\r)");
}

TEST_F(EchoTrackerTest, AnEditedLineMayBeRedrawnWhileItIsTyped) {
  Shown("$ ");
  Type("rm x\x15");
  Shown("rm x\r$ \x1B[J");
  Type("l");
  Shown("\r$ ");
  Type("s\r");
  EXPECT_EQ(Shown("ls\r\n"), "i(rm x^ls\\r)");
}

TEST_F(EchoTrackerTest, LinesAreDecidedInTheirOrder) {
  Shown("$ ");
  EXPECT_EQ(Type("read -s x\rsecret\recho done\r"), "p p p");
  EXPECT_EQ(Shown("read -s x"), "i(read -s x\\r) p");
  EXPECT_EQ(Shown("\r\n$ "), "");
  EXPECT_EQ(Shown("echo done\r\n"), "");
  EXPECT_EQ(Wait(EchoTracker::kEchoPatienceNs), "P(secret) i(\\r) i(echo done\\r)");
}

TEST_F(EchoTrackerTest, ALineAtThePromptPassesOverOneBeforeIt) {
  Shown("$ ");
  Type("read -s x\rsecret\r");
  Shown("read -s x\r\n$ ");
  Type("ls");
  Shown("ls");
  EXPECT_EQ(Type("\r"), "P(secret) i(\\r) i(ls\\r)");
}

TEST_F(EchoTrackerTest, AShellMayEchoLaterThanTheTerminal) {
  Shown("$ ");
  Type("sleep 9\rfirst\r");
  EXPECT_EQ(Shown("sleep 9\r\n"), "i(sleep 9\\r) p");
  EXPECT_EQ(Type("second\r"), "p");
  EXPECT_EQ(Shown("second\r\n"), "");
  EXPECT_EQ(Shown("$ first\r\n$ second\r\n"), "i(first\\r) i(second\\r)");
}

TEST_F(EchoTrackerTest, APromptThatAnswersALineTypedAheadIsNotTheNextOnes) {
  Shown("$ ");
  Type("a1\ra2\r");
  Shown("a1\r\n$ ");
  Type("a3\r");
  EXPECT_EQ(Shown("a2\r\n"), "i(a2\\r) p");
  Type("a4\r");
  EXPECT_EQ(Shown("out\r\n$ a3\r\nout\r\n$ a4\r\n"), "i(a3\\r) p i(a4\\r)");
}

TEST_F(EchoTrackerTest, PastedLines) {
  Shown("$ ");
  EXPECT_EQ(Type("a1\ra2\ra3\r"), "p p p");
  EXPECT_EQ(Shown("a1"), "i(a1\\r) p");
  EXPECT_EQ(Shown("\r\nout\r\n$ "), "");
  EXPECT_EQ(Shown("a2\r\n"), "i(a2\\r) p");
  EXPECT_EQ(Shown("out\r\n$ a3\r\n"), "i(a3\\r)");
}

TEST_F(EchoTrackerTest, LinesThatTheTerminalItselfEchoes) {
  Shown("> ");
  Type("one\rtwo\rthree\r");
  EXPECT_EQ(Shown("one\r\ntwo\r\nthree\r\n"), "i(one\\r) p i(two\\r) p i(three\\r)");
}

TEST_F(EchoTrackerTest, SaysWhenThreeLinesWereNotEchoed) {
  for (int i = 0; i < 2; ++i) {
    Shown("Password: ");
    Type("wrong\r");
    EXPECT_EQ(Shown("\r\nSorry.\r\n"), "P(wrong) i(\\r)");
  }
  Shown("Password: ");
  Type("wrong\r");
  EXPECT_EQ(Shown("\r\nSorry.\r\n$ "), "P(wrong) i(\\r) m");
  EXPECT_NE(marker_.find("3 lines in a row were not echoed"), std::string::npos);
  EXPECT_NE(marker_.find("masked"), std::string::npos);
  Type("ls\r");
  EXPECT_EQ(Shown("ls"), "m i(ls\\r)");
  EXPECT_NE(marker_.find("echoed again"), std::string::npos);
}

TEST_F(EchoTrackerTest, PolicyCanWantTheTextThen) {
  TextWhereUnechoed();
  for (int i = 0; i < 3; ++i) {
    Shown("Password: ");
    Type("wrong\r");
    Shown("\r\n");
  }
  EXPECT_NE(marker_.find("recorded as text"), std::string::npos);
  Shown("> ");
  Type("raw\r");
  EXPECT_EQ(Shown("\r\n"), "i(raw\\r)");
}

TEST_F(EchoTrackerTest, ManyUnechoedBytes) {
  Shown("> ");
  const std::string all(EchoTracker::kUnechoedBytes + 1, 'x');
  EXPECT_EQ(Type(all), "p");
  EXPECT_EQ(Wait(EchoTracker::kEchoPatienceNs), "m");
  EXPECT_NE(marker_.find("256 bytes"), std::string::npos);
  Type(std::string(10'000, 'y'));
  EXPECT_EQ(tracker().Room(), EchoTracker::kMaxPending - EchoTracker::kMaxLine);
  Type("\r");
  EXPECT_EQ(log_, "P(" + all + std::string(EchoTracker::kMaxLine - all.size(), 'y') + ") i(\\r)");
}

TEST_F(EchoTrackerTest, ManyUnechoedBytesAsText) {
  TextWhereUnechoed();
  Shown("> ");
  const std::string all(EchoTracker::kUnechoedBytes + 1, 'x');
  Type(all);
  EXPECT_EQ(Wait(EchoTracker::kEchoPatienceNs), "m i(" + all + ")");
}

TEST_F(EchoTrackerTest, ALongLineMayTakeItsTimeWhileItIsEchoed) {
  Shown("> ");
  Type(std::string(1000, 'x') + "\r");
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Shown(std::string(9, 'x')), "");
    EXPECT_EQ(Wait(EchoTracker::kEchoPatienceNs / 2), "");
  }
  EXPECT_EQ(Shown(std::string(100, 'x')), "i(" + std::string(1000, 'x') + "\\r)");
}

TEST_F(EchoTrackerTest, RoomComesBack) {
  Shown("> ");
  while (tracker().Room() > 0) Type(std::string(std::min<size_t>(tracker().Room(), 1000), 'x'));
  EXPECT_EQ(Wait(EchoTracker::kEchoPatienceNs), "m");
  EXPECT_GT(tracker().Room(), 0u);
}

TEST_F(EchoTrackerTest, ALongEchoedLineIsTextBeforeItsEnd) {
  Shown("> ");
  const std::string all(EchoTracker::kLongEchoedLine, 'x');
  Type(all);
  EXPECT_EQ(Shown(all), "i(" + all + ")");
  EXPECT_EQ(Type("y"), "p");
  Shown("y");
  EXPECT_EQ(Type("\r"), "i(y\\r)");
}

TEST_F(EchoTrackerTest, FullScreenProgramsAreMasked) {
  Shown("\x1B[?1049h\x1B[H~\r\n~");
  EXPECT_EQ(Type("i"), "m p");
  EXPECT_NE(marker_.find("full-screen"), std::string::npos);
  Shown("\x1B[24;1H-- INSERT --\x1B[1;1H");
  Type("secret");
  Shown("secret");
  EXPECT_EQ(Type("\r"), "P(isecret) i(\\r)");
  EXPECT_EQ(Type("\x1B[A"), "i(\\e[A)");
  EXPECT_EQ(Type(":q"), "p");
  EXPECT_EQ(Shown("\x1B[?1049l$ "), "P(:q)");
  Type("ls\r");
  EXPECT_EQ(Shown("ls"), "i(ls\\r)");
}

TEST_F(EchoTrackerTest, FullScreenProgramsAsText) {
  TextWhereUnechoed();
  Shown("\x1B[?1049h");
  EXPECT_EQ(Type("ihello\x1B"), "m i(ihello\\e)");
  EXPECT_EQ(Type(":wq\r"), "i(:wq\\r)");
}

TEST_F(EchoTrackerTest, WhatIsOpenAtTheEndIsMasked) {
  Shown("Password: ");
  Type("hunt");
  EXPECT_EQ(Finish(), "P(hunt)");
  EXPECT_EQ(Finish(), "");
}

TEST_F(EchoTrackerTest, EchoedButNotEndedIsText) {
  Shown("$ ");
  Type("exi");
  Shown("exi");
  EXPECT_EQ(Finish(), "i(exi)");
}

TEST_F(EchoTrackerTest, OutputWhileASecretIsTyped) {
  Shown("Password: ");
  Type("hun");
  Shown("\r\n[1]+  Done      make\r\n");
  Type("ter2\r");
  EXPECT_EQ(Shown("\r\n"), "P(hunter2) i(\\r)");
}

}  // namespace
}  // namespace secure_exec
