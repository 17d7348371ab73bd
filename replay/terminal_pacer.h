// The Pacer of a real terminal and a real clock. One at a time: signal handlers are the process's.
#pragma once

#include <signal.h>
#include <termios.h>

#include <array>
#include <optional>

#include "replay/pacer.h"

namespace secure_exec {

class TerminalPacer final : public Pacer {
 public:
  explicit TerminalPacer(int fd) : fd_(fd) {}  // the terminal; somebody else's
  ~TerminalPacer() override { End(); }
  TerminalPacer(const TerminalPacer&) = delete;
  TerminalPacer& operator=(const TerminalPacer&) = delete;

  std::optional<WindowSize> size() const override;
  Result<void> Begin() override;
  void End() override;
  bool Suspend() override;
  int64_t NowNs() const override;
  Wake Wait(int64_t boot_ns) override;

 private:
  static constexpr std::array<int, 4> kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

  int fd_;
  std::optional<termios> saved_;
  termios modes_{};  // while it is ours
  std::array<struct sigaction, kSignals.size()> saved_actions_{};
  struct sigaction saved_winch_ {};
  struct sigaction saved_stop_ {};
  struct sigaction saved_continue_ {};
  bool readable_ = true;
};

}  // namespace secure_exec
