#include "plugin/policy/on_end.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::Not;

class OnEnd : public testing::Test {
 protected:
  OnEnd() {
    char name[] = "/tmp/on-end-XXXXXX";
    directory_ = ::mkdtemp(name);
    recording_ = {.path = "/store/a b.cast.zst",
                  .id = "018bcfe5",
                  .seal = "abcd",
                  .exit = "7 remote exit",
                  .sealed = true,
                  .context = "c",
                  .name_space = "ns",
                  .pod = "p",
                  .container = "main",
                  .reason = "OPS-1; rm -rf $HOME",
                  .local_user = "alice",
                  .home = "/home/alice"};
  }
  ~OnEnd() override { std::filesystem::remove_all(directory_); }

  // A program of these lines of shell; its output goes to out().
  std::vector<std::string> Program(const std::string& script) {
    return {"/bin/sh", "-c", script, "name", "{recording}", "--id={id}", "{unknown}"};
  }
  std::string Run(const std::string& script, int64_t timeout_ns = 60 * kSecond,
                  const Interrupt& interrupt = {}) {
    const auto done = RunOnEnd(Program(script), recording_, timeout_ns, interrupt, Clock::System());
    return done ? "" : done.error().message;
  }
  std::string out() const { return directory_ + "/out"; }
  std::string Written() const {
    std::stringstream text;
    text << std::ifstream(out()).rdbuf();
    return text.str();
  }

  std::string directory_;
  FinishedRecording recording_;
};

TEST_F(OnEnd, ArgumentsAreFilledInAndNoShellReadsThem) {
  EXPECT_EQ(Run("printf '%s|' \"$@\" >" + out()), "");
  EXPECT_EQ(Written(), "/store/a b.cast.zst|--id=018bcfe5|{unknown}|");
}

TEST_F(OnEnd, TheEnvironmentIsOursAlone) {
  ::setenv("SECRET_OF_OURS", "x", 1);
  EXPECT_EQ(Run("env >" + out()), "");
  ::unsetenv("SECRET_OF_OURS");
  const std::string text = Written();
  EXPECT_THAT(text, HasSubstr("SECURE_EXEC_RECORDING=/store/a b.cast.zst\n"));
  EXPECT_THAT(text, HasSubstr("SECURE_EXEC_REASON=OPS-1; rm -rf $HOME\n"));
  EXPECT_THAT(text, HasSubstr("SECURE_EXEC_SEALED=yes\n"));
  EXPECT_THAT(text, HasSubstr("SECURE_EXEC_EXIT=7 remote exit\n"));
  EXPECT_THAT(text, HasSubstr("HOME=/home/alice\n"));
  EXPECT_THAT(text, Not(HasSubstr("SECRET_OF_OURS")));
}

TEST_F(OnEnd, HasNoDescriptorsAndNoTerminalOfOurs) {
  EXPECT_EQ(Run("ls /proc/self/fd | wc -l >" + out() + "; readlink /proc/self/fd/0 >>" + out()),
            "");
  // 0, 1, 2, and ls's own.
  EXPECT_THAT(Written(), HasSubstr("4\n/dev/null"));
}

TEST_F(OnEnd, SignalsThatWeBlockEndIt) {
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  const std::string why = Run("kill -TERM $$; exit 0");
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  EXPECT_THAT(why, HasSubstr("ended by SIGTERM"));
}

TEST_F(OnEnd, ItsFailureIsToldWithWhatItSaid) {
  EXPECT_EQ(Run("echo 'no\x1b[2Jroute' >&2; echo more >&2; exit 3"),
            "on_end /bin/sh: exit status 3: no\\x1b[2Jroute");
}

TEST_F(OnEnd, AProgramThatIsNotThereIsTold) {
  const auto done = RunOnEnd({directory_ + "/none"}, recording_, kSecond, {}, Clock::System());
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(done.error().message, HasSubstr("/none: No such file or directory"));
}

TEST_F(OnEnd, ItHasATimeLimitAndItsChildrenToo) {
  const std::string why = Run("sleep 1000 & echo $! >" + out() + "; wait", kSecond / 5);
  EXPECT_THAT(why, HasSubstr("was killed"));
  const pid_t child = std::atoi(Written().c_str());
  ASSERT_GT(child, 1);
  // Killed with its group: gone, or a zombie until somebody has seen it.
  const auto runs = [&] {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(stat)), {});
    return !text.empty() && text.find(") Z ") == text.npos && text.find(") X ") == text.npos;
  };
  const int64_t deadline = Clock::System().BootNs() + 5 * kSecond;
  while (runs() && Clock::System().BootNs() < deadline) ::sched_yield();
  EXPECT_FALSE(runs());
}

TEST_F(OnEnd, OneThatSaysALotDoesNotHang) {
  EXPECT_THAT(Run("yes no | head -c 1000000 >&2; exit 1"), HasSubstr("exit status 1: no"));
}

TEST_F(OnEnd, ADescendantThatHoldsStderrIsNotWaitedFor) {
  EXPECT_EQ(Run("sleep 5 & exit 0", 3 * kSecond), "");
}

TEST_F(OnEnd, ASignalToUsEndsIt) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "xx", 2), 2);
  int asked = 0;
  // The first is one that does not matter, like a new window size.
  const auto came = [&] {
    char byte;
    (void)!::read(ends[0], &byte, 1);
    return ++asked == 2;
  };
  EXPECT_THAT(Run("sleep 1000", 60 * kSecond, {.fd = ends[0], .came = came}),
              HasSubstr("a signal came"));
  EXPECT_EQ(asked, 2);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace secure_exec
