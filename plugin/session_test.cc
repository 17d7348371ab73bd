#include "plugin/session.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
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
      auto step = again_ = std::move(steps.front());
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
    if (!on_sent) return;
    std::string output;
    on_sent(bytes, &output);
    steps.push_back([this, output](Listener& listener) -> Result<void> {
      listener.OnOutput(Channel::kStdout, output);
      shown += output;
      on_shown(shown);
      return {};
    });
  }
  void CloseStdin() override { closed = true; }
  bool CanCloseStdin() const override { return true; }
  void Resize(WindowSize size) override { sizes.push_back(size); }
  bool finished() const override { return finished_; }
  int64_t silence() const override { return silent_for; }
  void KeepAlive(bool on) override { kept_alive = on; }
  std::string_view status_bytes() const override { return ""; }
  std::string_view protocol() const override { return "v5.channel.k8s.io"; }
  uint64_t stdin_sent() const override { return sent.size(); }

  void Output(Channel channel, std::string bytes) {
    steps.push_back([channel, bytes](Listener& listener) -> Result<void> {
      listener.OnOutput(channel, bytes);
      return {};
    });
  }

  // Something that happens elsewhere meanwhile.
  void Then(std::function<void()> what) {
    steps.push_back([what = std::move(what)](Listener&) -> Result<void> {
      what();
      return {};
    });
  }

  // Goes on when it is so: the recorder's thread works meanwhile.
  void Until(std::function<bool()> condition) {
    steps.push_back([this, condition = std::move(condition)](Listener&) -> Result<void> {
      if (!condition()) steps.insert(steps.begin(), again_);
      return {};
    });
  }

  std::vector<std::function<Result<void>(Listener&)>> steps;
  int64_t silent_for = 0;
  bool kept_alive = true;
  // What the command answers to bytes that it was sent, and what follows once all of it was shown.
  std::function<void(std::string_view bytes, std::string* output)> on_sent;
  std::function<void(std::string_view all)> on_shown;
  std::string shown;
  bool finish_at_end = true;
  bool finish_on_stdin_close = false;
  std::string sent;
  bool closed = false;
  std::vector<WindowSize> sizes;

 private:
  UniqueFd ours_, theirs_;
  std::function<Result<void>(Listener&)> again_;  // the step that is being made
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
    options.header.session->record[0] = stdin_mode_;
    options.header.session->record_limit = 1 << 30;
    options.user_key = &key_;
    options.files = &disk_;
    auto recorder = Recorder::Create(std::move(options));
    EXPECT_TRUE(recorder.has_value());
    recorder_ = std::move(*recorder);
    disk_.refuse = refuse_after_start_;
    Session::Options session_options = session_options_;
    session_options.stdin_fd = stdin_.read.get();
    session_options.stdout_fd = stdout_.write.get();
    session_options.stderr_fd = stderr_.write.get();
    session_options.stdin_open = stdin_open;
    session_options.first_output_ns = &first_output_ns_;
    session_options.echoed_stdin = stdin_mode_ == RecordMode::kEchoed;
    Session session(session_options, *recorder_, remote, *signals_, nullptr);
    SessionEnd end = session.Run();
    if (leash_ >= 0) lingered_ = session.Linger(leash_, patience_ns_);
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
  // The lines of the recording that are not whole frames yet: all of a short session's.
  std::string Recorded() const {
    std::ostringstream all;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      if (entry.path().filename().string().find(".tail.") == std::string::npos) continue;
      all << std::ifstream(entry.path()).rdbuf();
    }
    return all.str();
  }
  void Type(std::string_view keys) {
    EXPECT_EQ(::write(stdin_.write.get(), keys.data(), keys.size()),
              static_cast<ssize_t>(keys.size()));
  }

  Session::Options session_options_;
  FlakyDisk disk_;
  bool refuse_after_start_ = false;
  RecordMode stdin_mode_ = RecordMode::kAll;
  SigningKey key_ = SigningKey::Generate();
  std::optional<SignalSource> signals_;
  std::unique_ptr<Recorder> recorder_;
  Pipe stdin_, stdout_, stderr_;
  int64_t first_output_ns_ = 0;
  // Where Linger() is to be called after Run(): what it waits for, and then for how long.
  int leash_ = -1;
  int64_t patience_ns_ = 0;
  bool lingered_ = false;
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

// A session on a clock that moves when a step of the remote's says so.
class LimitedSessionTest : public SessionTest {
 protected:
  class SteppedClock : public FakeClock {
   public:
    int64_t BootNs() const override { return boot_ns + step * calls++; }
    int64_t step = 0;  // that every look at the clock takes
    mutable int64_t calls = 0;
  };

  LimitedSessionTest() {
    session_options_.clock = &clock_;
    session_options_.tty = true;
    session_options_.escape = Session::Options::Escape::kSilent;
    session_options_.notices = Notices::Form::kScreen;
    remote_.finish_at_end = false;
    // The recorder is on the system's clock: to the session it must not seem to stall.
    clock_.boot_ns = -1'000'000'000 * kSecond;
  }
  void SetUp() override {
    SessionTest::SetUp();
    // Nothing else can end a loop whose test was wrong.
    ::alarm(60);
  }
  void Pass(int64_t seconds) {
    remote_.Then([this, seconds] { clock_.Advance(seconds * kSecond); });
  }
  void Silent(int64_t seconds) {
    remote_.Then([this, seconds] { remote_.silent_for = seconds * kSecond; });
  }
  void ThenType(std::string keys) {
    remote_.Then([this, keys = std::move(keys)] { Type(keys); });
    Pass(0);  // a turn of the loop in which it is read
  }
  void UntilSent(std::string keys) {
    remote_.Until([this, keys = std::move(keys)] { return remote_.sent == keys; });
  }
  void ThenShow(std::string output) {
    remote_.Output(Channel::kStdout, output);
    remote_.Until([this, size = static_cast<int>(output.size()), before = shown_] {
      return Waiting(stdout_.read) >= before + size;
    });
    shown_ += static_cast<int>(output.size());
  }
  static int Waiting(const UniqueFd& pipe) {
    int bytes = 0;
    EXPECT_EQ(::ioctl(pipe.get(), FIONREAD, &bytes), 0);
    return bytes;
  }
  // What came on the terminal since the last look.
  void Look(std::string& into) {
    Pass(0);
    remote_.Then([this, &into] {
      into.resize(static_cast<size_t>(Waiting(stderr_.read)));
      if (into.empty()) return;
      ASSERT_EQ(::read(stderr_.read.get(), into.data(), into.size()),
                static_cast<ssize_t>(into.size()));
    });
  }
  void End() {
    remote_.Then([this] { remote_.finish_at_end = true; });
  }
  std::string Shown() { return ReadAll(stderr_.read); }

  SteppedClock clock_;
  FakeRemote remote_;
  int shown_ = 0;
};

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(LimitedSessionTest, EndsWhenIdleAfterANotice) {
  session_options_.idle.timeout_ns = 600 * kSecond;
  Pass(540);
  Pass(60);
  const SessionEnd end = Run(remote_, true);
  EXPECT_EQ(end.why, SessionEnd::Why::kIdle);
  EXPECT_EQ(end.error->kind, ErrorKind::kIdle);
  EXPECT_EQ(end.error->message, "idle for 10 min: the session was ended (--idle-timeout)");
  const std::string shown = Shown();
  EXPECT_THAT(shown, HasSubstr("\x1b[22;0t\x1b]2;secure-exec: idle"));
  EXPECT_THAT(shown, HasSubstr("\a\033D"));
  EXPECT_THAT(shown, HasSubstr("secure-exec: idle for 9 min: the session ends in 60 s"));
  EXPECT_TRUE(shown.ends_with("\x1b[23;0t")) << shown;
}

TEST_F(LimitedSessionTest, ANoticeIsAMarkerAndNeverOutput) {
  session_options_.idle.timeout_ns = 600 * kSecond;
  Pass(540);
  Pass(60);
  Run(remote_, true);
  const std::string lines = Recorded();
  EXPECT_THAT(
      lines, HasSubstr(R"("m", "secure-exec: notice: idle for 9 min: the session ends in 60 s"])"));
  EXPECT_THAT(lines, HasSubstr(R"("m", "secure-exec: idle for 10 min: the session was ended)"));
  for (const char* code : {R"("o")", R"("e")", R"("i")"}) EXPECT_THAT(lines, Not(HasSubstr(code)));
}

TEST_F(LimitedSessionTest, AKeyAnswersTheNoticeAndPassesThrough) {
  session_options_.idle.timeout_ns = 600 * kSecond;
  Pass(540);
  ThenType("x");
  UntilSent("x");
  Pass(539);
  std::string shown;
  Look(shown);
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
  EXPECT_EQ(remote_.sent, "x");
  EXPECT_TRUE(shown.ends_with("\x1b[23;0t")) << shown;
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: notice answered: the session goes on"));
}

TEST_F(LimitedSessionTest, OutputIsLife) {
  session_options_.idle.timeout_ns = 600 * kSecond;
  Pass(599);
  remote_.Output(Channel::kStdout, "x");
  Pass(1);
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
}

TEST_F(LimitedSessionTest, OutputIsNoLifeWhereInputAloneCounts) {
  session_options_.idle = {.timeout_ns = 600 * kSecond, .on_input_only = true};
  Pass(599);
  remote_.Output(Channel::kStdout, "x");
  Pass(1);
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kIdle);
}

// Says at once what it was told to.
struct InstantProbe : ForegroundProbe {
  void Ask() override { asked = true; }
  int fd() const override { return -1; }
  short PollEvents() override { return 0; }
  void Advance() override { advanced = asked; }
  std::optional<int64_t> Deadline() const override { return std::nullopt; }
  std::optional<Answer> answer() const override {
    return advanced ? std::optional(says) : std::nullopt;
  }
  Answer says = Answer::kJobRuns;
  bool asked = false, advanced = false;
};

TEST_F(LimitedSessionTest, AForegroundJobKeepsAnIdleSession) {
  InstantProbe probe;
  session_options_.probe = &probe;
  session_options_.idle.timeout_ns = 600 * kSecond;
  Pass(540);
  std::string shown;
  Look(shown);
  Pass(60);
  Look(shown);
  Pass(299);
  remote_.Then([&] { probe.says = ForegroundProbe::Answer::kShellOnly; });
  Pass(1);
  Pass(0);
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kIdle);
  EXPECT_THAT(shown, HasSubstr("a job runs in the foreground: the session ends after it"));
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: idle for 10 min: the session goes on for a job"));
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: idle for 15 min: the session was ended"));
}

TEST_F(LimitedSessionTest, IsKeptAliveUntilTheLimitBites) {
  session_options_.idle.timeout_ns = 600 * kSecond;
  bool before = false;
  Pass(599);
  remote_.Then([&] { before = remote_.kept_alive; });
  Pass(1);
  Run(remote_, true);
  EXPECT_TRUE(before);
  EXPECT_FALSE(remote_.kept_alive);
}

TEST_F(LimitedSessionTest, TypingDoesNotPostponeTheTimeLimit) {
  session_options_.max_duration_ns = 3600 * kSecond;
  Pass(3540);
  ThenType("x");
  UntilSent("x");
  Pass(60);
  const SessionEnd end = Run(remote_, true);
  EXPECT_EQ(end.why, SessionEnd::Why::kTimeLimit);
  EXPECT_EQ(end.error->kind, ErrorKind::kTimeLimit);
  EXPECT_EQ(end.error->message, "the session lasted 60 min: it was ended (--max-duration)");
  EXPECT_EQ(remote_.sent, "x");
  EXPECT_THAT(Shown(),
              HasSubstr("the session ends in 60 s: it may last 60 min, whatever is typed"));
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: notice: the session ends in 60 s"));
}

TEST_F(LimitedSessionTest, TellsOfASilentServerAndOfItsReturn) {
  Silent(10);
  std::string frozen, back;
  Look(frozen);
  Silent(0);
  Look(back);
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
  EXPECT_THAT(
      frozen,
      HasSubstr("secure-exec: no answer; given up in 51 s; Enter, then ~. ends the session"));
  EXPECT_THAT(back, HasSubstr("\x1b[23;0t"));
  EXPECT_THAT(back, HasSubstr("secure-exec: the server answers again"));
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: no answer from the server for 10 s"));
  EXPECT_THAT(Recorded(), HasSubstr("secure-exec: the server answers again"));
}

TEST_F(LimitedSessionTest, TheEscapeEndsASilentSession) {
  Silent(14);
  ThenType("ls\r~.");
  const SessionEnd end = Run(remote_, true);
  EXPECT_EQ(end.why, SessionEnd::Why::kDisconnected);
  EXPECT_EQ(end.error->kind, ErrorKind::kDisconnected);
  EXPECT_EQ(end.error->message, "ended with ~. after the server had not answered for 14 s");
  EXPECT_TRUE(end.silent);
}

TEST_F(LimitedSessionTest, WhatWasTypedWhileFrozenIsRecordedBeforeAnything) {
  Silent(10);
  ThenType("ls\r~.");
  Run(remote_, true);
  const std::string lines = Recorded();
  const size_t typed = lines.find(R"("i", "ls\r"])"),
               ended = lines.find("secure-exec: ended with ~.");
  ASSERT_NE(typed, std::string::npos) << lines;
  ASSERT_NE(ended, std::string::npos) << lines;
  EXPECT_LT(typed, ended);
}

TEST_F(LimitedSessionTest, ASessionThatAnswersIsSentEveryTilde) {
  ThenType("~.\r~.\r~~");
  UntilSent("~.\r~.\r~~");
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
  EXPECT_EQ(remote_.sent, "~.\r~.\r~~");
}

TEST_F(LimitedSessionTest, AHeldTildeIsSentWhenTheServerAnswersAgain) {
  Silent(10);
  ThenType("~");
  std::string before;
  remote_.Then([&] { before = remote_.sent; });
  Silent(0);
  UntilSent("~");
  End();
  Run(remote_, true);
  EXPECT_EQ(before, "");
  EXPECT_EQ(remote_.sent, "~");
}

TEST_F(LimitedSessionTest, TheEscapeCanBeAlwaysArmed) {
  session_options_.escape = Session::Options::Escape::kAlways;
  ThenType("~.");
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kDisconnected);
}

TEST_F(LimitedSessionTest, TheEscapeCanBeOff) {
  session_options_.escape = Session::Options::Escape::kOff;
  Silent(10);
  ThenType("~.");
  UntilSent("~.");
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
}

TEST_F(LimitedSessionTest, WithoutATtyNothingIsTakenOutOfStdin) {
  session_options_.tty = false;
  session_options_.escape = Session::Options::Escape::kAlways;
  ThenType("~.");
  UntilSent("~.");
  End();
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kFinished);
  EXPECT_EQ(remote_.sent, "~.");
}

TEST_F(LimitedSessionTest, ANoticeCutsNoSequenceInTwo) {
  session_options_.max_duration_ns = 600 * kSecond;
  ThenShow("\x1b[3");
  Pass(540);
  std::string inside, behind;
  Look(inside);
  ThenShow("1m");
  Look(behind);
  End();
  Run(remote_, true);
  EXPECT_EQ(inside, "");
  EXPECT_THAT(behind, HasSubstr("the session ends in 60 s"));
}

TEST_F(LimitedSessionTest, AFullScreenProgramIsSentNoLine) {
  session_options_.max_duration_ns = 600 * kSecond;
  ThenShow("\x1b[?1049h");
  Pass(540);
  std::string shown;
  Look(shown);
  End();
  Run(remote_, true);
  EXPECT_EQ(shown, "\x1b[22;0t\x1b]2;secure-exec: the session's time is over soon\a\a");
}

TEST_F(LimitedSessionTest, GivesTheScreenBackWhenItCutsAProgramOff) {
  session_options_.max_duration_ns = 600 * kSecond;
  ThenShow("\x1b[?1049h\x1b[?25lfull screen");
  Pass(600);
  Run(remote_, true);
  EXPECT_EQ(Shown(), "\x1b[?25h\x1b[?1049l\r\n");
}

TEST_F(LimitedSessionTest, LeavesTheScreenOfAProgramThatEndedAsItIs) {
  ThenShow("\x1b[?1049h");
  End();
  Run(remote_, true);
  EXPECT_EQ(Shown(), "");
}

TEST_F(LimitedSessionTest, AStuckTerminalDoesNotHoldUpAnEndOfOurs) {
  session_options_.max_duration_ns = 600 * kSecond;
  session_options_.notices = Notices::Form::kNone;
  const std::string block(64 * 1024, 'x');
  for (int i = 0; i < 4; ++i) remote_.Output(Channel::kStdout, block);
  Pass(600);
  remote_.Then([this] { clock_.step = kDrainNs; });
  clock_.calls = 0;
  EXPECT_EQ(Run(remote_, true).why, SessionEnd::Why::kTimeLimit);
}

}  // namespace
}  // namespace secure_exec
