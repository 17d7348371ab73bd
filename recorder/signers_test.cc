#include "recorder/signers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/time_text.h"
#include "recorder/testing/recording_builder.h"

namespace secure_exec {
namespace {

const Spki kKey = RecordingBuilder().user_key();
const std::string kBase64 = Base64Encode(AsView(kKey));

std::string Problem(std::string_view text) {
  const auto signers = Signers::Parse(text, "f");
  return signers ? "" : signers.error().message;
}
int64_t At(std::string_view time) { return *ParseUtcTime(time); }

TEST(Signers, AFileHasKeyPrincipalAndTimes) {
  const auto signers = Signers::Parse("# who signs\n\n  \t\n" + kBase64 +
                                          "  alice@example.com\t2026-01-01 2026-06-30\n" +
                                          Fingerprint(kKey) + " alice@new - -\n",
                                      "f");
  ASSERT_TRUE(signers) << signers.error().message;
  ASSERT_EQ(signers->size(), 2u);
  const Signer& first = signers->all()[0];
  EXPECT_EQ(first.key, Sha256::Of(AsView(kKey)));
  EXPECT_EQ(first.principal, "alice@example.com");
  EXPECT_TRUE(first.ValidAt(At("2026-01-01T00:00:00Z")));
  EXPECT_FALSE(first.ValidAt(At("2025-12-31T23:59:59Z")));
  EXPECT_TRUE(first.ValidAt(At("2026-06-30T23:59:59.999999999Z"))) << "a day counts to its end";
  EXPECT_FALSE(first.ValidAt(At("2026-07-01T00:00:00Z")));
  EXPECT_EQ(signers->all()[1].key, first.key);
  EXPECT_TRUE(signers->all()[1].ValidAt(At("2199-01-01T00:00:00Z")));
}
TEST(Signers, ATimeIsExact) {
  const auto signers =
      Signers::Parse(kBase64 + " a 2026-01-01T10:00:00Z 2026-01-01T11:00:00Z", "f");
  ASSERT_TRUE(signers);
  EXPECT_FALSE(signers->all()[0].ValidAt(At("2026-01-01T09:59:59Z")));
  EXPECT_TRUE(signers->all()[0].ValidAt(At("2026-01-01T10:59:59Z")));
  EXPECT_FALSE(signers->all()[0].ValidAt(At("2026-01-01T11:00:00Z")));
}
TEST(Signers, FindPrefersTheEntryThatIsValidThen) {
  const auto signers = Signers::Parse(
      kBase64 + " old 2025-01-01 2025-12-31\n" + kBase64 + " new 2026-01-01 -\n", "f");
  ASSERT_TRUE(signers);
  EXPECT_EQ(signers->Find(kKey, At("2026-03-01T00:00:00Z"))->principal, "new");
  EXPECT_EQ(signers->Find(kKey, At("2025-03-01T00:00:00Z"))->principal, "old");
  const Signer* outside = signers->Find(kKey, At("2024-03-01T00:00:00Z"));
  ASSERT_NE(outside, nullptr);
  EXPECT_FALSE(outside->ValidAt(At("2024-03-01T00:00:00Z")));
  Spki other = kKey;
  other.back() ^= 1;
  EXPECT_EQ(signers->Find(other, At("2026-03-01T00:00:00Z")), nullptr);
}
TEST(Signers, ErrorsHaveLineAndColumn) {
  EXPECT_EQ(Problem("x alice - -"),
            "f:1:1: not a key: the base64 line of a PEM public key, or SHA256:…");
  EXPECT_EQ(Problem("\n  x alice - -"),
            "f:2:3: not a key: the base64 line of a PEM public key, or SHA256:…");
  EXPECT_EQ(Problem("SHA256:short a - -"),
            "f:1:1: not a key: the base64 line of a PEM public key, or SHA256:…");
  EXPECT_EQ(Problem(kBase64), "f:1:61: the principal is missing: 4 fields");
  EXPECT_EQ(Problem(kBase64 + " a"), "f:1:63: valid-from is missing: - for no limit");
  EXPECT_EQ(Problem(kBase64 + " a -"), "f:1:65: valid-to is missing: - for no limit");
  EXPECT_EQ(Problem(kBase64 + " a now -"),
            "f:1:64: not a time: 2026-11-23, 2026-11-23T14:03:07Z, or - for no limit");
  EXPECT_EQ(Problem(kBase64 + " a - 2026-02-30"),
            "f:1:66: not a time: 2026-11-23, 2026-11-23T14:03:07Z, or - for no limit");
  EXPECT_EQ(Problem(kBase64 + " a 2026-02-02 2026-02-01"),
            "f:1:75: valid-to is not after valid-from");
  EXPECT_EQ(Problem(kBase64 + " a b - -"),
            "f:1:64: not a time: 2026-11-23, 2026-11-23T14:03:07Z, or - for no limit");
  EXPECT_EQ(Problem(kBase64 + " a - - x"), "f:1:68: more than 4 fields");
  EXPECT_EQ(Problem(kBase64 + " a - -\r\n"), "f:1:67: a carriage return: lines end in LF alone");
  EXPECT_EQ(Problem(std::string("# \x1b[2J\n")), "f:1:3: a control character");
  EXPECT_EQ(Problem(kBase64 + " " + std::string(256, 'a') + " - -"),
            "f:1:62: a principal of more than 255 bytes");
}
TEST(Signers, OnlyEd25519Keys) {
  Spki other = kKey;
  other[8] ^= 1;
  EXPECT_EQ(Problem(Base64Encode(AsView(other)) + " a - -"), "f:1:1: not an Ed25519 key");
}
TEST(Signers, FingerprintsAreReadAsTheyAreWritten) {
  const std::string text = Fingerprint(kKey);
  EXPECT_EQ(ParseFingerprint(text), Sha256::Of(AsView(kKey)));
  EXPECT_FALSE(ParseFingerprint(text.substr(7)));
  EXPECT_FALSE(ParseFingerprint(text + "="));
  EXPECT_FALSE(ParseFingerprint(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(ParseFingerprint("sha256:" + text.substr(7)));
}

}  // namespace
}  // namespace secure_exec
