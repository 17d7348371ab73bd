#include "recorder/recorder.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "recorder/disk_process.h"
#include "recorder/testing/recorder_fixture.h"

namespace secure_exec {
namespace {

class RecorderTest : public RecorderFixture {};

std::string LogText(size_t size) {
  std::string text;
  for (unsigned i = 0; text.size() < size; ++i) text += "line " + std::to_string(i * 7919) + "\r\n";
  text.resize(size);
  return text;
}

TEST_F(RecorderTest, ASealedSessionIsReadBackAndTrusted) {
  Start();
  EXPECT_TRUE(Show("ls\r", Channel::kStdin));
  EXPECT_TRUE(Show("file\r\n"));
  EXPECT_TRUE(Show("ls: \xff\n", Channel::kStderr));
  const auto totals = Seal();
  ASSERT_TRUE(totals) << totals.error().message;
  const ReadBack read = Read();
  for (int i = 0; i < kChannels; ++i) EXPECT_EQ(read.bytes[i], shown_[i]);
  EXPECT_EQ(read.ending, Recording::Ending::kSealed);
  EXPECT_EQ(read.report.verdict, Verdict::kTrusted) << read.report.summary;
  EXPECT_EQ(read.others.back().data, "0 remote exit");
  EXPECT_EQ(totals->bytes[1], 6u);
  EXPECT_EQ(totals->file_size, std::filesystem::file_size(MainPath()));
}

TEST_F(RecorderTest, ASealedSessionIsOneFileOnly) {
  Start();
  Show("a");
  ASSERT_TRUE(Seal());
  EXPECT_EQ(Files(), std::vector<std::string>{MainPath()});
}

TEST_F(RecorderTest, ASessionWithoutEventsCanBeSealed) {
  Start();
  ASSERT_TRUE(Seal());
  EXPECT_EQ(Read().report.verdict, Verdict::kTrusted);
}

TEST_F(RecorderTest, WhatIsWrittenCanBeReadWhileTheSessionRuns) {
  Start();
  for (int i = 0; i < 5; ++i) {
    Show("output " + std::to_string(i) + "\r\n");
    EXPECT_EQ(Read().bytes[1], shown_[1]);
  }
}

TEST_F(RecorderTest, ASessionThatWasNotSealedIsCutAndHoldsWhatWasShown) {
  Start();
  Show(LogText(3 << 20));
  Show("last\r\n");
  recorder_.reset();
  const ReadBack read = Read();
  EXPECT_EQ(read.bytes[1], shown_[1]);
  EXPECT_EQ(read.ending, Recording::Ending::kCut);
  EXPECT_EQ(read.report.verdict, Verdict::kNoSeal) << read.report.summary;
}

TEST_F(RecorderTest, FilesAreForTheirOwnerAloneWhateverTheUmask) {
  for (const mode_t mask : {0u, 0277u}) {
    const mode_t old = ::umask(mask);
    session().id = MakeUuidV7(clock_.wall_ns);
    Start();
    Show("a");
    ::umask(old);
    for (const std::string& path : Files()) {
      struct stat info {};
      ASSERT_EQ(::stat(path.c_str(), &info), 0);
      EXPECT_EQ(info.st_mode & 07777, 0600u) << path;
    }
  }
}

TEST_F(RecorderTest, BulkBecomesFramesWithoutATail) {
  Start();
  const std::string text = LogText(4 << 20);
  Show(text);
  const ReadBack read = Read();
  EXPECT_EQ(read.bytes[1], text);
  EXPECT_GE(read.report.frames, 8u);
  EXPECT_FALSE(std::filesystem::exists(TailPath(1)));
}

TEST_F(RecorderTest, AnyBytesComeBack) {
  std::string bytes;
  for (unsigned i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * i >> (i % 11));
  Start();
  for (size_t at = 0; at < bytes.size(); at += 70'001) {
    Show(std::string_view(bytes).substr(at, 70'001));
  }
  ASSERT_TRUE(Seal());
  const ReadBack read = Read();
  EXPECT_EQ(read.bytes[1], bytes);
  EXPECT_EQ(read.report.verdict, Verdict::kTrusted);
}

TEST_F(RecorderTest, ResizesAndMarkersAreEvents) {
  Start();
  recorder_->AppendResize(132, 43);
  const auto ticket = recorder_->AppendMarker("secure-exec: a note");
  recorder_->Flush();
  EXPECT_TRUE(Await(ticket));
  const ReadBack read = Read();
  ASSERT_EQ(read.Codes(), "rm");
  EXPECT_EQ(read.others[0].data, "132x43");
  EXPECT_EQ(read.others[1].data, "secure-exec: a note");
}

TEST_F(RecorderTest, TimesAreSinceTheStartAndNeverGoBack) {
  Start();
  clock_.Advance(1500 * kMillisecond);
  recorder_->AppendMarker("a");
  clock_.boot_ns -= kSecond;
  recorder_->AppendMarker("b");
  ASSERT_TRUE(Seal());
  const ReadBack read = Read();
  EXPECT_EQ(read.others[0].t_us, 1'500'000);
  EXPECT_EQ(read.others[1].t_us, 1'500'000);
}

TEST_F(RecorderTest, AChannelThatIsOffIsNotRecorded) {
  session().record[0] = RecordMode::kOff;
  Start();
  EXPECT_TRUE(Show("secret", Channel::kStdin));
  const auto totals = Seal();
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->bytes[0], 6u);
  EXPECT_EQ(Read().bytes[0], "");
}

TEST_F(RecorderTest, ADigestedChannelIsOneDigest) {
  session().record[1] = RecordMode::kDigest;
  Start();
  Show("ab");
  Show("c");
  ASSERT_TRUE(Seal());
  const ReadBack read = Read();
  EXPECT_EQ(read.bytes[1], "");
  ASSERT_EQ(read.Codes(), "dx");
  EXPECT_EQ(read.others[0].data,
            "stdout 3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(read.report.verdict, Verdict::kTrusted);
}

TEST_F(RecorderTest, DigestsAreOfAtMost16MiB) {
  session().record[1] = RecordMode::kDigest;
  Start();
  const std::string mebibyte(1 << 20, 'a');
  for (int i = 0; i < 16; ++i) Show(mebibyte);
  EXPECT_EQ(Show(mebibyte + "b"), true);
  ASSERT_TRUE(Seal());
  const ReadBack read = Read();
  ASSERT_EQ(read.Codes(), "ddx");
  EXPECT_EQ(read.others[0].data.substr(0, 16), "stdout 16777216 ");
  EXPECT_EQ(read.others[1].data.substr(0, 15), "stdout 1048577 ");
}

TEST_F(RecorderTest, BeyondItsLimitAChannelIsDigested) {
  session().record_limit = 5;
  Start();
  Show("1234");
  Show("5678");
  Show("9");
  Show("err", Channel::kStderr);
  ASSERT_TRUE(Seal());
  const ReadBack read = Read();
  EXPECT_EQ(read.bytes[1], "12345");
  EXPECT_EQ(read.bytes[2], "err");
  ASSERT_EQ(read.Codes(), "mdx");
  EXPECT_EQ(read.others[0].data, "secure-exec: stdout beyond 5 bytes is recorded as digests");
  EXPECT_EQ(read.others[1].data, "stdout 4 " + HexEncode(AsView(Sha256::Of("6789"))));
}

TEST_F(RecorderTest, ExactlyTheLimitIsNotBeyondIt) {
  session().record_limit = 4;
  Start();
  Show("1234");
  ASSERT_TRUE(Seal());
  EXPECT_EQ(Read().Codes(), "x");
}

TEST_F(RecorderTest, LinesAreSignedWithinFiveSeconds) {
  Start();
  Show("a");
  clock_.Advance(5 * kSecond);
  recorder_->Flush();  // a session's loop comes by now and then
  ASSERT_TRUE(files_->WaitFor("write " + TailPath(1), 2));
  EXPECT_NE(Content(TailPath(1)).find("\n# sig "), std::string::npos);
  EXPECT_EQ(Read().report.lines, 2u);  // the header's and this one
}

TEST_F(RecorderTest, WithoutNewLinesNothingIsSigned) {
  Start();
  Show("a");
  clock_.Advance(5 * kSecond);
  recorder_->Flush();
  ASSERT_TRUE(files_->WaitFor("write " + TailPath(1), 2));
  clock_.Advance(60 * kSecond);
  recorder_->Flush();
  Show("b");
  const std::string tail = Content(TailPath(1));
  EXPECT_EQ(tail.find("# sig"), tail.rfind("# sig"));
}

TEST_F(RecorderTest, ASegmentGoesOnlyAfterASync) {
  Start();
  Show("in the tail");
  Show(LogText(600'000));
  EXPECT_TRUE(std::filesystem::exists(TailPath(1)));
  clock_.Advance(5 * kSecond);
  recorder_->Flush();
  ASSERT_TRUE(files_->WaitFor("unlink " + TailPath(1)));
  const auto log = files_->log();
  const auto unlink = std::find(log.begin(), log.end(), "unlink " + TailPath(1));
  const auto sync = std::find(log.rbegin(), log.rend(), "sync " + MainPath()).base();
  const auto frame = std::find_if(log.begin(), log.end(), [&](const std::string& call) {
    return call.find("write " + MainPath()) == 0 && &call != &log[2];
  });
  EXPECT_LT(sync, unlink + 1);
  EXPECT_LT(frame, sync);
}

TEST_F(RecorderTest, SegmentsThatWaitForASyncAreBounded) {
  Start();
  // As much as fits in one frame, so that each goes to a segment whole and the next one retires it.
  // The clock moves too little for a sync to be due by time.
  const std::string most(127 * kMaxLinePayload, 'a');
  for (int i = 0; i < 135; ++i) {
    clock_.Advance(20 * kMillisecond);  // not in bulk
    ASSERT_TRUE(Show(most));
  }
  EXPECT_TRUE(files_->WaitFor("unlink "));
  uintmax_t waiting = 0;
  for (const std::string& path : Files()) {
    if (path.find(".tail.") != std::string::npos) waiting += std::filesystem::file_size(path);
  }
  EXPECT_LE(waiting, (64u << 20) + (2u << 20));
}

TEST_F(RecorderTest, RoomIsWhatTheQueueHasLeft) {
  Start();
  EXPECT_EQ(recorder_->Room(), 2u << 20);
  const auto ticket = recorder_->Append(Channel::kStdout, std::string(1000, 'a'));
  EXPECT_EQ(recorder_->Room(), (2u << 20) - ticket);
  recorder_->Append(Channel::kStdout, std::string(3 << 20, 'a'));
  EXPECT_EQ(recorder_->Room(), 0u);
  EXPECT_TRUE(Show("last"));
  EXPECT_GT(recorder_->Room(), 1u << 20);
}

TEST_F(RecorderTest, RecordsThroughADiskProcess) {
  auto disk = DiskProcess::Start();
  ASSERT_TRUE(disk);
  options_.files = disk->get();
  Start();
  Show(LogText(2 << 20));
  Show("last");
  ASSERT_TRUE(Seal());
  EXPECT_EQ(Read().bytes[1], shown_[1]);
  EXPECT_EQ(Read().report.verdict, Verdict::kTrusted);
  recorder_.reset();
}

TEST_F(RecorderTest, ADiskProcessThatDiesFailsTheRecording) {
  auto disk = DiskProcess::Start();
  ASSERT_TRUE(disk);
  options_.files = disk->get();
  Start();
  Show("recorded");
  ::kill((*disk)->child(), SIGKILL);
  EXPECT_FALSE(Show("lost"));
  EXPECT_FALSE(Seal());
  recorder_.reset();
  EXPECT_EQ(Read().bytes[1], "recorded");
  EXPECT_EQ(Read().report.verdict, Verdict::kNoSeal);
}

}  // namespace
}  // namespace secure_exec
