// The power goes at any moment of a session, and takes any of the writes since the last sync. What
// is left reads as a recording that was cut: never as altered, and without what was synced never.
#include <gtest/gtest.h>

#include <climits>

#include "recorder/recover.h"
#include "recorder/testing/power_cut_fixture.h"
#include "recorder/testing/recording_builder.h"

namespace secure_exec {
namespace {

class PowerCutTest : public PowerCutFixture {
 protected:
  void SetUp() override {
    PowerCutFixture::SetUp();
    options_.random = [this](void* out, size_t size) {
      const Hash hash = Sha256::Of(std::to_string(++drawn_));
      ASSERT_LE(size, hash.size());
      std::copy_n(hash.begin(), size, static_cast<uint8_t*>(out));
    };
  }

  std::string NewText(size_t size) override {
    std::string text = std::to_string(texts_.size()) + ":";
    for (size_t i = 0; text.size() < size; ++i) {
      text += static_cast<char>('a' + (texts_.size() * 7 + i * i) % 26);
    }
    return text;
  }
  // A session in which the recorder may fail: returns what was shown until then.
  std::vector<std::string> RunToTheEnd() {
    std::vector<std::string> shown;
    for (int i = 0; i < 4; ++i) {
      if (i == 2) clock_.Advance(5 * kSecond);
      texts_.emplace_back(150, static_cast<char>('a' + i));
      if (!Show(texts_.back())) break;
      shown.push_back(texts_.back());
    }
    const auto sealed = Seal();
    EXPECT_TRUE(shown.size() == 4 || !sealed);
    recorder_.reset();
    return shown;
  }
  static std::unique_ptr<MemoryRecording> AsRecording(const CrashDisk::Found& found) {
    auto recording = std::make_unique<MemoryRecording>(*found.main);
    recording->tails = found.tails;
    return recording;
  }
  std::vector<std::string> TextsOf(const CrashDisk::Found& found, bool has_header) {
    return Texts(AsRecording(found), has_header);
  }
  // Judges what one power cut left; true if it was right. `synced`: what must be there.
  bool Judge(const CrashDisk::Found& found, const std::vector<std::string>& synced) {
    if (!found.main) return synced.empty();
    auto& texts = judged_[{*found.main, found.tails}];
    if (!texts) texts = ReadAndVerify(found);
    ExpectHas(*texts, synced);
    return !HasFailure();
  }
  std::vector<std::string> ReadAndVerify(const CrashDisk::Found& found) {
    const auto report = VerifyRecording(*AsRecording(found), MainPath(),
                                        {.signers = Signers::Of({user_key_.spki()})});
    EXPECT_TRUE(report);
    if (!report) return {};
    // After a fault the session may have ended with a seal all the same.
    if (may_be_sealed_ && report->verdict == Verdict::kTrusted) return TextsOf(found, true);
    const bool whole = sealed_ && found.main == disk_->Now().main;
    const Verdict expected = whole ? Verdict::kTrusted : Verdict::kNoSeal;
    EXPECT_EQ(report->verdict, expected) << report->summary;
    // Files are slow: some are enough.
    if (report->verdict == Verdict::kNoSeal && report->genesis_link && judged_.size() % 40 == 0) {
      ExpectRecovers(found, *report);
    }
    return TextsOf(found, report->frames > 0);
  }
  void ExpectRecovers(const CrashDisk::Found& found, const VerifyReport& report) {
    const TempDirectory directory;
    const std::string main = Write(found, ".cast.zst", directory);
    const auto recovery = RecoverRecording(main, "", user_key_);
    ASSERT_TRUE(recovery) << recovery.error().message;
    EXPECT_EQ(recovery->signed_lines, report.lines);
    EXPECT_EQ(recovery->unsigned_lines, report.unsigned_lines);
    ++recovered_;
  }
  // After every call of the session: at most `limit` combinations in order, and if those are not
  // all, as many at random.
  void CutEverywhere(size_t limit) {
    for (size_t step = 0; step <= disk_->steps(); ++step) {
      SCOPED_TRACE("after call " + std::to_string(step));
      EveryChoice every;
      const CrashDisk::Found oldest = disk_->After(step, every);
      const auto synced =
          oldest.main ? TextsOf(oldest, oldest.main->size() > 0) : std::vector<std::string>();
      size_t tried = 0;
      bool more = true;
      EveryChoice choices;
      for (; more && tried < limit; ++tried) {
        if (!Judge(disk_->After(step, choices), synced)) return;
        more = choices.Next();
      }
      if (!more) continue;
      ++sampled_;
      RandomChoice random(static_cast<uint32_t>(step) + 1);
      for (; tried > 0; --tried) {
        if (!Judge(disk_->After(step, random), synced)) return;
      }
    }
  }

  bool may_be_sealed_ = false;
  uint64_t drawn_ = 0;
  // The texts in each state that was met.
  std::map<std::pair<std::string, std::map<uint64_t, std::string>>,
           std::optional<std::vector<std::string>>>
      judged_;
  size_t sampled_ = 0;  // calls after which not every state was tried
};

TEST_F(PowerCutTest, OfATypedSession) {
  Start();
  ShowSome();
  ShowSome();
  Sync();
  ShowSome();
  ShowSome();
  ShowSome();
  ASSERT_TRUE(Seal());
  sealed_ = true;
  CutEverywhere(100'000);
  EXPECT_EQ(sampled_, 0u);
  EXPECT_GT(judged_.size(), 100u);
}

TEST_F(PowerCutTest, OfAFewFrames) {
  Start();
  for (int i = 0; i < 4; ++i) ShowSome(150);
  Sync();
  ShowSome(350);
  ASSERT_TRUE(Seal());
  sealed_ = true;
  CutEverywhere(1'000'000);
  EXPECT_EQ(sampled_, 0u);
  EXPECT_GT(recovered_, 5);
  EXPECT_GT(judged_.size(), 100u);
}

TEST_F(PowerCutTest, OfASessionOfManyFrames) {
  Start();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) ShowSome(150);
    Sync();
  }
  ASSERT_TRUE(Seal());
  sealed_ = true;
  CutEverywhere(40);
  EXPECT_GT(judged_.size(), 100u);
}

TEST_F(PowerCutTest, BeforeTheSeal) {
  Start();
  for (int i = 0; i < 4; ++i) ShowSome(150);
  recorder_.reset();
  CutEverywhere(1000);
  EXPECT_GT(judged_.size(), 100u);
}

// Both at once: the n-th call fails, for all n, and then or later the power goes.
TEST_F(PowerCutTest, AfterAnyFault) {
  may_be_sealed_ = true;
  constexpr Fault kFaults[] = {
      {.error = EIO}, {.error = ENOSPC, .half = true}, {.half = true}, {.none = true}};
  for (const Fault& fault : kFaults) {
    for (int n = 1, last = INT_MAX; n <= last; ++n) {
      SCOPED_TRACE("call " + std::to_string(n) + " fails");
      disk_ = std::make_unique<CrashDisk>();
      TestFiles files(*disk_);
      files.plan = [n, fault](int number, const std::string&) -> std::optional<Fault> {
        return number == n ? std::optional(fault) : std::nullopt;
      };
      files.half_of = [this](int fd, size_t size) { return disk_->Half(fd, size); };
      options_.files = &files;
      judged_.clear();
      texts_.clear();
      drawn_ = 0;
      const auto shown = TryStart() ? RunToTheEnd() : std::vector<std::string>();
      last = files.calls();
      RandomChoice random(static_cast<uint32_t>(n));
      for (int i = 0; i < 6; ++i) {
        const size_t step = random.Pick(disk_->steps() + 1);
        if (!Judge(disk_->After(step, random), {})) {
          ADD_FAILURE() << "after step " << step << ", of the calls:\n"
                        << testing::PrintToString(files.log());
          return;
        }
      }
      if (!Judge(disk_->Now(), shown)) return;
    }
  }
}

}  // namespace
}  // namespace secure_exec
