// Whether the connection answers, for the user's eyes and for the escape key. What is heard and for
// how long nothing was is counted by RemoteCommand (ping every 5 s, silence()), which also ends the
// stream after 61 s; this only says when the user is to be told.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace secure_exec {

inline constexpr int64_t kSilenceNoticeNs = 10 * kSecond;
// When RemoteCommand gives the connection up, as kubectl does.
inline constexpr int64_t kSilenceEndNs = 61 * kSecond;

class Liveness {
 public:
  // When we were not there for longer than kGapNs (the machine slept, we were stopped), the peer is
  // given kGraceNs to answer a ping before anything is said about it.
  static constexpr int64_t kGapNs = 10 * kSecond;
  static constexpr int64_t kGraceNs = 5 * kSecond;

  enum class Step { kNone, kSilent, kBack };

  explicit Liveness(int64_t now) : now_(now) {}

  // `silence`: RemoteCommand::silence(). To be called after each of its Advance(), and at
  // Deadline().
  Step Advance(int64_t now, int64_t silence) {
    if (now - now_ > kGapNs) grace_until_ = now + kGraceNs;
    now_ = now;
    silence_ = silence;
    const bool silent = silence >= kSilenceNoticeNs && now >= grace_until_;
    if (silent == silent_) return Step::kNone;
    // Once told, only a word from the peer is the end of it.
    if (silent_ && silence >= kSilenceNoticeNs) return Step::kNone;
    silent_ = silent;
    return silent ? Step::kSilent : Step::kBack;
  }
  bool answering() const { return !silent_; }
  int64_t silence() const { return silence_; }
  // When it will have to be told, if nothing comes.
  int64_t Deadline() const {
    if (silent_) return INT64_MAX;
    const int64_t at = now_ + kSilenceNoticeNs - silence_;
    return at < grace_until_ ? grace_until_ : at;
  }

 private:
  int64_t now_;
  int64_t silence_ = 0;
  int64_t grace_until_ = INT64_MIN;
  bool silent_ = false;
};

}  // namespace secure_exec
