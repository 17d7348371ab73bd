// Encrypted recordings: what is promised of those in the clear, and that nobody else reads them.
// The age program is the judge of the file.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "recorder/age/payload_writer.h"
#include "recorder/outer_seal.h"
#include "recorder/testing/recorder_fixture.h"

namespace secure_exec {
namespace {

std::string LogText(size_t size) {
  std::string text;
  for (unsigned i = 0; text.size() < size; ++i) text += "line " + std::to_string(i * 7919) + "\r\n";
  text.resize(size);
  return text;
}

std::string Noise(size_t size) {
  std::string text;
  for (uint32_t state = 1; text.size() < size;) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>(32 + (state >> 26));
  }
  return text;
}

class EncryptedRecordingTest : public RecorderFixture {
 protected:
  void SetUp() override {
    RecorderFixture::SetUp();
    Encrypt();
  }
  // Everything that is in the directory now, as after a kill -9.
  void Crash() {
    crashed_ = directory_ + ".crash";
    std::filesystem::remove_all(crashed_);
    std::filesystem::copy(directory_, crashed_);
    recorder_.reset();
    std::filesystem::remove_all(directory_);
    std::filesystem::rename(crashed_, directory_);
  }
  void Overwrite(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  // 0 where age decrypts it; then its output is in `out`.
  int ByAge(std::string& out) {
    const std::string key = directory_ + "-key", to = directory_ + "-out";
    Overwrite(key, std::string(identities_[0].Text().view()));
    const int status =
        ::system(("age -d -i " + key + " -o " + to + " " + MainPath() + " 2>&1").c_str());
    out = Content(to);
    std::filesystem::remove(key);
    std::filesystem::remove(to);
    return WEXITSTATUS(status);
  }
  std::string crashed_;
};

TEST_F(EncryptedRecordingTest, ASealedSessionIsReadBackAndTrusted) {
  Start();
  EXPECT_TRUE(Show("ls\r", Channel::kStdin));
  EXPECT_TRUE(Show(LogText(3'000'000)));
  EXPECT_TRUE(Show("ls: \xff\n", Channel::kStderr));
  const auto totals = Seal();
  ASSERT_TRUE(totals) << totals.error().message;
  recorder_.reset();
  const ReadBack read = Read();
  for (int i = 0; i < kChannels; ++i) EXPECT_TRUE(read.bytes[i] == shown_[i]);
  EXPECT_EQ(read.ending, Recording::Ending::kSealed);
  EXPECT_EQ(read.report.verdict, Verdict::kTrusted) << read.report.summary;
  EXPECT_EQ(read.report.remarks, std::vector<std::string>());
  EXPECT_EQ(Files(), SealedFiles());
  EXPECT_EQ(totals->file_size, std::filesystem::file_size(MainPath()));
  EXPECT_EQ(read.report.header->session->recipients,
            std::vector<std::string>{identities_[0].recipient().Text()});
}

TEST_F(EncryptedRecordingTest, AgeDecryptsItToTheSameRecordingInTheClear) {
  Start();
  Show(Noise(1'000'000));
  ASSERT_TRUE(Seal());
  recorder_.reset();
  std::string clear;
  ASSERT_EQ(ByAge(clear), 0);
  const std::string path = directory_ + "/" + FormatUuid(session().id) + ".cast.zst";
  Overwrite(path, clear);
  const auto report = VerifyRecording(path, {.signers = Signers::Of({user_key_.spki()})});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::kTrusted) << report->summary;
}

TEST_F(EncryptedRecordingTest, NothingOfItIsInTheClear) {
  session().pod = "secret-pod";
  Start();
  Show("secret output");
  for (const std::string& path : Files()) {
    EXPECT_EQ(Content(path).find("secret"), std::string::npos) << path;
    EXPECT_EQ(Content(path).find("sxt1"), std::string::npos) << path;
  }
  ASSERT_TRUE(Seal());
  recorder_.reset();
  EXPECT_EQ(Content(MainPath()).find("secret"), std::string::npos);
  // The seal names the program in its first line, and nothing of the session.
  EXPECT_EQ(Content(SealPath()).find("pod"), std::string::npos);
}

TEST_F(EncryptedRecordingTest, NobodyElseReadsIt) {
  Start();
  Show("text");
  Crash();
  std::vector<AgeIdentity> others;
  others.push_back(AgeIdentity::FromScalar(Secret<32>::Random(RandomBytes)));
  const auto stranger =
      Recording::Open(MainPath(), [&]() -> Result<std::span<const AgeIdentity>> { return others; });
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(stranger.error().message.find("encrypted for others"), std::string::npos);
  const auto nobody = Recording::Open(MainPath());
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().kind, ErrorKind::kUsage);
  EXPECT_NE(nobody.error().message.find("--identity"), std::string::npos);
}

// Before the first chunk is full there is only a header in the main file.
TEST_F(EncryptedRecordingTest, ACrashAtOnceLosesNeitherTheHeaderNorTheKeys) {
  Start();
  Crash();
  const ReadBack read = Read();
  EXPECT_EQ(read.ending, Recording::Ending::kCut);
  EXPECT_EQ(read.report.verdict, Verdict::kNoSeal) << read.report.summary;
  EXPECT_EQ(read.report.frames, 1u);
  EXPECT_EQ(read.report.signer, Fingerprint(user_key_.spki()));
}

TEST_F(EncryptedRecordingTest, ACrashAnywhereLosesNothingThatWasShown) {
  for (const size_t step : {100u, 30'000u, 400'000u, 700'000u}) {
    session().id = MakeUuidV7(clock_.wall_ns);
    shown_[1].clear();
    Start();
    for (int i = 0; i < 12; ++i) {
      Show(i % 3 == 2 ? LogText(step) : Noise(step));
      clock_.Advance(kSecond);
      const ReadBack live = Read();  // while it is written, too
      EXPECT_TRUE(live.bytes[1] == shown_[1]) << step << " step " << i;
      EXPECT_EQ(live.report.verdict, Verdict::kNoSeal) << live.report.summary;
    }
    Crash();
    const ReadBack read = Read();
    EXPECT_TRUE(read.bytes[1] == shown_[1]) << step;
    EXPECT_EQ(read.report.verdict, Verdict::kNoSeal) << read.report.summary;
  }
}

TEST_F(EncryptedRecordingTest, RestSegmentsAreFollowedByOthersAndRemoved) {
  Start();
  for (int i = 0; i < 60; ++i) Show(Noise(530'000));  // about 400 KiB a frame when compressed
  EXPECT_TRUE(std::filesystem::exists(RestPath(1)));
  clock_.Advance(6 * kSecond);
  recorder_->Flush();
  Show(Noise(530'000));
  ASSERT_TRUE(files_->WaitFor("unlink " + RestPath(0)));
  Crash();
  const ReadBack read = Read();
  EXPECT_TRUE(read.bytes[1] == shown_[1]);
  EXPECT_EQ(read.report.verdict, Verdict::kNoSeal) << read.report.summary;
}

TEST_F(EncryptedRecordingTest, TheRestIsSyncedBeforeASegmentGoes) {
  Start();
  Show("in the tail");
  Show(Noise(530'000));
  clock_.Advance(6 * kSecond);
  recorder_->Flush();
  ASSERT_TRUE(files_->WaitFor("unlink " + TailPath(1)));
  const std::vector<std::string> log = files_->log();
  const auto find = [&](const std::string& call, auto from) {
    return std::find(from, log.end(), call);
  };
  const auto gone = find("unlink " + TailPath(1), log.begin());
  // The last write of the frame, then both syncs, then the removal.
  const auto written =
      std::find_if(std::make_reverse_iterator(gone), log.rend(),
                   [&](const std::string& call) { return call.find("write " + RestPath(0)) == 0; });
  ASSERT_NE(written, log.rend());
  const auto main_sync = find("sync " + MainPath(), written.base());
  const auto rest_sync = find("sync " + RestPath(0), written.base());
  EXPECT_LT(main_sync, gone);
  EXPECT_LT(rest_sync, gone);
}

// By itself, that is: the seal beside it says what it had.
TEST_F(EncryptedRecordingTest, EveryCutOfASealedFileIsCutAndNeverAltered) {
  Start();
  Show(Noise(300'000));
  ASSERT_TRUE(Seal());
  recorder_.reset();
  const std::string whole = Content(MainPath());
  const std::string seal = Content(SealPath());
  for (size_t size = 200; size < whole.size(); size += 7'919) {
    Overwrite(MainPath(), whole.substr(0, size));
    Overwrite(SealPath(), seal);
    EXPECT_EQ(VerifyRecording(MainPath(), {.identities = Identities()})->verdict,
              Verdict::kAltered);
    std::filesystem::remove(SealPath());
    const auto report = VerifyRecording(MainPath(), {.identities = Identities()});
    ASSERT_TRUE(report) << size << report.error().message;
    EXPECT_EQ(report->verdict, Verdict::kNoSeal) << size << report->summary;
    std::string out;
    EXPECT_EQ(size % 5 == 0 ? ByAge(out) : 1, 1);
  }
}

TEST_F(EncryptedRecordingTest, AnAlteredChunkIsMetWhereItStands) {
  Start();
  Show(Noise(300'000));
  ASSERT_TRUE(Seal());
  recorder_.reset();
  const std::string whole = Content(MainPath());
  const size_t start = ParseAgeHeader(whole)->size + 16;
  ASSERT_GT(whole.size(), start + 2 * kAgeSealedChunk);
  for (const size_t at :
       {start, start + 100, start + kAgeSealedChunk - 1, start + kAgeSealedChunk}) {
    std::string altered = whole;
    altered[at] ^= 1;
    Overwrite(MainPath(), altered);
    const auto report = VerifyRecording(MainPath(), {.identities = Identities()});
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::kAltered) << report->summary;
    EXPECT_NE(report->summary.find("the encrypted bytes from"), std::string::npos)
        << report->summary;
  }
  // Whoever cannot decrypt sees it by the seal.
  const auto seal = OuterSeal::Parse(Content(SealPath()));
  ASSERT_TRUE(seal) << seal.error().message;
  EXPECT_EQ(seal->sha256, Sha256::Of(whole));
  EXPECT_NE(seal->sha256, Sha256::Of(Content(MainPath())));
}

TEST_F(EncryptedRecordingTest, WhatStandsBeforeAnAlteredChunkIsRead) {
  Start();
  Show(Noise(2'000'000));
  ASSERT_TRUE(Seal());
  recorder_.reset();
  std::string altered = Content(MainPath());
  altered[altered.size() - 2 * kAgeSealedChunk] ^= 1;
  Overwrite(MainPath(), altered);
  const auto report = VerifyRecording(MainPath(), {.identities = Identities()});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::kAltered) << report->summary;
  EXPECT_EQ(report->altered_frame, report->frames);
  EXPECT_GE(report->frames, 3u);
  auto recording = Recording::Open(MainPath(), Identities()).value();
  std::string bytes;
  Event event;
  Result<bool> more = true;
  while ((more = recording->Next(event)) && *more) bytes += event.data;
  ASSERT_FALSE(more);
  EXPECT_GT(bytes.size(), 900'000u);
  EXPECT_TRUE(shown_[1].starts_with(bytes));
}

TEST_F(EncryptedRecordingTest, AnAlteredSegmentIsAltered) {
  Start();
  Show("one");
  Show("two");
  Crash();
  for (const std::string& path : {TailPath(1), RestPath(0)}) {
    const std::string whole = Content(path);
    for (size_t at = 0; at < whole.size(); at += 3) {
      std::string altered = whole;
      altered[at] ^= 1;
      Overwrite(path, altered);
      const auto report = VerifyRecording(MainPath(), {.identities = Identities()});
      if (!report) {
        EXPECT_EQ(report.error().kind, ErrorKind::kFormat);
        continue;
      }
      // A length that was altered may look like a record that is not whole.
      EXPECT_TRUE(report->verdict == Verdict::kAltered || report->verdict == Verdict::kNoSeal)
          << path << at << report->summary;
      EXPECT_LT(report->lines, 4u) << path << " " << at;
    }
    for (size_t size = 0; size < whole.size(); ++size) {
      Overwrite(path, whole.substr(0, size));
      const auto report = VerifyRecording(MainPath(), {.identities = Identities()});
      ASSERT_TRUE(report);
      EXPECT_EQ(report->verdict, Verdict::kNoSeal) << path << size << report->summary;
      std::string torn = whole;
      std::fill(torn.begin() + static_cast<ptrdiff_t>(size), torn.end(), '\0');
      Overwrite(path, torn);
      const auto zeros = VerifyRecording(MainPath(), {.identities = Identities()});
      ASSERT_TRUE(zeros);
      EXPECT_EQ(zeros->verdict, Verdict::kNoSeal) << path << size << zeros->summary;
    }
    Overwrite(path, whole);
  }
}

TEST_F(EncryptedRecordingTest, SegmentsOfAnotherRecordingDoNotPass) {
  Start();
  Show("mine");
  Crash();
  const std::string main = MainPath(), tail = TailPath(1), rest = RestPath(0);
  const std::string id = FormatUuid(session().id);
  session().id = MakeUuidV7(clock_.wall_ns + kSecond);
  Start();
  Show("other");
  Crash();
  const std::string other_tail = Content(TailPath(1)), other_rest = Content(RestPath(0));
  session().id = *ParseUuid(id);
  for (const auto& [path, bytes] : {std::pair(tail, other_tail), std::pair(rest, other_rest)}) {
    const std::string whole = Content(path);
    for (const bool renamed : {false, true}) {
      std::string planted = bytes;
      if (renamed) planted.replace(4, 16, whole.substr(4, 16));
      Overwrite(path, planted);
      const auto report = VerifyRecording(main, {.identities = Identities()});
      EXPECT_TRUE(!report || report->verdict == Verdict::kAltered);
    }
    Overwrite(path, whole);
  }
  EXPECT_EQ(VerifyRecording(main, {.identities = Identities()})->verdict, Verdict::kNoSeal);
}

TEST_F(EncryptedRecordingTest, TheSealSaysWhatTheRecordingIs) {
  Start();
  Show("out");
  Show("in", Channel::kStdin);
  Show("err", Channel::kStderr);
  const auto totals = Seal();
  ASSERT_TRUE(totals);
  const Hash genesis = recorder_->genesis_link();
  recorder_.reset();
  const std::string text = Content(SealPath());
  const auto seal = OuterSeal::Parse(text);
  ASSERT_TRUE(seal) << seal.error().message;
  EXPECT_EQ(seal->id, session().id);
  EXPECT_EQ(seal->size, std::filesystem::file_size(MainPath()));
  EXPECT_EQ(seal->sha256, Sha256::Of(Content(MainPath())));
  EXPECT_EQ(seal->bytes[0], 2u);
  EXPECT_EQ(seal->bytes[1], 3u);
  EXPECT_EQ(seal->bytes[2], 3u);
  EXPECT_EQ(seal->lines, 5u);
  EXPECT_EQ(seal->frames, 2u);
  EXPECT_EQ(seal->genesis_link, genesis);
  EXPECT_EQ(seal->seal_link, totals->seal_link);
  EXPECT_EQ(seal->keys.user_key, user_key_.spki());
  for (size_t at = 0; at < text.size(); ++at) {
    std::string altered = text;
    altered[at] ^= 1;
    EXPECT_FALSE(OuterSeal::Parse(altered)) << at;
    EXPECT_FALSE(OuterSeal::Parse(text.substr(0, at)));
  }
  EXPECT_FALSE(OuterSeal::Parse(text + "\n"));
}

TEST_F(EncryptedRecordingTest, SeveralRecipientsReadIt) {
  identities_.push_back(AgeIdentity::FromScalar(Secret<32>::Random(RandomBytes)));
  options_.recipients.push_back(identities_[1].recipient());
  Start();
  Show("for both");
  ASSERT_TRUE(Seal());
  recorder_.reset();
  for (const AgeIdentity& identity : identities_) {
    const auto opened = Recording::Open(MainPath(), [&]() -> Result<std::span<const AgeIdentity>> {
      return std::span(&identity, 1);
    });
    EXPECT_TRUE(opened);
  }
}

TEST_F(EncryptedRecordingTest, NoNonceComesTwice) {
  Start();
  for (int i = 0; i < 50; ++i) Show(Noise(20'000));
  ASSERT_TRUE(Seal());
  EXPECT_GT(encryptions_, 50);  // the fixture has compared them
  EXPECT_EQ(nonces_.size(), static_cast<size_t>(encryptions_));
}

}  // namespace
}  // namespace secure_exec
