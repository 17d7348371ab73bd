// How long the peer has said nothing while we were there to hear it: not while nobody listened, not
// while the machine or we were stopped.
#pragma once

#include <algorithm>
#include <cstdint>

namespace secure_exec {

class Silence {
 public:
  // Counting must go on at least every `step` ns: a gap of more than two means that the machine
  // slept, or that we were stopped, and nobody could hear what the peer said.
  Silence(int64_t now, int64_t step) : last_(now), step_(step) {}

  // Adds the time since the last call; `listening`: all the while.
  void Count(int64_t now, bool listening) {
    const int64_t elapsed = std::clamp<int64_t>(now - last_, 0, 2 * step_);
    last_ = now;
    length_ = listening ? length_ + elapsed : 0;
  }
  void Break() { length_ = 0; }  // the peer said something

  int64_t length() const { return length_; }
  // When it will have lasted for `limit`, if nothing comes.
  int64_t DeadlineOf(int64_t limit) const { return last_ + limit - length_; }

 private:
  int64_t last_;
  const int64_t step_;
  int64_t length_ = 0;
};

}  // namespace secure_exec
