#include "plugin/leash/leash_shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <functional>

#include "base/unique_fd.h"
#include "plugin/leash/process_list.h"

namespace secure_exec {
namespace {

using ::testing::HasSubstr;

// The remote end: each Advance() does the next step. After the last one nothing comes any more.
struct Script {
  std::deque<std::function<Result<void>(RemoteCommand::Listener&)>> steps;
  std::string sent, status;
  size_t room = 4096;
  bool finished = false;
  bool over = false;  // where there is no step, time runs out
  int interrupt_fd = -1;

  void Output(std::string bytes, Channel channel = Channel::kStdout) {
    steps.push_back([channel, bytes](RemoteCommand::Listener& listener) -> Result<void> {
      listener.OnOutput(channel, bytes);
      return {};
    });
  }
  void Finish(std::string with_status) {
    steps.push_back([this, with_status](RemoteCommand::Listener&) -> Result<void> {
      status = with_status;
      finished = true;
      return {};
    });
  }
};

class ScriptedRemote : public RemoteCommand {
 public:
  explicit ScriptedRemote(Script& script) : script_(script) {}
  int fd() const override { return -1; }
  short PollEvents(const Listener&) const override { return 0; }
  std::optional<int64_t> Deadline() const override { return std::nullopt; }
  bool HasBufferedInput() const override { return !script_.steps.empty() || !script_.over; }
  Result<void> Advance(Listener& listener) override {
    if (script_.steps.empty()) {
      ::eventfd_write(script_.interrupt_fd, 1);
      script_.over = true;
      return {};
    }
    auto step = std::move(script_.steps.front());
    script_.steps.pop_front();
    return step(listener);
  }
  size_t StdinRoom() const override { return script_.room; }
  void SendStdin(std::string_view bytes) override { script_.sent += bytes; }
  void CloseStdin() override {}
  bool CanCloseStdin() const override { return false; }
  void Resize(WindowSize) override {}
  bool finished() const override { return script_.finished; }
  std::string_view status_bytes() const override { return script_.status; }
  std::string_view protocol() const override { return "v4.channel.k8s.io"; }
  uint64_t stdin_sent() const override { return script_.sent.size(); }

 private:
  Script& script_;
};

struct LeashShellTest : testing::Test {
  LeashShellTest() : interrupt(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    script.interrupt_fd = interrupt.get();
    shell = std::make_unique<RemoteLeashShell>(std::make_unique<ScriptedRemote>(script), clock,
                                               interrupt.get());
  }
  std::string Error(std::string_view line, std::string_view last) {
    const auto answer = shell->Ask(line, last);
    return answer ? "no error" : answer.error().message;
  }

  FakeClock clock;
  Script script;
  UniqueFd interrupt;
  std::unique_ptr<RemoteLeashShell> shell;
};

TEST_F(LeashShellTest, AnAnswerEndsWithItsLastLine) {
  script.Output("p 1\np 2\nu 9.00 4\n");
  const auto answer = shell->Ask("l", "u ");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(*answer, "p 1\np 2\nu 9.00 4\n");
  EXPECT_EQ(script.sent, "l\n");
}

TEST_F(LeashShellTest, AnAnswerMayComeInAnyPieces) {
  const std::string whole = "p 1 u \nu 9.00 4\n";
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    script.Output(whole.substr(0, cut));
    script.Output(whole.substr(cut));
    const auto answer = shell->Ask("l", "u ");
    ASSERT_TRUE(answer.has_value()) << cut;
    EXPECT_EQ(*answer, whole) << cut;
    script.steps.clear();
  }
}

TEST_F(LeashShellTest, ALongLineIsSentAsThereIsRoom) {
  script.room = 3;
  script.Output("");
  script.Output("");
  script.Output(".\n");
  EXPECT_TRUE(shell->Ask("k HUP 1", ".").has_value());
  EXPECT_EQ(script.sent, "k HUP 1\n");
}

TEST_F(LeashShellTest, GivesUpWhenTimeIsOver) {
  script.Output("p 1\n");
  const auto answer = shell->Ask("l", "u ");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, ErrorKind::kInterrupted);
  EXPECT_FALSE(shell->Pause(kSecond));
}

TEST_F(LeashShellTest, SaysThatThereIsNoShell) {
  script.Finish(
      R"({"status":"Failure","message":"error executing command in container: failed to exec in container: exec: \"sh\": executable file not found in $PATH: unknown","reason":"InternalError"})");
  EXPECT_EQ(Error("l", "u "), "there is no shell in it that could be asked");
}

TEST_F(LeashShellTest, SaysWhatTheServerSaid) {
  script.Finish(R"({"status":"Failure","message":"container app is not running"})");
  EXPECT_THAT(Error("l", "u "), HasSubstr("container app is not running"));
}

TEST_F(LeashShellTest, SaysWhatTheShellSaid) {
  script.Output("sh: syntax \x1b[31merror\n", Channel::kStderr);
  script.Finish(
      R"({"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"2"}]}})");
  const std::string error = Error("l", "u ");
  EXPECT_THAT(error, HasSubstr("its shell said: sh: syntax"));
  EXPECT_EQ(error.find('\x1b'), std::string::npos);
}

TEST_F(LeashShellTest, ABrokenConnectionIsAnError) {
  script.steps.push_back([](RemoteCommand::Listener&) -> Result<void> {
    return Fail(ErrorKind::kConnectionLost, "reset by peer");
  });
  EXPECT_EQ(Error("l", "u "), "reset by peer");
}

TEST_F(LeashShellTest, TakesNoEndlessAnswer) {
  for (size_t size = 0; size <= kMaxListBytes; size += 65'536) {
    script.Output(std::string(65'536, 'x'));
  }
  EXPECT_THAT(Error("l", "u "), HasSubstr("too long"));
}

TEST_F(LeashShellTest, TellsTheScriptToEnd) {
  shell.reset();
  EXPECT_EQ(script.sent, "q\n");
}

}  // namespace
}  // namespace secure_exec
