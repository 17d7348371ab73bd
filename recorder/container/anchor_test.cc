#include "recorder/container/anchor.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

const Uuid kId = *ParseUuid("01890000-0000-7000-8000-000000000001");
const Hash kHash = Sha256::Of("body");
const std::string kHex = HexEncode(AsView(kHash));

TEST(Anchor, IsAUserAgent) {
  EXPECT_EQ(AnchorUserAgent({Anchor::Kind::kStart, kId, 0, kHash}, "0.1.0"),
            "secure-exec/0.1.0 id=01890000-0000-7000-8000-000000000001 b0=" + kHex);
  EXPECT_EQ(AnchorUserAgent({Anchor::Kind::kFrame, kId, 7, kHash}, "0.1.0"),
            "secure-exec/0.1.0 id=01890000-0000-7000-8000-000000000001 k=7:" + kHex);
  EXPECT_EQ(AnchorUserAgent({Anchor::Kind::kSeal, kId, 0, kHash}, "0.1.0"),
            "secure-exec/0.1.0 id=01890000-0000-7000-8000-000000000001 seal=" + kHex);
}
TEST(Anchor, IsReadBack) {
  for (const Anchor::Kind kind :
       {Anchor::Kind::kStart, Anchor::Kind::kFrame, Anchor::Kind::kSeal}) {
    const Anchor anchor{kind, kId, kind == Anchor::Kind::kFrame ? 7u : 0u, kHash};
    EXPECT_EQ(ParseAnchor(AnchorUserAgent(anchor, "1")), anchor);
  }
}
TEST(Anchor, UnknownWordsAreIgnored) {
  EXPECT_TRUE(ParseAnchor("secure-exec/9 new=1 id=01890000-0000-7000-8000-000000000001 b0=" + kHex +
                          " reason=a%20b"));
}
TEST(Anchor, TheReasonIsOneWordWhateverItSays) {
  EXPECT_EQ(ReasonWord(""), "");
  EXPECT_EQ(ReasonWord("OPS-1: disk full, b0=0 \r\n"),
            " reason=OPS-1:%20disk%20full%2C%20b0%3D0%20%0D%0A");
  EXPECT_EQ(ReasonWord("caf\xc3\xa9 50%"), " reason=caf%C3%A9%2050%25");
}
TEST(Anchor, ALongReasonIsCutAtAWholeCharacter) {
  std::string reason;
  for (int i = 0; i < 200; ++i) reason += "\xe2\x82\xac";
  const std::string word = ReasonWord(reason);
  EXPECT_LE(word.size(), kMaxReasonWord);
  EXPECT_GT(word.size(), kMaxReasonWord - 9);
  EXPECT_EQ((word.size() - std::string(" reason=").size()) % 9, 0u);
}
TEST(Anchor, IsReadBackWithAReasonBehindIt) {
  const Anchor anchor{Anchor::Kind::kStart, kId, 0, kHash};
  for (const std::string& reason : {std::string("x"), std::string(600, ' '),
                                    std::string("id=01890000-0000-7000-8000-000000000002 b0=1")}) {
    EXPECT_EQ(ParseAnchor(AnchorUserAgent(anchor, "1") + ReasonWord(reason)), anchor) << reason;
  }
}
TEST(Anchor, AnythingElseIsNone) {
  const std::string id = "secure-exec/1 id=01890000-0000-7000-8000-000000000001";
  for (const std::string& text :
       {std::string(), std::string("kubectl/v1.30"), id, id + " b0=", id + " b0=" + kHex.substr(2),
        id + " b0=" + kHex + "00", id + " b0=" + kHex + " seal=" + kHex, "secure-exec/1 b0=" + kHex,
        "secure-exec/1 id=x b0=" + kHex, id + " id=x b0=" + kHex, "x" + id + " b0=" + kHex,
        id + " k=" + kHex, id + " k=:" + kHex, id + " k=-1:" + kHex,
        id + " k=99999999999999999999:" + kHex, id + " unrecorded",
        id + " k=1:", id + " b0=" + kHex + " x=" + std::string(5000, 'x')}) {
    EXPECT_FALSE(ParseAnchor(text)) << text;
  }
}

}  // namespace
}  // namespace secure_exec
