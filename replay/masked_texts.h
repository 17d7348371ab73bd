// What a reader is told of input that was masked: "[masked: 8-15 bytes, secret 2]", numbered so
// that the same text has the same number.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "recorder/cast/event.h"

namespace secure_exec {

class MaskedTexts {
 public:
  // Call for every event of a recording, in order. What stands for a `P` event; empty for others.
  std::string See(const Event& event);

  size_t masked() const { return masked_; }
  size_t different() const { return numbers_.size(); }
  // Something was typed last of which neither text nor mask followed: the session crashed there, or
  // still runs.
  bool open() const { return open_; }

 private:
  std::map<std::string, size_t, std::less<>> numbers_;  // by HMAC
  size_t masked_ = 0;
  bool open_ = false;
};

}  // namespace secure_exec
