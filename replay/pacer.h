// The terminal that a session is played on, and the time it takes; a fake in tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/window_size.h"

namespace secure_exec {

class Pacer {
 public:
  virtual ~Pacer() = default;
  virtual std::optional<WindowSize> size() const = 0;
  // Takes the terminal: what is written is passed on as it is, keys are not echoed, and Ctrl-C and
  // signals that would end the program end a Wait() from then on.
  // kInterrupted: such a signal came while the terminal was somebody else's.
  virtual Result<void> Begin() = 0;
  // Gives the terminal back as it was.
  virtual void End() = 0;
  // Gives it back, stops the program as Ctrl-Z does, and takes the terminal again when the program
  // goes on. To be called after a Wait() that says `stop`. False: the program goes on in order to
  // end, and the terminal is no longer its own.
  virtual bool Suspend() = 0;
  virtual int64_t NowNs() const = 0;  // CLOCK_BOOTTIME

  struct Wake {
    bool interrupted = false;  // by a signal that ends programs, once for all
    bool cancelled = false;    // Ctrl-C, or SIGINT
    bool resized = false;      // the terminal has another size
    bool stop = false;         // Ctrl-Z, or a signal that says so
    bool continued = false;    // after a stop that nobody announced: the terminal was somebody's
    bool no_keys = false;      // none can come: the terminal cannot be read, or is gone
    std::string keys{};        // bytes as the terminal sent them
  };
  // Until `boot_ns`, a key, a new size, or an interruption.
  virtual Wake Wait(int64_t boot_ns) = 0;
};

}  // namespace secure_exec
