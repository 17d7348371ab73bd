#include "recorder/tail_check.h"

#include <optional>

#include "recorder/frame_check.h"

namespace secure_exec {

Problem TailCheck::CheckInterim(const TailReader& tail, const FrameCheck& check) {
  const auto body = CheckpointBody::Decode(tail.body());
  if (!body) return body.error().message;
  if (!VerifySignature(chain_.keys().session_key, tail.body(), tail.signature())) {
    return "a wrong signature";
  }
  if (body->kind != CheckpointKind::kInterim || body->id != chain_.id() || body->k != tail.k() ||
      body->lines != check.lines() || body->first_line != tail.first_line() ||
      body->root != check.root() || body->t_first_us != check.t_first_us() ||
      body->t_last_us != check.t_last_us() || body->facts_commit != Hash{}) {
    return "a signature of other lines";
  }
  // The frame before this one may be lost, and its link with it.
  if (tail.k() == next_k_ && body->prev != chain_.link()) {
    return "a signature that does not follow the last frame";
  }
  wall_ns_ = body->wall_ns;
  return std::nullopt;
}

Result<Problem> TailCheck::Check(TailReader& tail) {
  lost_ = 0;
  std::optional<FrameCheck> check;
  uint64_t signed_lines = 0;
  while (true) {
    const auto item = tail.Next();
    if (!item) {
      if (item.error().kind == ErrorKind::kFormat) return Problem(item.error().message);
      return tl::unexpected(item.error());
    }
    if (*item == TailReader::Item::kEnd) break;
    if (!check) {
      const uint64_t expected = next_line_ + signed_ + unsigned_;
      const bool contiguous = tail.k() == next_k_;
      if (tail.first_line() < expected || (contiguous && tail.first_line() != expected)) {
        return Problem(
            fmt::format("it begins with line {} instead of {}", tail.first_line(), expected));
      }
      if (tail.first_line() > expected) {
        lost_ = tail.first_line() - expected;
      }
      check.emplace(tail.seed(), chain_.last_us());
    }
    auto problem =
        *item == TailReader::Item::kLine ? check->Add(tail.line()) : CheckInterim(tail, *check);
    if (!problem && check->ended()) problem = "the exit event is not in a sealed frame";
    if (problem) return Problem(fmt::format("after {} lines, {}", check->lines(), *problem));
    if (*item == TailReader::Item::kSignature) signed_lines = check->lines();
  }
  if (check) {
    signed_ += signed_lines;
    unsigned_ += check->lines() - signed_lines;
  }
  return Problem();
}

}  // namespace secure_exec
