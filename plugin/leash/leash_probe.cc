#include "plugin/leash/leash_probe.h"

#include <poll.h>

#include "plugin/leash/leash.h"

namespace secure_exec {
namespace {

ForegroundProbe::Answer AnswerOf(const Result<Foreground>& found) {
  if (!found || *found == Foreground::kUnknown) return ForegroundProbe::Answer::kUnknown;
  return *found == Foreground::kJobRuns ? ForegroundProbe::Answer::kJobRuns
                                        : ForegroundProbe::Answer::kShellOnly;
}

}  // namespace

LeashProbe::LeashProbe(LeashConnector& connector, std::function<LeashTarget()> target)
    : LeashProbe([&connector, target = std::move(target)]() -> Question {
        return [&connector, target = target()](int interrupt_fd) -> Result<Foreground> {
          auto shell = connector.Open("probe", interrupt_fd);
          if (!shell) return tl::unexpected(shell.error());
          return AskForeground(**shell, target);
        };
      }) {}

void LeashProbe::Ask() {
  if (task_ != nullptr) return;
  answer_.reset();
  task_ = std::make_unique<LeashTask>(
      [this, question = question_()](int interrupt_fd) {
        found_ = AnswerOf(question(interrupt_fd));
      },
      clock_.BootNs() + kProbePatienceNs);
}

short LeashProbe::PollEvents() { return task_ == nullptr ? 0 : POLLIN; }

void LeashProbe::Advance() {
  if (task_ == nullptr || !task_->done()) return;
  task_.reset();
  answer_ = found_;
}

}  // namespace secure_exec
