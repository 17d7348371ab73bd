// The recordings in tests/golden are of version 1.0 and stay readable for ever. Those that today's
// writer makes, byte for byte, are in its newest directory: user-key has the header name the user
// key, which the oldest ones do not. When a later writer has to differ, it gets a directory of its
// own beside these.
//
// Made by this test itself, with SECURE_EXEC_UPDATE_GOLDEN=1. Clock, id and every random byte are
// fixed. The compressed bytes are those of Debian 12's libzstd (1.5.4).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "recorder/age/identity_file.h"
#include "recorder/outer_seal.h"
#include "recorder/recover.h"
#include "recorder/testing/recorder_fixture.h"

namespace secure_exec {
namespace {

const std::string kGolden = SECURE_EXEC_GOLDEN;
const std::string kNewest = kGolden + "/user-key";
const std::string kEvery[] = {kGolden, kNewest};
const char kCutId[] = "018bcfe5-6800-7000-8000-000000000002";
const char kEncryptedId[] = "018bcfe5-6800-7000-8000-000000000003";
const char kEncryptedCutId[] = "018bcfe5-6800-7000-8000-000000000004";
const char kIdentity[] =
    "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

class GoldenTest : public RecorderFixture {
 protected:
  // A new recorder whose seeds and keys are H("golden 1"), H("golden 2"), …
  void StartFixed(const std::string& id) {
    options_.random = [n = 0](void* out, size_t size) mutable {
      const Hash bytes = Sha256::Of("golden " + std::to_string(++n));
      ASSERT_LE(size, bytes.size());
      std::copy_n(bytes.begin(), size, static_cast<uint8_t*>(out));
    };
    Hash seed;
    seed.fill(0x42);
    user_key_ = SigningKey::FromSeed(seed);
    clock_.wall_ns = 1'700'000'000 * kSecond;
    CastHeader& header = options_.header;
    header.timestamp = 1'700'000'000;
    header.command = "id";
    session() = {};
    session().id = ParseUuid(id).value();
    session().start_wall_ns = clock_.wall_ns;
    session().pod = "web-0";
    session().command = {"id"};
    Start();
  }
  void MakeSealed() {
    StartFixed("018bcfe5-6800-7000-8000-000000000001");
    clock_.Advance(100 * kMillisecond);
    Show("uid=0(root)\n");
    clock_.Advance(20 * kMillisecond);
    Show("caf\xc3\xa9 \xff", Channel::kStderr);
    clock_.Advance(3 * kMillisecond);
    ASSERT_TRUE(Seal());
    recorder_.reset();
  }
  void MakeCut() {
    StartFixed(kCutId);
    clock_.Advance(kSecond);
    Show(std::string(128 * kMaxLinePayload, 'a'));  // one frame, and a line of the next
    clock_.Advance(kSecond);
    Show("signed\n");
    clock_.Advance(5 * kSecond);
    recorder_->Flush();
    ASSERT_TRUE(files_->WaitFor("write " + TailPath(2), 3));  // two lines and the signature
    Show("not yet signed\n");
    recorder_.reset();
    std::ofstream(TailPath(2), std::ios::app) << "[7.100000, \"o\", \"torn";
  }
  static void ExpectGolden(const std::string& made, const std::string& path) {
    if (std::getenv("SECURE_EXEC_UPDATE_GOLDEN") != nullptr) {
      std::filesystem::copy_file(made, path, std::filesystem::copy_options::overwrite_existing);
    }
    EXPECT_EQ(Content(made), Content(path)) << path;
  }
  static Spki GoldenKey() {
    return PublicKeyFromPem(Content(kGolden + "/user-key.pub.pem")).value();
  }
  static VerifyOptions GoldenSigner(IdentitySource identities = nullptr) {
    return {.signers = Signers::Of({GoldenKey()}), .identities = std::move(identities)};
  }
  static std::string Text(const std::string& path, const IdentitySource& identities = nullptr) {
    auto recording = Recording::Open(path, identities).value();
    std::string text;
    Event event;
    while (recording->Next(event).value()) text += std::string(1, event.code) + ' ' + event.data;
    return text;
  }
};

TEST_F(GoldenTest, TheWriterStillMakesTheSealedRecording) {
  MakeSealed();
  ExpectGolden(MainPath(), kNewest + "/sealed.cast.zst");
}

TEST_F(GoldenTest, TheWriterStillMakesTheCutRecording) {
  MakeCut();
  ExpectGolden(MainPath(), kNewest + "/cut.cast.zst");
  ExpectGolden(TailPath(2), kNewest + "/" + kCutId + ".tail.2");
}

TEST_F(GoldenTest, RecoverStillMakesTheRecoveredRecording) {
  Hash seed;
  seed.fill(0x42);
  const std::string made = directory_ + "/recovered";
  const auto recovery =
      RecoverRecording(kGolden + "/cut.cast.zst", made, SigningKey::FromSeed(seed));
  ASSERT_TRUE(recovery) << recovery.error().message;
  ExpectGolden(made, kGolden + "/recovered.cast.zst");
}

TEST_F(GoldenTest, TheRecoveredRecordingIsRead) {
  const std::string path = kGolden + "/recovered.cast.zst";
  const std::string text = Text(path);
  EXPECT_EQ(text.substr(0, text.rfind("m secure-exec: recovered: ")),
            Text(kGolden + "/cut.cast.zst"));
  const auto report = VerifyRecording(path, GoldenSigner());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::kNoSeal) << report->summary;
  EXPECT_TRUE(report->recovered_by);
}

// Encrypted ones: for the identity in identity.txt, 32 times 0x42. Their file key, ephemeral keys,
// nonces and salts come from the same sequence.
class EncryptedGoldenTest : public GoldenTest {
 protected:
  void StartFixed(const std::string& id) {
    identities_.push_back(AgeIdentity::Parse(kIdentity).value());
    options_.recipients = {identities_[0].recipient()};
    GoldenTest::StartFixed(id);
  }
  IdentitySource GoldenIdentity() {
    if (golden_.empty()) {
      auto found = ParseIdentityFile(Content(kGolden + "/identity.txt"), nullptr);
      EXPECT_TRUE(found);
      golden_ = std::move(*found);
    }
    return [this]() -> Result<std::span<const AgeIdentity>> { return golden_; };
  }
  std::vector<AgeIdentity> golden_;
};

TEST_F(EncryptedGoldenTest, TheWriterStillMakesTheSealedRecording) {
  StartFixed(kEncryptedId);
  clock_.Advance(100 * kMillisecond);
  Show("uid=0(root)\n");
  clock_.Advance(3 * kMillisecond);
  ASSERT_TRUE(Seal());
  recorder_.reset();
  ExpectGolden(MainPath(), kNewest + "/encrypted.cast.zst.age");
  ExpectGolden(SealPath(), kNewest + "/encrypted.seal");
}

TEST_F(EncryptedGoldenTest, TheWriterStillMakesTheCutRecording) {
  StartFixed(kEncryptedCutId);
  clock_.Advance(kSecond);
  Show("in the tail\n");
  recorder_.reset();
  const std::string id = kNewest + "/" + kEncryptedCutId;
  ExpectGolden(MainPath(), id + ".cast.zst.age");
  ExpectGolden(RestPath(0), id + ".rest.0");
  ExpectGolden(TailPath(1), id + ".tail.1");
}

TEST_F(EncryptedGoldenTest, BothAreRead) {
  for (const std::string& golden : kEvery) {
    SCOPED_TRACE(golden);
    const std::string sealed = golden + "/encrypted.cast.zst.age";
    EXPECT_EQ(Text(sealed, GoldenIdentity()), "o uid=0(root)\nx 0 remote exit");
    const auto report = VerifyRecording(sealed, GoldenSigner(GoldenIdentity()));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::kTrusted) << report->summary;
    const auto seal = OuterSeal::Parse(Content(golden + "/encrypted.seal"));
    ASSERT_TRUE(seal) << seal.error().message;
    EXPECT_EQ(seal->sha256, Sha256::Of(Content(sealed)));
    EXPECT_EQ(seal->keys.user_key, GoldenKey());

    const std::string cut = golden + "/" + kEncryptedCutId + ".cast.zst.age";
    EXPECT_EQ(Text(cut, GoldenIdentity()), "o in the tail\n");
    const auto cut_report = VerifyRecording(cut, GoldenSigner(GoldenIdentity()));
    ASSERT_TRUE(cut_report);
    EXPECT_EQ(cut_report->verdict, Verdict::kNoSeal) << cut_report->summary;
  }
}

TEST_F(GoldenTest, TheUserKeyIsTheOneBesideThem) {
  MakeSealed();
  const std::string path = directory_ + "/user-key.pub.pem";
  std::ofstream(path) << user_key_.PublicPem();
  ExpectGolden(path, kGolden + "/user-key.pub.pem");
}

TEST_F(GoldenTest, TheSealedRecordingIsRead) {
  for (const std::string& golden : kEvery) {
    const std::string path = golden + "/sealed.cast.zst";
    EXPECT_EQ(Text(path), "o uid=0(root)\nE caf\xc3\xa9 \xffx 0 remote exit");
    const auto report = VerifyRecording(path, GoldenSigner());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::kTrusted) << report->summary;
    EXPECT_EQ(report->header->session->user_key, golden == kGolden ? "" : report->signer);
    EXPECT_EQ(VerifyRecording(path, {})->verdict, Verdict::kUnknownSigner);
  }
}

TEST_F(GoldenTest, TheCutRecordingIsReadToItsLastWholeLine) {
  for (const std::string& golden : kEvery) {
    const std::string path = golden + "/cut.cast.zst";
    const std::string text = Text(path);
    const std::string end = "o signed\no not yet signed\n";
    EXPECT_EQ(text.substr(text.size() - end.size()), end);
    const auto report = VerifyRecording(path, GoldenSigner());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::kNoSeal) << report->summary;
  }
}

}  // namespace
}  // namespace secure_exec
