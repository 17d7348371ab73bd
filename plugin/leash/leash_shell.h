// The script's other end: one line goes to it, and its answer comes back. Blocks; used from a
// thread of the leash's own, or before and after a session.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "plugin/remote/remote_command.h"

namespace secure_exec {

class LeashShell {
 public:
  virtual ~LeashShell() = default;
  // `line` without its LF. The answer is all lines up to and with the first that begins with
  // `last`. kServer where the shell could not be started, or ended; kConnectionLost; kInterrupted.
  virtual Result<std::string> Ask(std::string_view line, std::string_view last) = 0;
  // Lets time pass. False: there is none left.
  virtual bool Pause(int64_t ns) = 0;
  virtual const Clock& clock() const = 0;
};

// Over a second remote command. `interrupt_fd` ends every wait when it becomes readable.
class RemoteLeashShell final : public LeashShell, private RemoteCommand::Listener {
 public:
  RemoteLeashShell(std::unique_ptr<RemoteCommand> remote, const Clock& clock, int interrupt_fd);
  ~RemoteLeashShell() override;  // tells the script to end, and does not wait for it

  Result<std::string> Ask(std::string_view line, std::string_view last) override;
  bool Pause(int64_t ns) override;
  const Clock& clock() const override { return clock_; }

 private:
  void OnOutput(Channel channel, std::string_view bytes) override;
  bool WantsOutput() const override { return true; }
  Result<void> Wait();
  // How the remote command ended, in words.
  Error Ending() const;
  // The bytes of answer_ up to and with the line that begins with `last`.
  std::optional<std::string> TakeAnswer(std::string_view last);

  const std::unique_ptr<RemoteCommand> remote_;
  const Clock& clock_;
  const int interrupt_fd_;
  std::string answer_;
  std::string errors_;    // of its stderr, the first 512 bytes
  size_t looked_at_ = 0;  // of answer_: whole lines that are not the last one
  bool too_long_ = false;
};

}  // namespace secure_exec
