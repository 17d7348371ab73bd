// What the server sends on the status channel, gathered and bounded.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace secure_exec {

class StatusCollector {
 public:
  static constexpr size_t kMaxBytes = 1 << 20;

  void Append(std::string_view bytes);
  bool too_long() const { return too_long_; }
  const std::string& bytes() const { return bytes_; }

  // What a stream that broke comes to: nothing, where a whole status says all there is to say,
  // however rudely the stream ended then; else kConnectionLost in kubectl's words.
  Result<void> Lost(std::string_view why) const;

 private:
  std::string bytes_;
  bool too_long_ = false;
};

}  // namespace secure_exec
