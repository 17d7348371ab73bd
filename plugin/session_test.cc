#include "plugin/testing/session_fixture.h"

namespace secure_exec {
namespace {

TEST_F(SessionTest, ShowsEachChannelOnItsDescriptor) {
  FakeRemote remote;
  remote.Output(Channel::kStdout, "out1 ");
  remote.Output(Channel::kStderr, "err1");
  remote.Output(Channel::kStdout, "out2");
  EXPECT_EQ(Run(remote).why, SessionEnd::Why::kFinished);
  EXPECT_EQ(ReadAll(stdout_.read), "out1 out2");
  EXPECT_EQ(ReadAll(stderr_.read), "err1");
}

TEST_F(SessionTest, ShowsNothingThatWasNotRecorded) {
  refuse_after_start_ = true;
  FakeRemote remote;
  remote.finish_at_end = false;
  remote.Output(Channel::kStdout, "secret");
  const SessionEnd end = Run(remote);
  EXPECT_EQ(end.why, SessionEnd::Why::kRecordingFailed);
  EXPECT_EQ(end.error->kind, ErrorKind::kRecording);
  EXPECT_EQ(ReadAll(stdout_.read), "");
}

TEST_F(SessionTest, SendsNothingThatWasNotRecorded) {
  refuse_after_start_ = true;
  FakeRemote remote;
  remote.finish_at_end = false;
  ASSERT_EQ(::write(stdin_.write.get(), "typed", 5), 5);
  EXPECT_EQ(Run(remote, true).why, SessionEnd::Why::kRecordingFailed);
  EXPECT_EQ(remote.sent, "");
}

TEST_F(SessionTest, SendsNoSecretThatWasNotAnnounced) {
  stdin_mode_ = RecordMode::kEchoed;
  refuse_after_start_ = true;
  FakeRemote remote;
  remote.finish_at_end = false;
  ASSERT_EQ(::write(stdin_.write.get(), "typed", 5), 5);
  EXPECT_EQ(Run(remote, true).why, SessionEnd::Why::kRecordingFailed);
  EXPECT_EQ(remote.sent, "");
}

TEST_F(SessionTest, RecordsOfTheInputWhatIsEchoed) {
  stdin_mode_ = RecordMode::kEchoed;
  FakeRemote remote;
  remote.finish_at_end = false;
  remote.finish_on_stdin_close = true;
  remote.on_sent = [](std::string_view bytes, std::string* output) {
    *output = bytes == "ls\r" ? "ls\r\nPassword: " : "\r\n";
  };
  remote.on_shown = [&](std::string_view all) {
    if (all.ends_with("Password: ")) {
      EXPECT_EQ(::write(stdin_.write.get(), "hunter2\r", 8), 8);
    }
    if (all.ends_with("Password: \r\n")) stdin_.write.Reset();
  };
  ASSERT_EQ(::write(stdin_.write.get(), "ls\r", 3), 3);
  EXPECT_EQ(Run(remote, true).why, SessionEnd::Why::kFinished);
  EXPECT_EQ(remote.sent, "ls\rhunter2\r");
  const auto totals = recorder_->Seal({0, true, "exit"}, Clock::System().BootNs() + 20 * kSecond);
  ASSERT_TRUE(totals.has_value());
  EXPECT_EQ(totals->bytes[0], 4u) << "ls, Enter, and the secret's Enter";
}

TEST_F(SessionTest, SendsStdinInOrderThenItsEnd) {
  FakeRemote remote;
  remote.finish_at_end = false;
  remote.finish_on_stdin_close = true;
  std::string all;
  for (int i = 0; i < 5000; ++i) all += std::to_string(i) + "\n";
  std::thread writer([&] {
    EXPECT_EQ(::write(stdin_.write.get(), all.data(), all.size()),
              static_cast<ssize_t>(all.size()));
    stdin_.write.Reset();
  });
  const SessionEnd end = Run(remote, true);
  writer.join();
  EXPECT_EQ(end.why, SessionEnd::Why::kFinished);
  EXPECT_TRUE(end.stdin_ended);
  EXPECT_EQ(end.stdin_read, all.size());
  EXPECT_EQ(remote.sent, all);
}

TEST_F(SessionTest, JoinsASplitCharacter) {
  FakeRemote remote;
  remote.Output(Channel::kStdout, "a\xe2\x82");
  remote.Output(Channel::kStdout, "\xac!");
  Run(remote);
  EXPECT_EQ(ReadAll(stdout_.read), "a\xe2\x82\xac!");
}

TEST_F(SessionTest, LetsAnUnfinishedCharacterGoAtTheEnd) {
  FakeRemote remote;
  remote.Output(Channel::kStdout, "a\xe2\x82");
  Run(remote);
  EXPECT_EQ(ReadAll(stdout_.read), "a\xe2\x82");
}

TEST_F(SessionTest, ShowsWhatCameBeforeTheConnectionBroke) {
  FakeRemote remote;
  remote.Output(Channel::kStdout, "partial");
  remote.steps.push_back([](RemoteCommand::Listener&) -> Result<void> {
    return Fail(ErrorKind::kConnectionLost, "gone");
  });
  const SessionEnd end = Run(remote);
  EXPECT_EQ(end.why, SessionEnd::Why::kConnectionLost);
  EXPECT_EQ(ReadAll(stdout_.read), "partial");
}

TEST_F(SessionTest, EndsOnASignal) {
  FakeRemote remote;
  remote.finish_at_end = false;
  ::kill(::getpid(), SIGTERM);
  const SessionEnd end = Run(remote);
  EXPECT_EQ(end.why, SessionEnd::Why::kSignal);
  EXPECT_EQ(end.signal, SIGTERM);
}

TEST_F(SessionTest, TellsWhenTheFirstOutputCame) {
  const int64_t before = Clock::System().BootNs();
  FakeRemote remote;
  remote.Output(Channel::kStdout, "x");
  Run(remote);
  EXPECT_GE(first_output_ns_, before);
  EXPECT_LE(first_output_ns_, Clock::System().BootNs());
}

// A session that SIGTERM ends before the remote command has said anything.
class LingerTest : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    done_ = MakePipe();
    leash_ = done_.read.get();
    remote_.finish_at_end = false;
    ::kill(::getpid(), SIGTERM);
    // Not before the end: the command says its last when it is hung up.
    remote_.steps.push_back([](RemoteCommand::Listener&) -> Result<void> { return {}; });
  }
  void LeashIsDone() { EXPECT_EQ(::write(done_.write.get(), "x", 1), 1); }
  FakeRemote remote_;
  Pipe done_;
};

TEST_F(LingerTest, ShowsTheLastWordsUntilTheStreamEnds) {
  patience_ns_ = 60 * kSecond;
  remote_.Output(Channel::kStdout, "hung up");
  remote_.finish_at_end = true;
  LeashIsDone();
  const SessionEnd end = Run(remote_);
  EXPECT_EQ(end.why, SessionEnd::Why::kSignal);
  EXPECT_TRUE(lingered_);
  EXPECT_TRUE(remote_.finished());
  EXPECT_EQ(ReadAll(stdout_.read), "hung up");
}

TEST_F(LingerTest, ShowsWhatComesWhileTheLeashWorks) {
  patience_ns_ = 60 * kSecond;
  remote_.finish_at_end = true;
  remote_.steps.push_back([this](RemoteCommand::Listener& listener) -> Result<void> {
    listener.OnOutput(Channel::kStdout, "while it works");
    LeashIsDone();
    return {};
  });
  Run(remote_);
  EXPECT_TRUE(lingered_);
  EXPECT_EQ(ReadAll(stdout_.read), "while it works");
}

TEST_F(LingerTest, HasPatienceButNotForEver) {
  patience_ns_ = 50 * kMillisecond;
  LeashIsDone();
  Run(remote_);
  EXPECT_TRUE(lingered_);
  EXPECT_FALSE(remote_.finished());
}

TEST_F(LingerTest, CtrlCEndsItAndAnotherHangUpDoesNot) {
  remote_.steps.push_back([](RemoteCommand::Listener&) -> Result<void> {
    ::kill(::getpid(), SIGHUP);
    return {};
  });
  remote_.steps.push_back([](RemoteCommand::Listener&) -> Result<void> {
    ::kill(::getpid(), SIGINT);
    return {};
  });
  Run(remote_);
  EXPECT_FALSE(lingered_);
  EXPECT_TRUE(remote_.steps.empty()) << "the hang-up ended it";
}

TEST_F(LingerTest, ATerminalThatIsGoneEndsNothing) {
  patience_ns_ = 60 * kSecond;
  stdout_.read.Reset();
  remote_.Output(Channel::kStdout, "to nobody");
  remote_.Output(Channel::kStderr, "to somebody");
  remote_.finish_at_end = true;
  LeashIsDone();
  EXPECT_EQ(Run(remote_).why, SessionEnd::Why::kSignal);
  EXPECT_TRUE(remote_.finished());
  EXPECT_EQ(ReadAll(stderr_.read), "to somebody");
}

TEST_F(SessionTest, EndsWhenNobodyReadsTheOutput) {
  FakeRemote remote;
  remote.finish_at_end = false;
  stdout_.read.Reset();
  remote.Output(Channel::kStdout, "to nobody");
  EXPECT_EQ(Run(remote).why, SessionEnd::Why::kOutputClosed);
}

TEST_F(SessionTest, StopsReadingWhileTheReaderIsSlow) {
  FakeRemote remote;
  size_t produced = 0, most_ahead = 0;
  std::atomic<size_t> consumed{0};
  const std::string block(64 * 1024, 'x');
  for (int i = 0; i < 200; ++i) {
    remote.steps.push_back([&](RemoteCommand::Listener& listener) -> Result<void> {
      listener.OnOutput(Channel::kStdout, block);
      produced += block.size();
      most_ahead = std::max(most_ahead, produced - consumed);
      return {};
    });
  }
  std::string got;
  std::thread reader([&] {
    char buffer[4096];
    ssize_t count;
    while ((count = ::read(stdout_.read.get(), buffer, sizeof buffer)) > 0) {
      got.append(buffer, static_cast<size_t>(count));
      consumed += static_cast<size_t>(count);
    }
  });
  Run(remote);
  reader.join();
  EXPECT_EQ(got.size(), produced);
  // The session's bound, one block beyond it, and what the pipe and the reader hold.
  EXPECT_LE(most_ahead, (1u << 20) + 3 * block.size());
}

}  // namespace
}  // namespace secure_exec
