#include "base/completion/within.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace secure_exec {
namespace {

constexpr int64_t kLong = 60 * kSecond;

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reader.Reset(ends[0]);
    writer.Reset(ends[1]);
  }
  UniqueFd reader{-1}, writer{-1};
};

TEST(RunWithin, ReturnsWhatTheWorkDoes) {
  EXPECT_EQ(RunWithin(kLong, [] { return std::string("answer"); }), "answer");
  const std::string large(kMaxWithinBytes, 'x');
  EXPECT_EQ(RunWithin(kLong, [&] { return large; }), large);
}

TEST(RunWithin, TakesNoMoreThanItsBound) {
  EXPECT_EQ(RunWithin(kLong, [] { return std::string(kMaxWithinBytes + 1, 'x'); }), "");
}

TEST(RunWithin, HasNoTerminalAndNothingToRead) {
  EXPECT_EQ(RunWithin(kLong,
                      [] {
                        char byte;
                        const bool nothing = ::read(STDIN_FILENO, &byte, 1) == 0 &&
                                             ::write(STDERR_FILENO, "x", 1) == 1;
                        return std::string(nothing && ::open("/dev/tty", O_RDWR) < 0 &&
                                                   ::getsid(0) == ::getpid()
                                               ? "alone"
                                               : "not alone");
                      }),
            "alone");
}

TEST(RunWithin, KillsItAndWhatItStartedAtTheLimit) {
  Pipe pipe;
  const std::string text = RunWithin(50 * kMillisecond, [&] {
    if (::fork() >= 0) {
      while (true) ::pause();  // both
    }
    return std::string("no");
  });
  EXPECT_EQ(text, "");
  pipe.writer.Reset(-1);
  // The pipe ends once nobody has it any more.
  pollfd wanted{pipe.reader.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&wanted, 1, 30'000), 1);
  char byte;
  EXPECT_EQ(::read(pipe.reader.get(), &byte, 1), 0);
}

TEST(RunWithin, EndsAtASignal) {
  // Blocked, it stays pending when it is over.
  sigset_t terminate, before;
  sigemptyset(&terminate);
  sigaddset(&terminate, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &terminate, &before);
  const pid_t parent = ::getpid();
  const std::string text = RunWithin(kLong, [&] {
    ::kill(parent, SIGTERM);
    while (true) ::pause();
    return std::string();
  });
  EXPECT_EQ(text, "");
  const timespec now{};
  EXPECT_EQ(::sigtimedwait(&terminate, nullptr, &now), SIGTERM);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace secure_exec
