#include "plugin/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "base/unique_fd.h"

namespace secure_exec {
namespace {

// A remote command whose server is the test: a script of steps, one for each Advance().
class FakeRemote : public RemoteCommand {
 public:
  FakeRemote() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ours_.Reset(fds[0]);
    theirs_.Reset(fds[1]);
  }
  int fd() const override { return ours_.get(); }
  short PollEvents(const Listener& listener) const override {
    return listener.WantsOutput() ? POLLIN : 0;
  }
  std::optional<int64_t> Deadline() const override { return std::nullopt; }
  bool HasBufferedInput() const override { return !steps.empty() || finish_at_end; }
  Result<void> Advance(Listener& listener) override {
    if (!listener.WantsOutput()) return {};
    if (!steps.empty()) {
      auto step = std::move(steps.front());
      steps.erase(steps.begin());
      return step(listener);
    }
    if (finish_at_end) finished_ = true;
    if (finish_on_stdin_close && closed) finished_ = true;
    return {};
  }
  size_t StdinRoom() const override { return 1024; }
  void SendStdin(std::string_view bytes) override {
    EXPECT_LE(bytes.size(), StdinRoom());
    sent += bytes;
  }
  void CloseStdin() override { closed = true; }
  bool CanCloseStdin() const override { return true; }
  void Resize(WindowSize size) override { sizes.push_back(size); }
  bool finished() const override { return finished_; }
  std::string_view status_bytes() const override { return ""; }
  std::string_view protocol() const override { return "v5.channel.k8s.io"; }
  uint64_t stdin_sent() const override { return sent.size(); }

  void Output(Channel channel, std::string bytes) {
    steps.push_back([channel, bytes](Listener& listener) -> Result<void> {
      listener.OnOutput(channel, bytes);
      return {};
    });
  }

  std::vector<std::function<Result<void>(Listener&)>> steps;
  bool finish_at_end = true;
  bool finish_on_stdin_close = false;
  std::string sent;
  bool closed = false;
  std::vector<WindowSize> sizes;

 private:
  UniqueFd ours_, theirs_;
  bool finished_ = false;
};

// The disk, which can be told to refuse.
class FlakyDisk : public FileOps {
 public:
  int MakeDirectory(const std::string& path, mode_t mode) override {
    return System().MakeDirectory(path, mode);
  }
  int Open(const std::string& path, int flags, mode_t mode) override {
    return System().Open(path, flags, mode);
  }
  ssize_t Write(int fd, const void* data, size_t size) override {
    return refuse ? -ENOSPC : System().Write(fd, data, size);
  }
  int Truncate(int fd, off_t size) override { return System().Truncate(fd, size); }
  int DataSync(int fd) override { return System().DataSync(fd); }
  int Reserve(int, off_t, off_t) override { return -EOPNOTSUPP; }
  int Unlink(const std::string& path) override { return System().Unlink(path); }
  int Close(int fd) override { return System().Close(fd); }
  int FreeBytes(const std::string& path, uint64_t* bytes) override {
    return System().FreeBytes(path, bytes);
  }
  std::atomic<bool> refuse{false};
};

class SessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/session_test.XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    auto signals = SignalSource::Open();
    ASSERT_TRUE(signals.has_value());
    signals_.emplace(std::move(*signals));
    stdin_ = MakePipe();
    stdout_ = MakePipe();
    stderr_ = MakePipe();
  }
  void TearDown() override {
    recorder_.reset();
    signals_.reset();
    std::filesystem::remove_all(directory_);
  }

  struct Pipe {
    UniqueFd read, write;
  };
  static Pipe MakePipe() {
    int fds[2];
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
  }

  SessionEnd Run(FakeRemote& remote, bool stdin_open = false) {
    Recorder::Options options;
    options.directory = directory_;
    options.header.session.emplace();
    options.header.session->id = MakeUuidV7(Clock::System().WallNs());
    options.header.session->record[0] = RecordMode::kAll;
    options.header.session->record_limit = 1 << 30;
    options.user_key = &key_;
    options.files = &disk_;
    auto recorder = Recorder::Create(std::move(options));
    EXPECT_TRUE(recorder.has_value());
    recorder_ = std::move(*recorder);
    disk_.refuse = refuse_after_start_;
    Session::Options session_options;
    session_options.stdin_fd = stdin_.read.get();
    session_options.stdout_fd = stdout_.write.get();
    session_options.stderr_fd = stderr_.write.get();
    session_options.stdin_open = stdin_open;
    Session session(session_options, *recorder_, remote, *signals_, nullptr);
    SessionEnd end = session.Run();
    stdout_.write.Reset();
    stderr_.write.Reset();
    return end;
  }

  static std::string ReadAll(const UniqueFd& fd) {
    std::string all;
    char buffer[65536];
    ssize_t count;
    while ((count = ::read(fd.get(), buffer, sizeof buffer)) > 0)
      all.append(buffer, static_cast<size_t>(count));
    return all;
  }

  std::string directory_;
  FlakyDisk disk_;
  bool refuse_after_start_ = false;
  SigningKey key_ = SigningKey::Generate();
  std::optional<SignalSource> signals_;
  std::unique_ptr<Recorder> recorder_;
  Pipe stdin_, stdout_, stderr_;
};

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
