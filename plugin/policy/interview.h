// What a policy has the user see and say before a session: the banner, the reason, the
// confirmation. In the prepare phase: blocks, with default signals (Ctrl-C ends the program) and
// the terminal in its own mode.
//
// Questions go to the terminal that controls the process, whatever stdin is: a script's input never
// answers one. Where there is no terminal, a question that must be answered refuses the session.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "plugin/options.h"

namespace secure_exec {

// Asks and returns the line typed, without its LF; nullopt at the end of input.
class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual bool Open() = 0;  // false: there is none
  virtual std::optional<std::string> Ask(const std::string& question) = 0;
};

// /dev/tty.
class ControllingTerminal final : public Terminal {
 public:
  ~ControllingTerminal() override;
  bool Open() override;
  std::optional<std::string> Ask(const std::string& question) override;

 private:
  int fd_ = -1;
};

struct InterviewFacts {
  std::string context, name_space, pod;
};

// Puts the reason that was typed into `options`. `say` writes a line on stderr. Returns whether
// anything was asked, which takes its time. kPolicy: not answered, or not as it must be.
Result<bool> Interview(Options& options, const InterviewFacts& facts, Terminal& terminal,
                       const std::function<void(const std::string&)>& say);

}  // namespace secure_exec
