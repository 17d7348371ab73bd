#include "recorder/age/identity_file.h"

#include <gtest/gtest.h>

#include "recorder/age/armor.h"

namespace secure_exec {
namespace {

constexpr char kOne[] =
    "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
constexpr char kTwo[] =
    "AGE-SECRET-KEY-1XMWWC06LY3EE5RYTXM9MFLAZ2U56JJJ36S0MYPDRWSVLUL66MV4QX3S7F6";

Result<SecretText> NobodyAsks() {
  ADD_FAILURE() << "asked for a pass phrase";
  return Fail(ErrorKind::kUsage, "asked");
}

TEST(AgeIdentityFile, CommentsEmptyLinesAndSeveralIdentities) {
  const auto found = ParseIdentityFile(
      std::string("# created: today\n# public key: age1…\n") + kOne + "\n\n" + kTwo, NobodyAsks);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ((*found)[0].Text().view(), kOne);
  EXPECT_EQ((*found)[1].Text().view(), kTwo);
  EXPECT_TRUE(ParseIdentityFile(std::string(kOne) + "\r\n", NobodyAsks));
}

TEST(AgeIdentityFile, ABadLineIsNamedAndNotShown) {
  const auto found = ParseIdentityFile(std::string("# x\n") + kOne + "Q\n", NobodyAsks);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message.find("GFPYYS"), std::string::npos);
  EXPECT_NE(found.error().message.find("line 2"), std::string::npos) << found.error().message;
  EXPECT_FALSE(ParseIdentityFile(std::string(" ") + kOne, NobodyAsks));
}

TEST(AgeIdentityFile, AnEmptyOneIsNone) {
  EXPECT_FALSE(ParseIdentityFile("", NobodyAsks));
  EXPECT_FALSE(ParseIdentityFile("# nothing\n", NobodyAsks));
  EXPECT_FALSE(ParseIdentityFile(std::string(kMaxIdentityFile + 1, '\n'), NobodyAsks));
}

TEST(AgeIdentityFile, OneForARecipientIsRefusedBeforeAnybodyIsAsked) {
  const auto key = AgeFileKey::Random(RandomBytes);
  const AgeRecipient recipient = AgeIdentity::Parse(kOne)->recipient();
  const auto header = EncodeAgeHeader(key, std::span(&recipient, 1), RandomBytes);
  const auto found = ParseIdentityFile(*header + std::string(64, 'x'), NobodyAsks);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("age -d"), std::string::npos);
}

// Made by age 1.1.1: `age -p -a` of a file with kOne; the pass phrase is "correct horse".
constexpr char kProtected[] =
    "-----BEGIN AGE ENCRYPTED FILE-----\n"
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBsMldTS0JIK2Q0cEp6S0cy\n"
    "Ly9SYnlnIDE4CllIbit6NjhNZG5KUlU5djVBRGR0cUkrTncrMmZSMlQxdUpIZ0tI\n"
    "Mm51c28KLS0tIHdsS2c1aE9tMjJqVEliU2VkbHZSdjRSUTVQZ1hWOHhTQVZ1RVhY\n"
    "ZHNoYVUK7MS871P723PC3MIs8xiuIhb4l319ojrN9miQVq1IjkOJzavv1/6UVEHG\n"
    "fTX4wdWfrrQqx+NCnNswhfo1t9gMFGQ4aX7Py8gRQ3iCv1hltdKQtBH9yTZHt0e8\n"
    "42zvIINe2fAMoavC/aVP1Bm4NLNTt9XwjvUB1rqe8uXe\n"
    "-----END AGE ENCRYPTED FILE-----\n";

AskPassphrase Answer(std::string passphrase, int* asked = nullptr) {
  return [=]() -> Result<SecretText> {
    if (asked != nullptr) ++*asked;
    return SecretText(passphrase);
  };
}

TEST(AgeIdentityFile, OneUnderAPassPhraseArmored) {
  int asked = 0;
  const auto found = ParseIdentityFile(kProtected, Answer("correct horse", &asked));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->at(0).Text().view(), kOne);
  EXPECT_EQ(asked, 1);
}

TEST(AgeIdentityFile, OneUnderAPassPhraseBinary) {
  const std::string binary = DecodeAgeArmor(kProtected).value();
  const auto found = ParseIdentityFile(binary, Answer("correct horse"));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->at(0).Text().view(), kOne);
}

TEST(AgeIdentityFile, AWrongPassPhraseIsSaid) {
  const auto found = ParseIdentityFile(kProtected, Answer("wrong horse"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kNotFound);
}

TEST(AgeIdentityFile, OneThatIsCutIsRefused) {
  const std::string binary = DecodeAgeArmor(kProtected).value();
  const auto found =
      ParseIdentityFile(binary.substr(0, binary.size() - 1), Answer("correct horse"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kFormat);
}

}  // namespace
}  // namespace secure_exec
