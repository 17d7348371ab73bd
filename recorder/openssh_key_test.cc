#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "recorder/user_key.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;

// ssh-keygen -t ed25519 -N '' -C alice@x, and what its .pub file has.
constexpr char kPlain[] = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACCX+oMicl/dXmxeuZXcZJ6yMA3PBqqwwWRKmBf9cDIejQAAAJAK+szPCvrM
zwAAAAtzc2gtZWQyNTUxOQAAACCX+oMicl/dXmxeuZXcZJ6yMA3PBqqwwWRKmBf9cDIejQ
AAAECzVx0cFAIROW1rPwfA+FwMVI2MHFGZIqPkjBm0t7Cy1Zf6gyJyX91ebF65ldxknrIw
Dc8GqrDBZEqYF/1wMh6NAAAAB2FsaWNlQHgBAgMEBQY=
-----END OPENSSH PRIVATE KEY-----
)";
constexpr char kPublic[] = "97fa8322725fdd5e6c5eb995dc649eb2300dcf06aab0c1644a9817fd70321e8d";
// -N secret
constexpr char kWithPassPhrase[] = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABA08qJV+a
5HRWi+ygYY26q9AAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIFjkv6IoRBHehPqJ
9zpmdf65ijGS+nH0Gzb/qaUEnhNvAAAAkIBBbPfTpxeQaIfdb3V44QYOrRDjpnQHnO/uON
4Wcw7QYD8tJqO4mNm41Gxyk/tDlsqdpfZ2NOPB9OHh9qR8lmftzIhlVAX44wT4fDvDmiBz
y6Im7PpiszLnWdJ3jagkqwbxY0BdAz7saFZU+JLRsksXF/lnLDzDpJTvT/mdis9FEwBgID
XxsmPVZioIvdZklw==
-----END OPENSSH PRIVATE KEY-----
)";
// -t ecdsa
constexpr char kEcdsa[] = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS
1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQSpeijBYR6Cttmrq7UuJlovTluYZKI6
Kkaet6JWHmXGyvkkp8Oj3ZqibL3Gljb0SWUS84hoH1NglIf2stKmd61gAAAAoDaPqQ02j6
kNAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKl6KMFhHoK22aur
tS4mWi9OW5hkojoqRp63olYeZcbK+SSnw6PdmqJsvcaWNvRJZRLziGgfU2CUh/ay0qZ3rW
AAAAAgST1IkGvk/ddAzY7c/xYARkaY2ijfXYP6eh/EEoiNoHMAAAABeAECAwQFBgc=
-----END OPENSSH PRIVATE KEY-----
)";

std::string Problem(std::string_view text) {
  const auto key = SigningKeyFromOpenSsh(text);
  return key ? "" : key.error().message;
}

TEST(OpenSshKey, IsReadAsSshKeygenWritesIt) {
  const auto key = SigningKeyFromOpenSsh(kPlain);
  ASSERT_TRUE(key) << key.error().message;
  const Spki spki = key->spki();
  EXPECT_EQ(HexEncode(AsView(spki).substr(12)), kPublic);
}
TEST(OpenSshKey, OneWithAPassPhraseIsRefusedWithTheWayOut) {
  EXPECT_THAT(Problem(kWithPassPhrase), HasSubstr("pass phrase"));
  EXPECT_THAT(Problem(kWithPassPhrase), HasSubstr("ssh-keygen -p"));
}
TEST(OpenSshKey, OtherTypesAreRefused) {
  EXPECT_THAT(Problem(kEcdsa), HasSubstr("must be ssh-ed25519"));
}
TEST(OpenSshKey, DamageIsMet) {
  const std::string text = kPlain;
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_NE(Problem(text.substr(0, size)), "") << size;
  }
  // The comment may be any, and so may what stands around the key.
  const size_t begin = text.find('\n') + 1;
  const size_t end = text.find("AAAAB2FsaWNl");
  for (size_t at = begin; at < end; ++at) {
    if (text[at] == '\n') continue;
    std::string bad = text;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    const auto key = SigningKeyFromOpenSsh(bad);
    if (key) {
      const Spki spki = key->spki();
      EXPECT_EQ(HexEncode(AsView(spki).substr(12)), kPublic) << at;
    }
  }
}

}  // namespace
}  // namespace secure_exec
