// The bytes of a session's output as one stream of text for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "recorder/cast/event.h"

namespace secure_exec {

class TerminalText {
 public:
  // `newline_returns`: the session had no terminal that turned LF into CR LF.
  explicit TerminalText(bool newline_returns) : newline_returns_(newline_returns) {}

  // Appends the text of the channel's next bytes: UTF-8, U+FFFD for what is none. A character whose
  // end is still missing waits for it.
  void Feed(Channel channel, std::string_view bytes, std::string& out);
  // Nothing more comes: what waits is none.
  void Finish(std::string& out);
  // The bytes of a character whose end is missing.
  const std::string& waiting(Channel channel) const { return waiting_[static_cast<int>(channel)]; }

 private:
  void Put(std::string_view text, std::string& out);

  const bool newline_returns_;
  char last_ = 0;
  std::string waiting_[kChannels];
};

}  // namespace secure_exec
