// A line that is typed in the bar.
#pragma once

#include <string>
#include <string_view>

#include "replay/player/keys.h"

namespace secure_exec {

class Prompt {
 public:
  enum class For { kSearch, kGoTo };
  enum class State { kTyping, kDone, kLeft };
  static constexpr size_t kMaxText = 256;  // bytes

  explicit Prompt(For what) : what_(what) {}

  State Press(const Key& key);

  For what() const { return what_; }
  const std::string& text() const { return text_; }
  // What stands before the text.
  std::string_view label() const { return what_ == For::kSearch ? "/" : "go to: "; }

 private:
  void Add(std::string_view text);

  For what_;
  std::string text_;
};

}  // namespace secure_exec
