// The user's terminal: raw mode that is always given back, its size, and signals as a descriptor.
#pragma once

#include <signal.h>
#include <termios.h>

#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/window_size.h"

namespace secure_exec {

bool IsTerminal(int fd);
// Of the terminal behind `fd`; nullopt when it is none or says 0x0.
std::optional<WindowSize> TerminalSize(int fd);

// Raw mode on a terminal for as long as this lives, as kubectl sets it (cfmakeraw). Restored by
// Restore(), the destructor, exit(), and the crash handlers (SEGV, BUS, FPE, ILL, ABRT). One at a
// time.
class RawTerminal {
 public:
  // `fd` must stay open until Restore(). kIo unless it is a terminal and no other is raw.
  static Result<RawTerminal> Enter(int fd);
  RawTerminal(RawTerminal&&) noexcept;
  RawTerminal& operator=(RawTerminal&&) = delete;
  ~RawTerminal();
  void Restore();  // idempotent; does not block on a stopped or dead terminal
  void Reenter();  // raw again, after SIGCONT

 private:
  explicit RawTerminal(int fd) : fd_(fd) {}
  int fd_ = -1;
};

// Blocks HUP, INT, QUIT, TERM, WINCH, TSTP and CONT for the process (call before any thread starts)
// and delivers them through a descriptor. SIGPIPE is ignored. The old mask comes back with the
// destructor.
class SignalSource {
 public:
  static Result<SignalSource> Open();
  SignalSource(SignalSource&&) noexcept;
  ~SignalSource();
  int fd() const { return fd_.get(); }
  // Readable while one waits that ends us (HUP, INT, QUIT, TERM).
  int ending_fd() const { return ending_fd_.get(); }
  std::optional<int> Next();  // nullopt: none waiting
  // The next of those, if one waits; the others before it are dropped.
  std::optional<int> NextEnding();

 private:
  SignalSource(UniqueFd fd, UniqueFd ending_fd, sigset_t old)
      : fd_(std::move(fd)), ending_fd_(std::move(ending_fd)), old_(old) {}
  UniqueFd fd_, ending_fd_;
  sigset_t old_;
};

// Stops as by an uncaught SIGTSTP, and returns when somebody goes on with us. In an orphaned
// process group, where nobody could, the kernel lets us go on at once.
void StopAsOthersDo();

// Dies of `signal` by its default action, as if it had never been caught.
[[noreturn]] void DieOfSignal(int signal);

// Writing to one of the user's descriptors without ever blocking the loop, and without setting
// O_NONBLOCK on a file description that the shell shares: pipes and terminals are reopened through
// /proc/self/fd, sockets are written with MSG_DONTWAIT, files as they are; where reopening is not
// allowed, at most 4096 bytes are written after POLLOUT.
class OutputFd {
 public:
  explicit OutputFd(int fd);
  OutputFd(OutputFd&&) noexcept = default;
  int poll_fd() const;
  // Bytes taken; 0 = would block. kOutputClosed when the reader is gone (EPIPE), kIo when the write
  // fails otherwise.
  Result<size_t> Write(std::string_view bytes);

 private:
  enum class Kind { kNonBlocking, kSocket, kFile, kCareful } kind_;
  int fd_;
  UniqueFd reopened_;
};

}  // namespace secure_exec
