#include <gmock/gmock.h>

#include <filesystem>
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
  EXPECT_THAT(Run({"verify", sealed_}).err, HasSubstr("--signer or --signers"));
  EXPECT_EQ(Run({"verify", sealed_, "--signer", signer_}).err, "");
}

TEST_F(VerifyTest, BadSigners) {
  EXPECT_EQ(Run({"verify", sealed_, "--signer", "/nonexistent"}).code, 4);
  const Outcome garbage = Run({"verify", sealed_, "--signer", sealed_});
  EXPECT_EQ(garbage.code, 4);
  EXPECT_EQ(garbage.out, "");
}

TEST_F(VerifyTest, ASignerIsAFingerprintToo) {
  const std::string fingerprint = Fingerprint(RecordingBuilder().user_key());
  EXPECT_EQ(Run({"verify", sealed_, "--signer", fingerprint}).code, 0);
  EXPECT_EQ(Run({"verify", sealed_, "--signer", Fingerprint(Spki{})}).code, 3);
  const Outcome part = Run({"verify", sealed_, "--signer", fingerprint.substr(0, 20)});
  EXPECT_EQ(part.code, 4);
  EXPECT_THAT(part.err, HasSubstr("not a whole fingerprint"));
}

TEST_F(VerifyTest, ASignersFileNamesThePrincipal) {
  const std::string key = Base64Encode(AsView(RecordingBuilder().user_key()));
  const std::string good = directory.Write("signers", key + " alice@example.com 2025-01-01 -\n");
  const Outcome trusted = Run({"verify", sealed_, "--signers", good});
  EXPECT_EQ(trusted.code, 0);
  EXPECT_THAT(trusted.out, HasSubstr("(alice@example.com)"));
  const std::string old = directory.Write("old", key + " alice@example.com - 2025-01-01\n");
  EXPECT_EQ(Run({"verify", sealed_, "--signers", old}).code, 3);
  const std::string bad = directory.Write("bad", "# who\nx\n");
  const Outcome refused = Run({"verify", sealed_, "--signers", bad});
  EXPECT_EQ(refused.code, 4);
  EXPECT_THAT(refused.err, HasSubstr(bad + ":2:1: not a key"));
}

TEST_F(VerifyTest, DirectoriesAreWalked) {
  const Outcome all = Run({"verify", directory.path(), "--signer", signer_});
  EXPECT_EQ(all.code, 2);
  EXPECT_THAT(all.out, StartsWith(altered_ + ": altered: "));
  EXPECT_THAT(all.out, HasSubstr("\n" + cut_ + ": no-seal: "));
  EXPECT_THAT(all.out, HasSubstr("\n" + sealed_ + ": trusted: "));
  const Outcome empty = Run({"verify", directory / "sealed/none"});
  EXPECT_EQ(empty.code, 4);
}

TEST_F(VerifyTest, LinksAreNotFollowedInDirectories) {
  directory.Write("links/x", "");
  std::filesystem::create_symlink(sealed_, directory / "links/a.cast.zst");
  std::filesystem::create_directory_symlink(directory / "sealed", directory / "links/below");
  const Outcome links = Run({"verify", directory / "links"});
  EXPECT_EQ(links.code, 4);
  EXPECT_THAT(links.err, HasSubstr("no recordings in"));
}

TEST_F(VerifyTest, WithoutNamesTheStoreIsVerified) {
  directory.Write("store/a/b/c/" + name_, directory.Read("sealed/" + name_));
  const Outcome store = Run({"verify", "--signer", signer_});
  EXPECT_EQ(store.code, 0);
  EXPECT_THAT(store.out, HasSubstr("/store/a/b/c/" + name_ + ": trusted: "));
}

TEST_F(VerifyTest, ManyComeInOrder) {
  std::vector<std::string> words = {"verify", "--signer", signer_};
  for (int i = 0; i < 50; ++i) {
    words.push_back(sealed_);
    words.push_back(cut_);
  }
  const Outcome many = Run(words);
  EXPECT_EQ(many.code, 1);
  std::string_view rest = many.out;
  for (int i = 0; i < 50; ++i) {
    for (const std::string& path : {sealed_, cut_}) {
      ASSERT_TRUE(rest.starts_with(path + ": ")) << i;
      do rest.remove_prefix(rest.find('\n') + 1);
      while (rest.starts_with("  "));
    }
  }
}

TEST_F(VerifyTest, QuickGivesTheSameVerdicts) {
  EXPECT_EQ(Run({"verify", "--quick", sealed_, "--signer", signer_}).code, 0);
  EXPECT_EQ(Run({"verify", "--quick", cut_, "--signer", signer_}).code, 1);
  EXPECT_EQ(Run({"verify", "--quick", altered_, "--signer", signer_}).code, 2);
}

TEST_F(VerifyTest, AnAuditLogTellsOfExecsWithoutARecording) {
  const std::string log = directory.Write(
      "audit.log",
      R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a1","stage":"ResponseComplete",)"
      R"("requestURI":"/api/v1/namespaces/dev/pods/shell/exec?command=sh","verb":"create",)"
      R"("user":{"username":"bob"},"userAgent":"kubectl/v1.36",)"
      R"("requestReceivedTimestamp":"2026-11-26T20:58:12.288327Z"})"
      "\nnot json\n");
  const Outcome text = Run({"verify", sealed_, "--signer", signer_, "--audit-log", log});
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.out, HasSubstr("\n  not anchored: "));
  EXPECT_THAT(text.out, HasSubstr("\nnot-recorded: 2026-11-26 20:58:12.288Z bob exec'ed into "
                                  "dev/shell: sh (kubectl/v1.36, audit id a1)\n"));
  EXPECT_THAT(text.err, HasSubstr("1 of the audit log's 2 lines are no audit events"));
  const auto json = nlohmann::json::parse(
      Run({"verify", sealed_, "--signer", signer_, "--audit-log", log, "--json"}).out);
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[1]["verdict"], "not-recorded");
  EXPECT_EQ(json[1]["event"]["user"], "bob");
  EXPECT_EQ(Run({"verify", sealed_, "--audit-log", "/nonexistent"}).code, 4);
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
