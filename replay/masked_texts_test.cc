#include "replay/masked_texts.h"

#include <gmock/gmock.h>

#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kOne = "8-15 00112233445566778899aabbccddeeff";
const std::string kTwo = "32+ ffeeddccbbaa99887766554433221100";

Event Of(char code, const std::string& data = "") {
  return {.t_us = 0, .code = code, .data = data};
}

TEST(MaskedTexts, TheSameSecretHasTheSameNumber) {
  MaskedTexts texts;
  EXPECT_EQ(texts.See(Of('P', kOne)), "[masked: 8-15 bytes, secret 1]");
  EXPECT_EQ(texts.See(Of('P', kTwo)), "[masked: 32+ bytes, secret 2]");
  EXPECT_EQ(texts.See(Of('P', kOne)), "[masked: 8-15 bytes, secret 1]");
  EXPECT_EQ(texts.masked(), 3u);
  EXPECT_EQ(texts.different(), 2u);
}

TEST(MaskedTexts, OtherFormsAreMaskedToo) {
  MaskedTexts texts;
  EXPECT_EQ(texts.See(Of('P', "\x1B]0;x\a")), "[masked]");
  EXPECT_EQ(texts.See(Of('o', "x")), "");
  EXPECT_EQ(texts.different(), 0u);
}

TEST(MaskedTexts, APlaceholderIsOpenUntilItIsFollowed) {
  MaskedTexts texts;
  texts.See(Of('p'));
  EXPECT_TRUE(texts.open());
  texts.See(Of('o', "x"));
  EXPECT_TRUE(texts.open());
  texts.See(Of('i', "x"));
  EXPECT_FALSE(texts.open());
  texts.See(Of('p'));
  texts.See(Of('P', kOne));
  EXPECT_FALSE(texts.open());
}

class MaskedRecordingTest : public ReplayTest {
 protected:
  MaskedRecordingTest() {
    WriteCast("a.cast", {R"([1.0, "i", "sudo id\r"])", R"([2.0, "p", ""])",
                         R"([3.0, "P", ")" + kOne + R"("])", R"([3.0, "i", "\r"])",
                         R"([4.0, "p", ""])", R"([5.0, "i", "ls\r"])", R"([6.0, "p", ""])",
                         R"([7.0, "P", ")" + kOne + R"("])", R"([7.0, "i", "\r"])"});
  }
};

TEST_F(MaskedRecordingTest, CatShowsWhereSomethingWasMasked) {
  const Outcome cat = Run({"cat", directory / "a.cast", "--channel", "stdin"});
  EXPECT_EQ(cat.out,
            "sudo id\n[masked: 8-15 bytes, secret 1]\nls\n[masked: 8-15 bytes, secret 1]\n");
  EXPECT_THAT(cat.err, HasSubstr("note: 2 lines of stdin were masked"));
  EXPECT_EQ(Run({"cat", directory / "a.cast"}).err, "") << "the output is whole";
}

TEST_F(MaskedRecordingTest, RawIsNotExact) {
  const Outcome raw = Run({"cat", "--raw", "--channel", "stdin", directory / "a.cast"});
  EXPECT_EQ(raw.code, 1);
  EXPECT_EQ(raw.out, "sudo id\r\rls\r\r");
  EXPECT_THAT(raw.err, HasSubstr("error: 2 lines of stdin were masked"));
}

TEST_F(MaskedRecordingTest, GrepFindsTheMasksInWhatWasTyped) {
  const Outcome input = Run({"grep", "--input", "masked", directory / "a.cast"});
  EXPECT_THAT(input.out, HasSubstr("stdin  [masked: 8-15 bytes, secret 1]\n"));
  EXPECT_EQ(Run({"grep", "masked", directory / "a.cast"}).out, "");
}

TEST_F(MaskedRecordingTest, InfoCountsThem) {
  EXPECT_THAT(Run({"info", directory / "a.cast"}).out,
              HasSubstr("masked        2 lines of input, 1 different"));
  const Outcome json = Run({"info", "--json", directory / "a.cast"});
  EXPECT_THAT(json.out, HasSubstr("\"masked\": 2"));
}

TEST_F(MaskedRecordingTest, WhatStayedOpenIsSaid) {
  WriteCast("a.cast", {R"([1.0, "p", ""])"});
  EXPECT_THAT(Run({"info", directory / "a.cast"}).out,
              HasSubstr("what was typed last is not known"));
  EXPECT_THAT(Run({"cat", "--channel", "stdin", directory / "a.cast"}).err,
              HasSubstr("what was typed last"));
}

}  // namespace
}  // namespace secure_exec
