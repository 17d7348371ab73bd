// The terminal that a session is played on, and the time it takes; a fake in tests.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/window_size.h"

namespace secure_exec {

class Pacer {
 public:
  virtual ~Pacer() = default;
  virtual std::optional<WindowSize> size() const = 0;
  // Takes the terminal: what is written is passed on as it is, keys are not echoed, and Ctrl-C and
  // signals that would end the program make WaitUntil() false from then on.
  virtual Result<void> Begin() = 0;
  // Gives the terminal back as it was.
  virtual void End() = 0;
  virtual int64_t NowNs() const = 0;  // CLOCK_BOOTTIME
  // False when interrupted, at once.
  virtual bool WaitUntil(int64_t boot_ns) = 0;
};

}  // namespace secure_exec
