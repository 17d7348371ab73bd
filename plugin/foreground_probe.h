// Whether a job runs in the session's foreground, asked of the pod while the session goes on. A part
// of the session's loop: it says which descriptor and deadline it waits for, and works when told.
#pragma once

#include <cstdint>
#include <optional>

namespace secure_exec {

class ForegroundProbe {
 public:
  virtual ~ForegroundProbe() = default;
  enum class Answer { kUnknown, kShellOnly, kJobRuns };
  // Begins asking; nothing blocks. No-op while one is under way.
  virtual void Ask() = 0;
  virtual int fd() const = 0;  // -1: nothing to wait for
  virtual short PollEvents() = 0;
  virtual void Advance() = 0;
  virtual std::optional<int64_t> Deadline() const = 0;
  // Of the last Ask(), once it is there.
  virtual std::optional<Answer> answer() const = 0;
};

}  // namespace secure_exec
