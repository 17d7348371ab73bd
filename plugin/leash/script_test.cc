#include "plugin/leash/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "plugin/leash/process_list.h"

namespace secure_exec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Words = std::vector<std::string>;

TEST(LeashCommand, IsShWhereTheSessionHadNoShell) {
  EXPECT_THAT(LeashCommand({"date"}, "ID"),
              ElementsAre("sh", "-c", std::string(kLeashScript), "secure-exec-leash", "ID"));
}

TEST(LeashCommand, IsTheSessionsOwnShell) {
  EXPECT_EQ(LeashShellOf({"/opt/bin/bash", "-l"}), Words({"/opt/bin/bash"}));
  EXPECT_EQ(LeashShellOf({"ash"}), Words({"ash"}));
  EXPECT_EQ(LeashShellOf({"/busybox", "sh", "-c", "x"}), Words({"/busybox", "sh"}));
}

TEST(LeashCommand, IsShForShellsUnderWhichTheScriptWasNotRun) {
  for (const char* shell : {"zsh", "/usr/bin/fish", "bash-static", "env", "busybox"}) {
    EXPECT_EQ(LeashShellOf({shell, "x"}), Words({"sh"})) << shell;
  }
  EXPECT_EQ(LeashShellOf({}), Words({"sh"}));
}

// A process that does nothing, under a name of its own.
class Named {
 public:
  explicit Named(const char* name) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_NAME, name);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      (void)!::write(ready[1], "x", 1);
      while (true) ::pause();
    }
    char byte;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Named() {
    ::kill(pid_, SIGKILL);
    int status;
    ::waitpid(pid_, &status, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

// What the script answers under a shell of this machine.
std::string Answer(const std::string& shell, const std::string& lines) {
  const std::string base = ::testing::TempDir() + "leash_script." + std::to_string(::getpid());
  std::ofstream(base + ".sh") << kLeashScript;
  std::ofstream(base + ".in") << lines;
  const std::string command =
      shell + " -c \"$(cat " + base + ".sh)\" secure-exec-leash ID <" + base + ".in";
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "re");
  char buffer[4096];
  for (size_t size; (size = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    text.append(buffer, size);
  }
  EXPECT_EQ(::pclose(pipe), 0) << command;
  ::unlink((base + ".sh").c_str());
  ::unlink((base + ".in").c_str());
  return text;
}

struct LeashScript : testing::TestWithParam<const char*> {};

TEST_P(LeashScript, ListsProcessesUnderAnyName) {
  const Named plain("plain"), evil("a) S 1 (b"), end("x\nu 9.00 9"), slash("y\\nu 9\\c");
  const auto list = ParseProcessList(Answer(GetParam(), "l\nq\n"));
  ASSERT_TRUE(list.has_value()) << list.error().message;
  ASSERT_NE(list->Find(plain.pid()), nullptr);
  EXPECT_EQ(list->Find(plain.pid())->name, "plain");
  EXPECT_EQ(list->Find(plain.pid())->parent, ::getpid());
  EXPECT_EQ(list->Find(plain.pid())->session, ::getsid(0));
  EXPECT_EQ(list->Find(evil.pid())->name, "a) S 1 (b");
  EXPECT_EQ(list->Find(end.pid())->name, "xu 9.00 9");
  EXPECT_EQ(list->Find(slash.pid())->name, "y\\nu 9\\c");
  EXPECT_GT(list->uptime_ticks, list->Find(plain.pid())->start_ticks - 2);
  EXPECT_NE(list->Find(list->lister), nullptr);
}

TEST_P(LeashScript, SignalsWhatItIsTold) {
  const Named one("one"), other("other");
  const std::string text =
      Answer(GetParam(), "k HUP 4194303 " + std::to_string(one.pid()) + "\nk CONT " +
                             std::to_string(one.pid()) + "\nq\n");
  EXPECT_THAT(text, HasSubstr("s HUP " + std::to_string(one.pid()) + "\n"));
  EXPECT_EQ(text.find("s HUP 4194303"), std::string::npos);
  EXPECT_THAT(text, HasSubstr("\n.\n"));
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(one.pid()), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(info.si_status, SIGHUP);
  info = {};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(other.pid()), &info, WEXITED | WNOWAIT | WNOHANG), 0);
  EXPECT_EQ(info.si_pid, 0) << "the other one lives";
}

INSTANTIATE_TEST_SUITE_P(Shells, LeashScript, testing::Values("dash", "bash", "busybox ash"));

}  // namespace
}  // namespace secure_exec
