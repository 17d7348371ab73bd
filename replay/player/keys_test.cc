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
  EXPECT_THAT(reader_.Feed("\x1B[200~\x1B[Z\x01\xFF\x1B[?1;2c"), IsEmpty());
  EXPECT_FALSE(reader_.waiting());
}

TEST_F(PlayerKeysTest, WhatWaitsIsBounded) {
  reader_.Feed("\x1B[" + std::string(100'000, '1'));
  EXPECT_FALSE(reader_.waiting());
}

}  // namespace
}  // namespace secure_exec
