#include "plugin/echo/typed_keys.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace secure_exec {
namespace {

// The keys as letters: t text, o opaque, m meta, e edit, M edit-many, s search, a answer, . end;
// with their sizes where they are more than a byte.
std::string Kinds(std::string_view bytes) {
  std::string kinds;
  KeyReader reader;
  size_t told = 0;
  for (const char byte : bytes) {
    reader.Feed(byte, [&](const Key& key) {
      kinds += "tomeMsa."[key.kind];
      if (key.size > 1) kinds += std::to_string(key.size);
      told += key.size;
    });
  }
  EXPECT_EQ(reader.pending(), told < bytes.size());
  EXPECT_LE(told, bytes.size());
  return kinds;
}

TEST(TypedKeys, TextIsCharacters) {
  EXPECT_EQ(Kinds("ab"), "tt");
  EXPECT_EQ(Kinds("\xC3\xA9\xE6\xBC\xA2\xF0\x9F\x98\x80"), "t2t3t4");
}

TEST(TypedKeys, InvalidUtf8IsOpaque) {
  EXPECT_EQ(Kinds("\xE9"
                  "a"),
            "ot");
  EXPECT_EQ(Kinds("\xFF\xC3\r"), "oo.");
  EXPECT_EQ(Kinds("\xC2\x85"), "o2");  // a C1 control
}

TEST(TypedKeys, ControlCharacters) {
  EXPECT_EQ(Kinds("\r\n\x03\x04\x1A\x1C"), "......");
  EXPECT_EQ(Kinds("\x7F\b\x15\x17\x01"), "eeeee");
  EXPECT_EQ(Kinds("\t\x0C\x10\x12"), "MMMs");
}

TEST(TypedKeys, Sequences) {
  EXPECT_EQ(Kinds("\x1B[A\x1B[1;5C\x1BOB\x1BOP\x1B[3~"), "M3e6M3e3e4");
  EXPECT_EQ(Kinds("\x1B[12;40R\x1B[I\x1B[<0;1;1M\x1B[?1;2c"), "a8a3a9a7");
  EXPECT_EQ(Kinds("\x1B[200~a\x1B[201~"), "a6ta6");
  EXPECT_EQ(Kinds("\x1B[M !!x"), "a6t");  // the mouse as xterm first had it
}

TEST(TypedKeys, SequencesThatMayHoldTextAreOpaque) {
  EXPECT_EQ(Kinds("\x1B[97u"), "o5");
  EXPECT_EQ(Kinds("\x1B[27;5;97~"), "o10");
  EXPECT_EQ(Kinds("\x1BOp"), "o3");  // the keypad's 0
  EXPECT_EQ(Kinds("\x1B]52;c;c2VjcmV0\x07"
                  "a"),
            "o16t");
  EXPECT_EQ(Kinds("\x1BP1\x1B\\a"), "o5t");
}

TEST(TypedKeys, EscapeAloneOrBeforeAKey) {
  EXPECT_EQ(Kinds("\x1B"), "");
  EXPECT_EQ(Kinds("\x1B\r"), "e.");
  EXPECT_EQ(Kinds("\x1B\x1B[A"), "eM3");
  EXPECT_EQ(Kinds("\x1B."), "m2");
  EXPECT_EQ(Kinds("\x1B\x7F"), "e2");
}

TEST(TypedKeys, BrokenSequencesEndWithTheLine) {
  EXPECT_EQ(Kinds("\x1B[1\ra"), "o3.t");
  EXPECT_EQ(Kinds("\x1BPno string\ra"), "o11.t");
  EXPECT_EQ(Kinds("\x1BO\r"), "o2.");
}

TEST(TypedKeys, SequencesAreBounded) {
  EXPECT_EQ(Kinds("\x1B[" + std::string(300, '1') + "\r"), "o256" + std::string(46, 't') + ".");
  EXPECT_EQ(Kinds("\x1B]" + std::string(300, 'x') + "\r"), "o256o46.");
}

}  // namespace
}  // namespace secure_exec
