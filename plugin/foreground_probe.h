// Whether a job runs in the foreground of the session's terminal in the container, or its shell
// alone waits there. Asked before an idle session is ended: a build that prints nothing for an hour
// is not idle. Passive, as RemoteCommand is; the answer comes later.
#pragma once

#include <cstdint>
#include <optional>

namespace secure_exec {

class ForegroundProbe {
 public:
  // kUnknown: it could not be found out (no shell in the image, no right, an ambiguous list, a
  // connection that broke).
  enum class Answer { kUnknown, kShellOnly, kJobRuns };

  virtual ~ForegroundProbe() = default;
  // Begins asking; nothing blocks. Does nothing while one is under way.
  virtual void Ask() = 0;
  virtual int fd() const = 0;  // -1: nothing to wait for
  virtual short PollEvents() = 0;
  virtual void Advance() = 0;
  // When Advance() must be called though nothing is ready (BootNs).
  virtual std::optional<int64_t> Deadline() const = 0;
  // Of the last Ask(), once it is there.
  virtual std::optional<Answer> answer() const = 0;
};

}  // namespace secure_exec
