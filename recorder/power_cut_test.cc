// The power goes at any moment of a session, and takes any of the writes since the last sync. What
// is left reads as a recording that was cut: never as altered, and without what was synced never.
#include <gtest/gtest.h>

#include <climits>

#include "recorder/recover.h"
#include "recorder/testing/crash_disk.h"
#include "recorder/testing/recorder_fixture.h"
#include "recorder/testing/recording_builder.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

class PowerCutTest : public RecorderFixture {
 protected:
  void SetUp() override {
    RecorderFixture::SetUp();
    options_.files = disk_.get();
    options_.limits.frame_bytes = 400;
    options_.random = [this](void* out, size_t size) {
      const Hash hash = Sha256::Of(std::to_string(++drawn_));
      ASSERT_LE(size, hash.size());
      std::copy_n(hash.begin(), size, static_cast<uint8_t*>(out));
    };
    // Small enough that every combination can be tried.
    session().command = {"sh"};
  }

  // Shows a text that stands nowhere else.
  void ShowSome(size_t size = 20) {
    std::string text = std::to_string(texts_.size()) + ":";
    for (size_t i = 0; text.size() < size; ++i) {
      text += static_cast<char>('a' + (texts_.size() * 7 + i * i) % 26);
    }
    ASSERT_TRUE(Show(text));
    texts_.push_back(text);
  }
  // The same where the recorder may fail: returns what was shown until then.
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
  void Sync() {
    clock_.Advance(5 * kSecond);
    ShowSome();
  }

  static std::unique_ptr<MemoryRecording> AsRecording(const CrashDisk::Found& found) {
    auto recording = std::make_unique<MemoryRecording>(*found.main);
    recording->tails = found.tails;
    return recording;
  }
  // The texts in it, which are some of those that were shown, in their order.
  std::vector<std::string> Texts(const CrashDisk::Found& found, bool has_header) {
    std::vector<std::string> texts;
    auto opened = Recording::Open(AsRecording(found), MainPath());
    if (!opened) {
      EXPECT_FALSE(has_header) << opened.error().message;
      return texts;
    }
    Event event;
    auto next = (*opened)->Next(event);
    size_t at = 0;
    for (; next && *next; next = (*opened)->Next(event)) {
      if (event.code != 'o') continue;
      while (at < texts_.size() && texts_[at] != event.data) ++at;
      EXPECT_LT(at, texts_.size()) << event.data << " was not shown, or not then";
      texts.push_back(event.data);
    }
    EXPECT_TRUE(next) << next.error().message;
    return texts;
  }
  // Judges what one power cut left; true if it was right. `synced`: what must be there.
  bool Judge(const CrashDisk::Found& found, const std::vector<std::string>& synced) {
    if (!found.main) return synced.empty();
    auto& texts = judged_[{*found.main, found.tails}];
    if (!texts) texts = ReadAndVerify(found);
    EXPECT_TRUE(
        std::includes(texts->begin(), texts->end(), synced.begin(), synced.end(),
                      [this](const auto& a, const auto& b) { return Order(a) < Order(b); }));
    return !HasFailure();
  }
  std::vector<std::string> ReadAndVerify(const CrashDisk::Found& found) {
    const auto report = VerifyRecording(*AsRecording(found), MainPath(),
                                        {.signers = Signers::Of({user_key_.spki()})});
    EXPECT_TRUE(report);
    if (!report) return {};
    // After a fault the session may have ended with a seal all the same.
    if (may_be_sealed_ && report->verdict == Verdict::kTrusted) return Texts(found, true);
    const bool whole = sealed_ && found.main == disk_->Now().main;
    const Verdict expected = whole ? Verdict::kTrusted : Verdict::kNoSeal;
    EXPECT_EQ(report->verdict, expected) << report->summary;
    // Files are slow: some are enough.
    if (report->verdict == Verdict::kNoSeal && report->genesis_link && judged_.size() % 40 == 0) {
      ExpectRecovers(found, *report);
    }
    return Texts(found, report->frames > 0);
  }
  void ExpectRecovers(const CrashDisk::Found& found, const VerifyReport& report) {
    const TempDirectory directory;
    const std::string id = FormatUuid(session().id);
    const std::string main = directory.Write(id + ".cast.zst", *found.main);
    for (const auto& [k, bytes] : found.tails) {
      directory.Write(fmt::format("{}.tail.{}", id, k), bytes);
    }
    const auto recovery = RecoverRecording(main, "", user_key_);
    ASSERT_TRUE(recovery) << recovery.error().message;
    EXPECT_EQ(recovery->signed_lines, report.lines);
    EXPECT_EQ(recovery->unsigned_lines, report.unsigned_lines);
    ++recovered_;
  }
  size_t Order(const std::string& text) const {
    return static_cast<size_t>(std::find(texts_.begin(), texts_.end(), text) - texts_.begin());
  }
  // After every call of the session: at most `limit` combinations in order, and if those are not
  // all, as many at random.
  void CutEverywhere(size_t limit) {
    for (size_t step = 0; step <= disk_->steps(); ++step) {
      SCOPED_TRACE("after call " + std::to_string(step));
      EveryChoice every;
      const CrashDisk::Found oldest = disk_->After(step, every);
      const auto synced =
          oldest.main ? Texts(oldest, oldest.main->size() > 0) : std::vector<std::string>();
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

  std::unique_ptr<CrashDisk> disk_ = std::make_unique<CrashDisk>();
  std::vector<std::string> texts_;
  int recovered_ = 0;
  bool sealed_ = false;
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
