// One line of a cast to an event: ours (v2) or anybody's (v2, v3). Hostile until parsed.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "recorder/cast/event.h"

namespace secure_exec {

inline constexpr size_t kMaxForeignLine = 16 << 20;

class LineReader {
 public:
  // `version` as the header says: in v3 times are relative (the first one to `start_us`) and '#'
  // begins a comment.
  explicit LineReader(int version, int64_t start_us = 0);
  ~LineReader();
  LineReader(LineReader&&) noexcept;

  // `line` without its LF. True: `event` is filled (its buffer is reused). False: the line holds no
  // event (blank, a comment, a code of more than one letter, data that is not a string). Lone
  // surrogates, which foreign casts hold, become U+FFFD. O, I, E whose data is not base64 fail.
  Result<bool> Read(std::string_view line, Event& event);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace secure_exec
