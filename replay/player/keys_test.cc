#include "replay/player/keys.h"

#include <gmock/gmock.h>

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PlayerKeysTest : public testing::Test {
 protected:
  KeyReader reader_;
  static Key Text(std::string text) { return {Key::kText, std::move(text)}; }
  static Key Of(Key::Code code) { return {code}; }
};

TEST_F(PlayerKeysTest, Characters) {
  EXPECT_THAT(reader_.Feed("aä\r\x7F\x15"), ElementsAre(Text("a"), Text("ä"), Of(Key::kEnter),
                                                        Of(Key::kBackspace), Of(Key::kClear)));
}

TEST_F(PlayerKeysTest, Arrows) {
  EXPECT_THAT(reader_.Feed("\x1B[C\x1BOD\x1B[1;2C\x1B[1;5D\x1B[H\x1B[4~\x1B[5~"),
              ElementsAre(Of(Key::kRight), Of(Key::kLeft), Of(Key::kFarRight), Of(Key::kFarLeft),
                          Of(Key::kHome), Of(Key::kEnd), Of(Key::kPageUp)));
}

TEST_F(PlayerKeysTest, InPieces) {
  for (const std::string_view whole : {"\x1B[1;2C", "ä", "\x1BOC"}) {
    const auto keys = KeyReader().Feed(whole);
    for (size_t cut = 1; cut < whole.size(); ++cut) {
      KeyReader reader;
      auto pieces = reader.Feed(whole.substr(0, cut));
      EXPECT_TRUE(reader.waiting());
      for (Key& key : reader.Feed(whole.substr(cut))) pieces.push_back(key);
      EXPECT_EQ(pieces, keys) << cut;
    }
  }
}

TEST_F(PlayerKeysTest, EscapeAlone) {
  EXPECT_THAT(reader_.Feed("\x1B"), IsEmpty());
  EXPECT_THAT(reader_.Flush(), ElementsAre(Of(Key::kEscape)));
  EXPECT_FALSE(reader_.waiting());
  EXPECT_THAT(reader_.Feed("\x1Bx"), ElementsAre(Of(Key::kEscape), Text("x")));
}

TEST_F(PlayerKeysTest, WhatIsNoKeyIsDropped) {
  // A key with shift, a control, no UTF-8, and what terminals answer or report.
  EXPECT_THAT(reader_.Feed("\x1B[Z\x01\xFF\x1B[?1;2c\x1B[12;5R\x1B[I\x1B[M q!\x1B[<0;1;1M"),
              IsEmpty());
  EXPECT_THAT(reader_.Feed("\x1B[113;5u\x1B[27;5;113~\x1BOQ\x1B[15~\x1B[2~"), IsEmpty());
  EXPECT_FALSE(reader_.waiting());
}

TEST_F(PlayerKeysTest, AnswersThatAreStringsAreDropped) {
  EXPECT_THAT(reader_.Feed("\x1B]11;rgb:qq/qq/qq\x1B\\a\x1BP>|qq\x1B\\b\x1B]0;qq\x07"
                           "c\x1B_q\x18"
                           "d"),
              ElementsAre(Text("a"), Text("b"), Text("c"), Text("d")));
  EXPECT_FALSE(reader_.waiting());
  // Alt and ] is no answer: nothing follows.
  EXPECT_THAT(reader_.Feed("\x1B]"), IsEmpty());
  EXPECT_TRUE(reader_.waiting());
  EXPECT_THAT(reader_.Flush(), IsEmpty());
  EXPECT_THAT(reader_.Feed("a"), ElementsAre(Text("a")));
}

TEST_F(PlayerKeysTest, WhatIsPastedIsNoKey) {
  const std::string whole = "\x1B[200~q\x1B[C\x1B[201qq\n\x1B[201~a";
  const Key pasted{Key::kPaste, "q\x1B[C\x1B[201qq\n"};
  EXPECT_THAT(reader_.Feed(whole), ElementsAre(pasted, Text("a")));
  for (size_t cut = 1; cut + 1 < whole.size(); ++cut) {
    KeyReader reader;
    auto keys = reader.Feed(whole.substr(0, cut));
    for (Key& key : reader.Feed(whole.substr(cut))) keys.push_back(key);
    EXPECT_THAT(keys, ElementsAre(pasted, Text("a"))) << cut;
  }
}

TEST_F(PlayerKeysTest, WhatIsPastedIsBounded) {
  reader_.Feed("\x1B[200~");
  for (int i = 0; i < 100; ++i) reader_.Feed(std::string(1000, 'q'));
  EXPECT_THAT(reader_.Feed("\x1B[201~"),
              ElementsAre(Key{Key::kPaste, std::string(KeyReader::kMaxPaste, 'q')}));
}

TEST_F(PlayerKeysTest, HelpAndDrawingAnew) {
  EXPECT_THAT(reader_.Feed("\x1BOP\x1B[11~\x1B[[A\f"),
              ElementsAre(Of(Key::kHelp), Of(Key::kHelp), Of(Key::kHelp), Of(Key::kRedraw)));
}

TEST_F(PlayerKeysTest, WhatWaitsIsBounded) {
  reader_.Feed("\x1B[" + std::string(100'000, '1'));
  EXPECT_FALSE(reader_.waiting());
}

}  // namespace
}  // namespace secure_exec
