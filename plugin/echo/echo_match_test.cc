#include "plugin/echo/echo_match.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "plugin/echo/output_track.h"

namespace secure_exec {
namespace {

// One line at a prompt: Type() and Shown() in the order in which they happened.
class EchoMatchTest : public ::testing::Test, protected OutputTrack::Listener {
 protected:
  void OnPrint(char32_t c, int64_t at, int64_t after, char32_t before) override {
    match_.Print(c, at, after, before);
  }
  void OnNewline() override { match_.Newline(track_.cursor()); }
  void OnMarginNewline() override { match_.MarginNewline(); }
  void OnReturn() override {}
  void OnAlternateScreen(bool) override {}

  void Type(std::string_view bytes) {
    for (const char byte : bytes) {
      keys_.Feed(byte, [&](const Key& key) {
        if (key.kind == Key::kEnd) {
          match_.End();
        } else {
          match_.Type(key, track_.cursor());
        }
      });
    }
  }
  void Shown(std::string_view bytes) { track_.Feed(bytes); }
  void Ahead() { match_ = EchoMatch(EchoMatch::Start::kAhead); }
  bool echoed() const { return match_.echoed(); }
  bool hopeless() const { return match_.hopeless(); }

  KeyReader keys_;
  EchoMatch match_{EchoMatch::Start::kPrompted};
  OutputTrack track_{*this};
};

TEST_F(EchoMatchTest, KeyByKey) {
  Shown("$ ");
  for (const char* key : {"l", "s", " "}) {
    Type(key);
    EXPECT_FALSE(echoed());
    Shown(key);
    EXPECT_TRUE(echoed());
  }
}

TEST_F(EchoMatchTest, AllAtOnce) {
  Type("ls -l\r");
  Shown("ls -");
  EXPECT_FALSE(echoed());
  Shown("l");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, NothingEchoed) {
  Shown("Password: ");
  Type("hunter2\r");
  EXPECT_FALSE(hopeless());
  Shown("\r\n");
  EXPECT_TRUE(hopeless());
  Shown("hunter2\r\n");
  EXPECT_FALSE(echoed());
}

TEST_F(EchoMatchTest, NotAllEchoed) {
  Type("hunter2\r");
  Shown("hunte\r\n");
  EXPECT_TRUE(hopeless());
}

TEST_F(EchoMatchTest, OtherOrder) {
  Type("ab\r");
  Shown("ba\r\n");
  EXPECT_TRUE(hopeless());
}

TEST_F(EchoMatchTest, Asterisks) {
  Type("sesam");
  Shown("*****");
  Type("\r");
  Shown("\r\n");
  EXPECT_TRUE(hopeless());
}

TEST_F(EchoMatchTest, OtherOutputFirst) {
  Type("ls\r");
  Shown("job done\r\n$ ls\r\n");
  EXPECT_FALSE(echoed());
  EXPECT_TRUE(hopeless());
}

TEST_F(EchoMatchTest, SeenBeforeItWasTyped) {
  Shown("hunter2");
  Type("hunter2\r");
  Shown("\r\n");
  EXPECT_TRUE(hopeless());
}

TEST_F(EchoMatchTest, ColoursAndRepaintedText) {
  Type("l");
  Shown("\x1B[31ml\x1B[0m");
  Type("s");
  Shown("\b\x1B[32mls\x1B[0m \b");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, SuggestionsThatAreTakenBack) {
  Type("gr");
  Shown("g\x1B[90mit log\x1B[6D\x1B[0m");
  EXPECT_FALSE(echoed());
  Shown("r\x1B[90mep foo\x1B[6D");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, InsertedIntoALine) {
  Type("def\x1B[D\x1B[D\x1B[D");
  Shown("def\b\b\b");
  Type("XY");
  Shown("Xdef\b\b\bYdef\b\b\b");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, InsertedInOneGo) {
  Type(
      "eo w\x1B[D\x1B[D\x1B[D"
      "ch\x1B[F\r");
  Shown("eo w\b\b\bco w\x1B[3Dho w\x1B[3Do w");
  EXPECT_FALSE(echoed());
  Shown("\r\n");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, WrappedByANewline) {
  track_.SetColumns(8);
  Shown("$ ");
  Type("abcdefghij\r");
  Shown("abcdef\r\r\nghij");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, Erased) {
  Type("lx\x7Fs\r");
  Shown("lx\b \bs\r\n");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, WrappedAtTheMargin) {
  track_.SetColumns(8);
  Shown("$ ");
  Type("abcdefghij\r");
  Shown("abcdef \rghij");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, WideCharacters) {
  Type("\xE6\xBC\xA2\xE5\xAD\x97 \xC3\xA9\r");
  Shown("\xE6\xBC\xA2\xE5\xAD\x97 \xC3\xA9");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, CompletedByTab) {
  Type("cat fo\t bar\r");
  Shown("cat fo\r\nfoo  fox\r\n$ cat fo bar");
  EXPECT_FALSE(echoed()) << "a newline must show that this is all";
  Shown("\r\n");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, RecalledAndGoneOnWith) {
  Type("\x1B[A");
  Type("x");
  Shown("echo x");
  EXPECT_TRUE(echoed());
  Type("y");
  Shown("y");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, AnErasingKeyDoesNotExcuseALine) {
  Type("\x15");
  Type("42\r");
  Shown("\r\nit is 42\r\n");
  EXPECT_TRUE(hopeless());
}

TEST_F(EchoMatchTest, SearchedInTheHistory) {
  Shown("$ ");
  Type("\x12");
  Shown("\r(reverse-i-search)`': ");
  Type("f");
  Shown("\b\b\bf': cat foo\b\b\b");
  EXPECT_TRUE(echoed());
  Type("o");
  Shown("\b\b\b\b\b\b\b\bo': cat foo\b\b");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, SearchedInOneGo) {
  Shown("$ ");
  Type(
      "\x12"
      "fo\r");
  Shown("\r(reverse-i-search)`': \b\b\bf': cat foo\b\b\b\b\b\b\b\b\b\b\bo': cat foo\r$ cat foo");
  EXPECT_FALSE(echoed());
  Shown("\r\n");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, WhereNobodySearchesNothingIsFound) {
  Shown("Password: ");
  Type(
      "\x12"
      "42\r");
  Shown("4 of 2 \r\n4 or 2\r\n");
  EXPECT_FALSE(echoed());
}

TEST_F(EchoMatchTest, TypedAheadIsEchoedBehindThePrompt) {
  Ahead();
  Type("pwd\r");
  Shown("some output\r\nwith pwd in it\r\n$ ");
  EXPECT_FALSE(echoed());
  EXPECT_FALSE(hopeless());
  Shown("pwd");
  EXPECT_FALSE(echoed());
  Shown("\r\n");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, TypedAheadUpToTheMargin) {
  track_.SetColumns(8);
  Ahead();
  Type("abcdef\r");
  Shown("out\r\n$ abcdef");
  EXPECT_FALSE(echoed());
  Shown("\r\n");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, TypedAheadIsNotFoundAnywhere) {
  Shown("$ whoami");
  Ahead();
  Type("root\r");
  Shown("\r\nroot\r\nnoroot\r\n: root x\r\n");
  EXPECT_FALSE(echoed());
}

TEST_F(EchoMatchTest, FollowsTheLineBefore) {
  Ahead();
  match_.Follow();
  Type("two\r");
  Shown("\r\ntwo");
  EXPECT_FALSE(echoed());
  Shown("\r\n");
  EXPECT_TRUE(echoed());
}

TEST_F(EchoMatchTest, OpaqueBytesAreNeverEchoed) {
  Type("a\xFF\r");
  Shown("a\xFF\r\n");
  EXPECT_TRUE(hopeless());
}

TEST_F(EchoMatchTest, NoTextIsEchoed) {
  Type("\x1B[C\r");
  EXPECT_TRUE(echoed());
  EXPECT_FALSE(match_.has_text());
}

// "hunter2" with ESC before each, at a prompt that reads bytes.
TEST_F(EchoMatchTest, NothingButMetaIsNotEchoed) {
  Type(
      "\x1Bh\x1B"
      "2\r");
  Shown("\r\n");
  EXPECT_FALSE(echoed());
}

TEST_F(EchoMatchTest, MetaBesideTextThatWasEchoedIsAnEdit) {
  Type("ab");
  Shown("ab");
  Type(
      "\x1B"
      "b\r");
  Shown("\b\b\r\n");
  EXPECT_TRUE(echoed());
}

}  // namespace
}  // namespace secure_exec
