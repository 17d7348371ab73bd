// The power goes at any moment of an encrypted session, and takes any of the writes since the last
// sync: of the age file, of its rest and tail segments, of the seal. What is left is cut, never
// altered, and what was synced is in it.
#include <gtest/gtest.h>

#include "recorder/encrypted_source.h"
#include "recorder/recover.h"
#include "recorder/testing/power_cut_fixture.h"
#include "recorder/testing/recording_builder.h"

namespace secure_exec {
namespace {

// What is found, as files.
class FoundFiles final : public MemoryRecording {
 public:
  FoundFiles(const CrashDisk::Found& found, const Uuid& id)
      : MemoryRecording(*found.main), rests_(""), id_(id) {
    tails = found.tails;
    rests_.tails = found.rests;
  }
  Result<std::optional<uint64_t>> FirstRest(uint64_t from) const override {
    return rests_.FirstTail(id_, from);
  }
  Result<std::unique_ptr<ByteSource>> OpenRest(uint64_t number) const override {
    return rests_.OpenTail(id_, number);
  }
  std::optional<Uuid> NamedId() const override { return id_; }

 private:
  MemoryRecording rests_;
  Uuid id_;
};

class EncryptedPowerCutTest : public PowerCutFixture {
 protected:
  void SetUp() override {
    PowerCutFixture::SetUp();
    Encrypt();
  }
  // One that hardly compresses.
  std::string NewText(size_t size) override {
    std::string text = std::to_string(texts_.size()) + ":";
    while (text.size() < size) {
      state_ = state_ * 1664525 + 1013904223;
      text += "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/"[state_ >> 26];
    }
    return text;
  }

  std::unique_ptr<RecordingSource> Open(const CrashDisk::Found& found) {
    auto opened = Decrypt(std::make_unique<FoundFiles>(found, session().id), identities_);
    return opened ? std::move(*opened) : nullptr;
  }
  std::vector<std::string> TextsOf(const CrashDisk::Found& found) {
    auto source = found.main ? Open(found) : nullptr;
    return source ? Texts(std::move(source), /*readable=*/false) : std::vector<std::string>();
  }
  void Judge(const CrashDisk::Found& found, const std::vector<std::string>& synced) {
    ++judged_;
    ExpectHas(TextsOf(found), synced);
    if (!found.main) return;
    const auto source = Open(found);
    if (source == nullptr) return;  // its header was not on the disk: it never began
    const auto report =
        VerifyRecording(*source, MainPath(), {.signers = Signers::Of({user_key_.spki()})});
    ASSERT_TRUE(report) << report.error().message;
    const bool whole = sealed_ && found.main == disk_->Now().main;
    EXPECT_EQ(report->verdict, whole ? Verdict::kTrusted : Verdict::kNoSeal) << report->summary;
    // Files are slow: those with a seal, and some.
    if (found.seal || judged_ % 50 == 0) JudgeFiles(found, *report);
  }
  void JudgeFiles(const CrashDisk::Found& found, const VerifyReport& inner) {
    const TempDirectory directory;
    const std::string main = Write(found, ".cast.zst.age", directory);
    const auto report = VerifyRecording(
        main, {.signers = Signers::Of({user_key_.spki()}), .identities = Identities()});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->verdict, inner.verdict) << report->summary;
    if (report->verdict != Verdict::kNoSeal || !report->genesis_link) return;
    const auto recovery = RecoverRecording(main, "", user_key_, Identities());
    ASSERT_TRUE(recovery) << recovery.error().message;
    EXPECT_EQ(recovery->unsigned_lines, report->unsigned_lines);
    ++recovered_;
  }
  // After every call of the session: the oldest of all states, the first of the others in order,
  // and some at random.
  void CutEverywhere(size_t in_order, size_t at_random) {
    for (size_t step = 0; step <= disk_->steps(); ++step) {
      SCOPED_TRACE("after call " + std::to_string(step));
      EveryChoice choices;
      const auto synced = TextsOf(disk_->After(step, choices));
      for (size_t i = 0; i < in_order && choices.Next(); ++i) {
        Judge(disk_->After(step, choices), synced);
      }
      RandomChoice random(static_cast<uint32_t>(step) + 1);
      for (size_t i = 0; i < at_random; ++i) Judge(disk_->After(step, random), synced);
      if (HasFailure()) return;
    }
  }

  uint32_t state_ = 1;
  int judged_ = 0;
};

// All of it in rest segments until the end.
TEST_F(EncryptedPowerCutTest, OfAFewFrames) {
  Start();
  for (int i = 0; i < 4; ++i) ShowSome(150);
  Sync();
  ShowSome(350);
  ASSERT_TRUE(Seal());
  sealed_ = true;
  CutEverywhere(100, 20);
  EXPECT_GT(recovered_, 5);
}

// Over several chunks, in the middle of which sectors are lost.
TEST_F(EncryptedPowerCutTest, OfSeveralChunks) {
  options_.limits.frame_bytes = 40'000;
  Start();
  for (int i = 0; i < 60; ++i) {
    ShowSome(4000);
    if (i % 25 == 24) Sync();
  }
  ASSERT_TRUE(Seal());
  sealed_ = true;
  EXPECT_GT(disk_->Now().main->size(), 2u * 65'536);
  CutEverywhere(1, 3);
  EXPECT_GT(recovered_, 2);
}

}  // namespace
}  // namespace secure_exec
