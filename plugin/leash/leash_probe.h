// The ForegroundProbe that asks through the leash's script: a job runs where another process group
// than the shell's has the terminal. Each Ask() is a short exec of its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "plugin/foreground_probe.h"
#include "plugin/leash/decide.h"
#include "plugin/leash/leash_connection.h"

namespace secure_exec {

// Beyond it the answer is kUnknown.
inline constexpr int64_t kProbePatienceNs = 8 * kSecond;

class LeashProbe final : public ForegroundProbe {
 public:
  // What asks, on a thread of the probe's: how it stands, or why that is not known. Must return
  // soon after `interrupt_fd` became readable. Made anew by each Ask(), on its thread.
  using Question = std::function<Result<Foreground>(int interrupt_fd)>;
  explicit LeashProbe(std::function<Question()> question, const Clock& clock = Clock::System())
      : question_(std::move(question)), clock_(clock) {}
  // Over `connector`, which is borrowed, and used for nothing else while a question is under way.
  LeashProbe(LeashConnector& connector, std::function<LeashTarget()> target);

  void Ask() override;
  int fd() const override { return task_ == nullptr ? -1 : task_->fd(); }
  short PollEvents() override;
  void Advance() override;
  std::optional<int64_t> Deadline() const override { return std::nullopt; }  // fd() has it
  std::optional<Answer> answer() const override { return answer_; }

 private:
  const std::function<Question()> question_;
  const Clock& clock_;
  std::optional<Answer> answer_;
  Answer found_ = Answer::kUnknown;  // the thread's, until it is done
  std::unique_ptr<LeashTask> task_;  // while one is under way; last: its thread uses the others
};

}  // namespace secure_exec
