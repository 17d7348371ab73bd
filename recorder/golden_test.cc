// The recordings in tests/golden: today's writer still makes them, byte for byte, and today's
// reader still reads them. They are of version 1.0 and stay readable for ever; when a later writer
// has to differ, it gets golden files of its own beside these.
//
// Made by this test itself, with SECURE_EXEC_UPDATE_GOLDEN=1. Clock, id and every random byte are
// fixed. The compressed bytes are those of Debian 12's libzstd (1.5.4).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "recorder/recover.h"
#include "recorder/testing/recorder_fixture.h"

namespace secure_exec {
namespace {

const std::string kGolden = SECURE_EXEC_GOLDEN;
const char kCutId[] = "018bcfe5-6800-7000-8000-000000000002";

class GoldenTest : public RecorderFixture {
 protected:
  // A new recorder whose seeds and keys are H("golden 1"), H("golden 2"), …
  void StartFixed(const std::string& id) {
    options_.random = [n = 0](void* out, size_t size) mutable {
      const Hash bytes = Sha256::Of("golden " + std::to_string(++n));
      ASSERT_EQ(size, bytes.size());
      std::copy(bytes.begin(), bytes.end(), static_cast<uint8_t*>(out));
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
  static void ExpectGolden(const std::string& made, const std::string& name) {
    const std::string path = kGolden + "/" + name;
    if (std::getenv("SECURE_EXEC_UPDATE_GOLDEN") != nullptr) {
      std::filesystem::copy_file(made, path, std::filesystem::copy_options::overwrite_existing);
    }
    EXPECT_EQ(Content(made), Content(path)) << path;
  }
  VerifyOptions GoldenSigner() const {
    const Spki key = PublicKeyFromPem(Content(kGolden + "/user-key.pub.pem")).value();
    return {.signers = Signers::Of({key})};
  }
  static std::string Text(const std::string& path) {
    auto recording = Recording::Open(path).value();
    std::string text;
    Event event;
    while (recording->Next(event).value()) text += std::string(1, event.code) + ' ' + event.data;
    return text;
  }
};

TEST_F(GoldenTest, TheWriterStillMakesTheSealedRecording) {
  MakeSealed();
  ExpectGolden(MainPath(), "sealed.cast.zst");
}

TEST_F(GoldenTest, TheWriterStillMakesTheCutRecording) {
  MakeCut();
  ExpectGolden(MainPath(), "cut.cast.zst");
  ExpectGolden(TailPath(2), std::string(kCutId) + ".tail.2");
}

TEST_F(GoldenTest, RecoverStillMakesTheRecoveredRecording) {
  Hash seed;
  seed.fill(0x42);
  const std::string made = directory_ + "/recovered";
  const auto recovery =
      RecoverRecording(kGolden + "/cut.cast.zst", made, SigningKey::FromSeed(seed));
  ASSERT_TRUE(recovery) << recovery.error().message;
  ExpectGolden(made, "recovered.cast.zst");
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

TEST_F(GoldenTest, TheUserKeyIsTheOneBesideThem) {
  MakeSealed();
  const std::string path = directory_ + "/user-key.pub.pem";
  std::ofstream(path) << user_key_.PublicPem();
  ExpectGolden(path, "user-key.pub.pem");
}

TEST_F(GoldenTest, TheSealedRecordingIsRead) {
  const std::string path = kGolden + "/sealed.cast.zst";
  EXPECT_EQ(Text(path), "o uid=0(root)\nE caf\xc3\xa9 \xffx 0 remote exit");
  const auto report = VerifyRecording(path, GoldenSigner());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::kTrusted) << report->summary;
  EXPECT_EQ(VerifyRecording(path, {})->verdict, Verdict::kUnknownSigner);
}

TEST_F(GoldenTest, TheCutRecordingIsReadToItsLastWholeLine) {
  const std::string path = kGolden + "/cut.cast.zst";
  const std::string text = Text(path);
  const std::string end = "o signed\no not yet signed\n";
  EXPECT_EQ(text.substr(text.size() - end.size()), end);
  const auto report = VerifyRecording(path, GoldenSigner());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::kNoSeal) << report->summary;
}

}  // namespace
}  // namespace secure_exec
