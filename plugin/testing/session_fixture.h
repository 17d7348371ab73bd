// For tests of the session: its loop on pipes, a recorder on a disk of the test's, and a remote
// command that the test is. Test-only.
#pragma once

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
#include "plugin/session.h"

namespace secure_exec {

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

}  // namespace secure_exec
