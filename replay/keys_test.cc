#include <gmock/gmock.h>

#include <filesystem>

#include "recorder/container/crypto.h"
#include "recorder/signers.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class KeysTest : public ReplayTest {
 protected:
  KeysTest() {
    path_ = directory.Write("key.pem", key_.ToPem().value());
    std::filesystem::permissions(path_, std::filesystem::perms(0600));
  }
  SigningKey key_ = SigningKey::FromSeed(Hash{1});
  std::string path_;
};

TEST_F(KeysTest, ListHasTheFingerprint) {
  const Outcome keys = Run({"keys", "--key", path_});
  EXPECT_EQ(keys.code, 0) << keys.err;
  EXPECT_THAT(keys.out, StartsWith("FINGERPRINT"));
  EXPECT_THAT(keys.out, HasSubstr(Fingerprint(key_.spki())));
  EXPECT_THAT(keys.out, HasSubstr(path_));
}
TEST_F(KeysTest, ExportGivesThePublicHalf) {
  const Outcome pem = Run({"keys", "export", "--key", path_});
  EXPECT_EQ(pem.out, key_.PublicPem());
  EXPECT_EQ(PublicKeyFromPem(pem.out).value(), key_.spki());
}
TEST_F(KeysTest, ExportGivesALineOfASignersFile) {
  const Outcome line =
      Run({"keys", "export", "--format", "signers", "--principal", "alice", "--key", path_});
  const auto signers = Signers::Parse(line.out, "f");
  ASSERT_TRUE(signers) << signers.error().message;
  EXPECT_EQ(signers->Find(key_.spki(), 1)->principal, "alice");
}
TEST_F(KeysTest, SaysWhatIsWrong) {
  EXPECT_THAT(Run({"keys", "export", "--format", "x", "--key", path_}).err,
              HasSubstr("--format takes pem or signers"));
  EXPECT_THAT(Run({"keys", "export", "--format", "signers", "--key", path_}).err,
              HasSubstr("--principal NAME"));
  EXPECT_THAT(
      Run({"keys", "export", "--format", "signers", "--principal", "a b", "--key", path_}).err,
      HasSubstr("--principal NAME"));
  EXPECT_THAT(Run({"keys", "burn", "--key", path_}).err, HasSubstr("keys burn"));
  std::filesystem::permissions(path_, std::filesystem::perms(0644));
  EXPECT_THAT(Run({"keys", "--key", path_}).err, HasSubstr("can be read by others"));
}

}  // namespace
}  // namespace secure_exec
