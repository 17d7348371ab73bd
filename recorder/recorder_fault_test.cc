// Disks that fail, fall short, tear and hang.
#include <errno.h>
#include <gtest/gtest.h>

#include <future>

#include "recorder/testing/recorder_fixture.h"

namespace secure_exec {
namespace {

std::string Incompressible(size_t size) {
  std::string text;
  for (uint32_t state = 1; text.size() < size;) {
    state = state * 1664525 + 1013904223;
    text += "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/"[state >> 26];
  }
  return text;
}

class RecorderFaultTest : public RecorderFixture, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    RecorderFixture::SetUp();
    if (GetParam()) Encrypt();
  }
  static constexpr size_t kWholeHeader = 22 + 98 + 48 + 16;  // version, one recipient, MAC; nonce
  // A small session with every kind of write: tails, frames, a signature, a sync, the seal.
  // True if nothing failed.
  // Over several age chunks, though it is compressed.
  const std::string bulk_ = Incompressible(600'000);
  bool started_ = false;
  bool RunSession() {
    started_ = TryStart();
    if (!started_) return false;
    bool ok = Show("prompt$ ") && Show("ls\r", Channel::kStdin) && Show(bulk_);
    if (ok) {
      clock_.Advance(5 * kSecond);
      ok = Show("more") && Show("error", Channel::kStderr) && Show("last");
    }
    const auto sealed = Seal();
    recorder_.reset();
    return ok && sealed.has_value();
  }
  // Whether the first record of the rest segment is whole.
  bool HasRest() const {
    constexpr size_t kHead = 44 + 8;  // the segment's header, the attempt
    const std::string bytes = Content(RestPath(0));
    if (bytes.size() < kHead + 4) return false;
    size_t size = 0;
    for (size_t i = 4; i-- > 0;) size = size << 8 | static_cast<uint8_t>(bytes[kHead + i]);
    return bytes.size() >= kHead + 4 + size + 16;
  }
  void Reset() {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
    for (std::string& bytes : shown_) bytes.clear();
    session().id = MakeUuidV7(clock_.wall_ns);
    files_ = std::make_shared<TestFiles>();
    options_.files = files_.get();
  }
  // Whatever happened: what was shown is in the recording, and nothing looks altered.
  void ExpectHonest(bool went_well, const std::string& what) {
    SCOPED_TRACE(what);
    if (Files().empty()) {
      EXPECT_FALSE(went_well);
      EXPECT_EQ(start_error_.kind, ErrorKind::kRecording);
      return;
    }
    if (encrypted() && !started_ && Content(MainPath()).size() < kWholeHeader) {
      // What could not even be removed: a session that never began, and its key is not in the file.
      EXPECT_FALSE(went_well);
      return;
    }
    if (encrypted() && !started_ && !HasRest()) {
      // The same with the key, but without a whole record of what should stand behind it.
      EXPECT_FALSE(went_well);
      const auto opened = Recording::Open(MainPath(), Identities());
      ASSERT_FALSE(opened);
      EXPECT_NE(opened.error().message.find("is empty"), std::string::npos)
          << opened.error().message;
      return;
    }
    const ReadBack read = Read();
    for (int i = 0; i < kChannels; ++i) {
      // Bytes may be recorded that were not shown, as after a kill between the two.
      EXPECT_EQ(read.bytes[i].substr(0, shown_[i].size()), shown_[i]);
    }
    if (went_well) {
      EXPECT_EQ(read.report.verdict, Verdict::kTrusted) << read.report.summary;
      EXPECT_EQ(Files(), SealedFiles());
    } else {
      EXPECT_TRUE(read.report.verdict == Verdict::kNoSeal ||
                  read.report.verdict == Verdict::kTrusted)
          << read.report.summary;
    }
  }
  // Runs the session with `fault` at its n-th call, for every n.
  void FailEveryCall(Fault fault, bool survives_writes = false) {
    for (int n = 1;; ++n) {
      Reset();
      bool reached = false;
      std::string failed_call;
      files_->plan = [&](int number, const std::string& call) -> std::optional<Fault> {
        if (number != n) return std::nullopt;
        reached = true;
        failed_call = call;
        return fault;
      };
      const bool well = RunSession();
      if (!reached) {
        EXPECT_TRUE(well);
        EXPECT_GT(n, 15);
        break;
      }
      ExpectHonest(well, "call " + std::to_string(n) + ": " + failed_call);
      if (survives_writes) {
        EXPECT_TRUE(well) << failed_call;
      }
      if (failed_call.find("write ") == 0 && fault.error != 0 && fault.error != EINTR) {
        EXPECT_FALSE(well);
      }
      if (HasFailure()) break;
    }
  }
  // Like it, but from the n-th call on everything fails.
  void FailFromEveryCallOn(Fault fault) {
    for (int n = 1;; ++n) {
      Reset();
      bool reached = false;
      files_->plan = [&](int number, const std::string& call) -> std::optional<Fault> {
        if (number < n) return std::nullopt;
        // A full disk can still shorten and remove.
        if (fault.error == ENOSPC && (call.find("truncate ") == 0 || call.find("unlink ") == 0 ||
                                      call.find("close ") == 0)) {
          return std::nullopt;
        }
        reached = true;
        return fault;
      };
      const bool well = RunSession();
      if (!reached) break;
      ExpectHonest(well, "from call " + std::to_string(n));
      if (HasFailure()) break;
    }
  }
};

TEST_P(RecorderFaultTest, AnyCallMayFailWithEio) { FailEveryCall({.error = EIO}); }

TEST_P(RecorderFaultTest, AnyCallMayFailWithEnospc) { FailEveryCall({.error = ENOSPC}); }

TEST_P(RecorderFaultTest, AnyCallMayMeetTheQuota) { FailEveryCall({.error = EDQUOT}); }

TEST_P(RecorderFaultTest, AnyWriteMayDoNothing) { FailEveryCall({.none = true}); }

TEST_P(RecorderFaultTest, AnyWriteMayTear) { FailEveryCall({.error = EIO, .half = true}); }

TEST_P(RecorderFaultTest, AnyWriteMayFallShort) { FailEveryCall({.half = true}, true); }

TEST_P(RecorderFaultTest, AnyCallMayBeInterrupted) { FailEveryCall({.error = EINTR}, true); }

TEST_P(RecorderFaultTest, TheDiskMayFillForGood) { FailFromEveryCallOn({.error = ENOSPC}); }

TEST_P(RecorderFaultTest, TheDiskMayBreakForGood) {
  FailFromEveryCallOn({.error = EIO, .half = true});
}

TEST_P(RecorderFaultTest, AFileSystemThatReservesNothingWillDo) {
  for (const int error : {EOPNOTSUPP, ENOSYS}) {
    Reset();
    files_->plan = [error](int, const std::string& call) -> std::optional<Fault> {
      if (call.find("reserve ") == 0) return Fault{.error = error};
      return std::nullopt;
    };
    EXPECT_TRUE(RunSession());
    ExpectHonest(true, "reserve");
  }
}

TEST_P(RecorderFaultTest, AFullDiskStillEndsWithItsReasonAndASeal) {
  Start();
  Show("shown");
  files_->plan = [this](int, const std::string& call) -> std::optional<Fault> {
    if (call.find("write " + TailPath(1)) == 0) return Fault{.error = ENOSPC, .half = true};
    return std::nullopt;
  };
  const auto written = recorder_->Written();
  EXPECT_FALSE(Show("never shown"));
  ASSERT_TRUE(recorder_->failed());
  EXPECT_EQ(recorder_->failed()->kind, ErrorKind::kRecording);
  EXPECT_EQ(recorder_->failed()->message,
            "recording: " + TailPath(1) +
                ": No space left on device; make room there, or set SECURE_EXEC_STORE to a "
                "directory that has some");
  EXPECT_FALSE(Seal());
  EXPECT_EQ(recorder_->Written(), written);
  EXPECT_GT(recorder_->Append(Channel::kStdout, "x"), written);
  recorder_.reset();
  const ReadBack read = Read();
  EXPECT_EQ(read.bytes[1], "shown");
  ASSERT_EQ(read.Codes(), "mx");
  EXPECT_EQ(read.others[0].data, "secure-exec: recording failed: No space left on device");
  EXPECT_EQ(read.others[1].data, "120 client recording-failed");
  EXPECT_EQ(read.report.verdict, Verdict::kTrusted) << read.report.summary;
  EXPECT_EQ(Files(), SealedFiles());
}

TEST_P(RecorderFaultTest, ADiskWithoutItsReserveIsFull) {
  Start();
  Show("shown");
  files_->plan = [](int, const std::string& call) -> std::optional<Fault> {
    if (call.find("reserve ") == 0) return Fault{.error = ENOSPC};
    return std::nullopt;
  };
  std::string text;
  for (unsigned i = 0; i < 3'000'000; ++i) text += static_cast<char>(i * i >> (i % 13));
  recorder_->Append(Channel::kStdout, text);
  recorder_->Flush();
  EXPECT_FALSE(Seal());
  recorder_.reset();
  EXPECT_EQ(Read().Codes(), "mx");
  EXPECT_EQ(Read().report.verdict, Verdict::kTrusted);
}

TEST_P(RecorderFaultTest, ASegmentStaysWhenASyncFailed) {
  Start();
  Show("in the tail");
  files_->plan = [this](int, const std::string& call) -> std::optional<Fault> {
    if (call == "sync " + MainPath()) return Fault{.error = EIO};
    return std::nullopt;
  };
  EXPECT_FALSE(Seal());
  recorder_.reset();
  EXPECT_TRUE(std::filesystem::exists(TailPath(1)));
  EXPECT_EQ(Read().bytes[1], "in the tail");
}

// A seal says that all before it is there: after a failed sync nobody knows.
TEST_P(RecorderFaultTest, NothingIsSealedAfterAFailedSync) {
  options_.limits.frame_bytes = 400;
  Start();
  ASSERT_TRUE(Show(std::string(300, 'a')));
  ASSERT_TRUE(Show(std::string(300, 'b')));  // closes a frame
  files_->plan = [this, once = true](int, const std::string& call) mutable -> std::optional<Fault> {
    if (call != "sync " + MainPath() || !once) return std::nullopt;
    once = false;
    return Fault{.error = EIO};
  };
  EXPECT_FALSE(Seal());
  recorder_.reset();
  EXPECT_TRUE(std::filesystem::exists(TailPath(1)));
  EXPECT_EQ(Read().report.verdict, Verdict::kNoSeal);
  EXPECT_EQ(Read().bytes[1], shown_[1]);
}

TEST_P(RecorderFaultTest, ARecordingThatIsFullEndsTheSession) {
  options_.limits = {.frame_bytes = 400, .frames = 6};
  Start();
  int shown = 0;
  while (Show(std::string(300, static_cast<char>('a' + shown)))) ++shown;
  EXPECT_EQ(shown, 4);  // frames 1 to 3 are whole, the 4th is open
  EXPECT_EQ(recorder_->failed()->kind, ErrorKind::kRecording);
  EXPECT_NE(recorder_->failed()->message.find("as long as a recording can be, 6 frames"),
            std::string::npos);
  EXPECT_FALSE(Seal());
  recorder_.reset();
  EXPECT_EQ(Read().report.verdict, Verdict::kTrusted) << Read().report.summary;
  EXPECT_LE(Read().report.frames, 6u);
  EXPECT_EQ(Read().bytes[1], shown_[1]);
  EXPECT_EQ(Read().Codes(), "mx");
}

// Somebody removes a file while it is written: nothing more is shown.
TEST_P(RecorderFaultTest, ASegmentThatVanishesEndsTheSession) {
  Start();
  ASSERT_TRUE(Show("shown"));
  std::filesystem::remove(TailPath(1));
  EXPECT_FALSE(Show("never shown"));
  EXPECT_EQ(recorder_->failed()->message,
            "recording: " + TailPath(1) +
                ": No such file or directory; it was removed while it was in use: start again");
  EXPECT_FALSE(Seal());
  recorder_.reset();
  // The main file has what was shown all the same.
  EXPECT_EQ(Read().bytes[1], "shown");
  EXPECT_EQ(Read().Codes(), "mx");
  EXPECT_EQ(Read().report.verdict, Verdict::kTrusted);
}

TEST_P(RecorderFaultTest, AMainFileThatVanishesEndsTheSession) {
  options_.limits.frame_bytes = 400;
  Start();
  ASSERT_TRUE(Show(std::string(300, 'a')));
  std::filesystem::remove(MainPath());
  EXPECT_FALSE(Show(std::string(300, 'b')));  // closes a frame
  EXPECT_EQ(recorder_->failed()->kind, ErrorKind::kRecording);
  EXPECT_FALSE(Seal());
}

TEST_P(RecorderFaultTest, ADirectoryThatVanishesEndsTheSession) {
  for (const bool moved : {false, true}) {
    Reset();
    options_.limits.frame_bytes = 400;
    Start();
    ASSERT_TRUE(Show(std::string(300, 'a')));
    const std::string elsewhere = directory_ + ".moved";
    if (moved) {
      std::filesystem::rename(directory_, elsewhere);
    } else {
      std::filesystem::remove_all(directory_);
    }
    // The next segment has nowhere to be made.
    EXPECT_FALSE(Show(std::string(300, 'b')));
    EXPECT_EQ(recorder_->failed()->kind, ErrorKind::kRecording);
    EXPECT_EQ(Seal().has_value(), false);
    recorder_.reset();
    if (!moved) continue;
    std::filesystem::rename(elsewhere, directory_);
    EXPECT_EQ(Read().bytes[1].substr(0, 300), std::string(300, 'a'));
  }
}

// A file that has another name now still has the recording.
TEST_P(RecorderFaultTest, AMainFileMayBeRenamed) {
  Start();
  ASSERT_TRUE(Show("before"));
  std::filesystem::rename(MainPath(), MainPath() + ".mine");
  ASSERT_TRUE(Show("after"));
  ASSERT_TRUE(Seal());
  recorder_.reset();
  std::filesystem::rename(MainPath() + ".mine", MainPath());
  EXPECT_EQ(Read().bytes[1], "beforeafter");
  EXPECT_EQ(Read().report.verdict, Verdict::kTrusted);
}

TEST_P(RecorderFaultTest, TheWallClockMayJump) {
  Start();
  for (const int64_t hours : {5, -30, 24 * 400, -24 * 365 * 60, 0}) {
    clock_.wall_ns += hours * 3600 * kSecond;
    ASSERT_TRUE(Show("a"));
    clock_.Advance(6 * kSecond);
    ASSERT_TRUE(Show("b"));
  }
  ASSERT_TRUE(Seal());
  recorder_.reset();
  const ReadBack read = Read();
  EXPECT_EQ(read.bytes[1], "ababababab");
  EXPECT_EQ(read.report.verdict, Verdict::kTrusted) << read.report.summary;
  EXPECT_FALSE(read.report.remarks.empty());  // the steps
}

TEST_P(RecorderFaultTest, ADirectoryThatIsMissingIsNamed) {
  options_.directory = directory_ + "/missing";
  EXPECT_FALSE(TryStart());
  EXPECT_EQ(start_error_.kind, ErrorKind::kRecording);
  EXPECT_NE(start_error_.message.find(directory_ + "/missing"), std::string::npos);
  EXPECT_NE(start_error_.message.find("No such file or directory"), std::string::npos);
}

TEST_P(RecorderFaultTest, ARecordingIsNeverOverwritten) {
  std::ofstream(MainPath()) << "mine";
  EXPECT_FALSE(TryStart());
  EXPECT_EQ(Content(MainPath()), "mine");
}

TEST_P(RecorderFaultTest, ASymlinkIsNotFollowed) {
  std::filesystem::create_symlink(directory_ + "/elsewhere", MainPath());
  EXPECT_FALSE(TryStart());
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/elsewhere"));
}

TEST_P(RecorderFaultTest, TooLittleSpaceIsSaidBeforeAnythingIsMade) {
  options_.min_free_bytes = UINT64_MAX;
  EXPECT_FALSE(TryStart());
  EXPECT_NE(start_error_.message.find("KiB are free"), std::string::npos);
  EXPECT_TRUE(Files().empty());
}

TEST_P(RecorderFaultTest, AHeaderThatIsTooLongIsRefused) {
  session().command = {std::string(2 << 20, 'x')};
  EXPECT_FALSE(TryStart());
  EXPECT_TRUE(Files().empty());
}

INSTANTIATE_TEST_SUITE_P(, RecorderFaultTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Encrypted" : "Clear"; });

// A disk that answers nothing until it is released.
class RecorderStallTest : public RecorderFixture {
 protected:
  void SetUp() override {
    RecorderFixture::SetUp();
    files_->plan = [released = released_.get_future().share(), &stalled = stalled_, first = true](
                       int, const std::string& call) mutable -> std::optional<Fault> {
      if (first && call.find(".tail.") != std::string::npos && call.find("write ") == 0) {
        first = false;
        stalled.set_value();
        released.wait();
      }
      return std::nullopt;
    };
    Start();
    recorder_->Append(Channel::kStdout, "a");
    recorder_->Flush();
    stalled_.get_future().wait();
  }
  std::promise<void> released_, stalled_;
};

TEST_F(RecorderStallTest, IsSeenFromOutside) {
  EXPECT_EQ(recorder_->StalledSince(), clock_.BootNs());
  EXPECT_EQ(recorder_->Written(), 0u);
  EXPECT_FALSE(recorder_->failed());
  released_.set_value();
  ASSERT_TRUE(Seal());
  EXPECT_EQ(recorder_->StalledSince(), std::nullopt);
}

TEST_F(RecorderStallTest, SealGivesUpAtItsDeadline) {
  const auto sealed = recorder_->Seal({0, true, "exit"}, clock_.boot_ns);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().kind, ErrorKind::kRecording);
  EXPECT_NE(sealed.error().message.find(MainPath()), std::string::npos);
  released_.set_value();
}

TEST_F(RecorderStallTest, TheRecorderEndsAllTheSame) {
  static std::vector<std::shared_ptr<TestFiles>> for_the_thread;
  for_the_thread.push_back(files_);
  clock_.Advance(60 * kSecond);
  const int calls = files_->calls();
  recorder_.reset();
  released_.set_value();
  ASSERT_TRUE(files_->WaitFor("write " + TailPath(1)));
  EXPECT_EQ(files_->calls(), calls);  // the thread that was left behind makes none any more
}

}  // namespace
}  // namespace secure_exec
