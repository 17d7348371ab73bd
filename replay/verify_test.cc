#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "recorder/container/crypto.h"
#include "recorder/testing/recording_builder.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class VerifyTest : public ReplayTest {
 protected:
  VerifyTest() {
    RecordingBuilder builder;
    builder.Header().Frame({EventLine(1'000'000, 'o', "hello")});
    name_ = builder.id() + ".cast.zst";
    cut_ = directory.Write("cut/" + name_, builder.Bytes());
    builder.Seal(2'000'000);
    sealed_ = directory.Write("sealed/" + name_, builder.Bytes());
    builder.units[1][20] = static_cast<char>(builder.units[1][20] ^ 1);
    altered_ = directory.Write("altered/" + name_, builder.Bytes());
    // PEM of the SPKI: base64 of 44 bytes is one line.
    signer_ = directory.Write("signer.pem", "-----BEGIN PUBLIC KEY-----\n" +
                                                Base64Encode(AsView(builder.user_key())) +
                                                "\n-----END PUBLIC KEY-----\n");
  }
  std::string name_, cut_, sealed_, altered_, signer_;
};

TEST_F(VerifyTest, ExitCodesAreTheVerdicts) {
  EXPECT_EQ(Run({"verify", sealed_, "--signer", signer_}).code, 0);
  EXPECT_EQ(Run({"verify", cut_, "--signer", signer_}).code, 1);
  EXPECT_EQ(Run({"verify", altered_, "--signer", signer_}).code, 2);
  EXPECT_EQ(Run({"verify", sealed_}).code, 3);
  EXPECT_EQ(Run({"verify", signer_}).code, 4);
  EXPECT_EQ(Run({"verify", "/nonexistent"}).code, 4);
}

TEST_F(VerifyTest, TheWorstCounts) {
  EXPECT_EQ(Run({"verify", sealed_, altered_, cut_, "/nonexistent"}).code, 2);
  EXPECT_EQ(Run({"verify", sealed_, cut_}).code, 1);
}

TEST_F(VerifyTest, OneLineEach) {
  const Outcome verify = Run({"verify", sealed_, altered_, "--signer", signer_});
  EXPECT_THAT(verify.out, StartsWith(sealed_ + ": trusted: "));
  EXPECT_THAT(verify.out, HasSubstr("\n" + altered_ + ": altered: "));
}

TEST_F(VerifyTest, ToldHowToNameASigner) {
  EXPECT_THAT(Run({"verify", sealed_}).err, HasSubstr("--signer PEM"));
  EXPECT_EQ(Run({"verify", sealed_, "--signer", signer_}).err, "");
}

TEST_F(VerifyTest, BadSigners) {
  EXPECT_EQ(Run({"verify", sealed_, "--signer", "/nonexistent"}).code, 4);
  const Outcome garbage = Run({"verify", sealed_, "--signer", sealed_});
  EXPECT_EQ(garbage.code, 4);
  EXPECT_EQ(garbage.out, "");
}

TEST_F(VerifyTest, Json) {
  const auto json = nlohmann::json::parse(Run({"verify", sealed_, altered_, "--json"}).out);
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["verdict"], "unknown-signer");
  EXPECT_EQ(json[0]["exit"], 3);
  EXPECT_THAT(std::string(json[0]["signer"]), StartsWith("SHA256:"));
  EXPECT_EQ(json[1]["verdict"], "altered");
  EXPECT_EQ(json[1]["altered_frame"], 1);
}

}  // namespace
}  // namespace secure_exec
