// A session's events on a terminal emulator: what a person saw. stderr is shown beside stdout, LF
// as CR LF where the session had no terminal, and where only a digest was recorded a line says so.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "recorder/cast/event.h"
#include "recorder/cast/header.h"
#include "replay/export/terminal_text.h"
#include "replay/screen/screen.h"

namespace secure_exec {

class SessionScreen {
 public:
  explicit SessionScreen(const CastHeader& header);

  // Shows the event's part that begins at byte `from`, and returns where it ends: at the event's
  // end, or behind so many line feeds that a row could scroll through the whole screen unseen
  // (`whole`: all at once).
  size_t Show(const Event& event, size_t from = 0, bool whole = true);

  // The recording is over: a character whose end never came is none.
  void Finish();

  const Screen& screen() const { return *screen_; }
  Screen& screen() { return *screen_; }
  const TerminalText& text() const { return *text_; }

  // All that is shown, to come back to.
  struct Saved {
    std::string screen;
    TerminalText text;
    size_t bytes() const { return screen.size() + sizeof(Saved); }
  };
  Saved Save() const { return {screen_->Snapshot(), *text_}; }
  void Restore(const Saved& saved);

 private:
  void Feed(Channel channel, std::string_view bytes);

  std::unique_ptr<Screen> screen_;
  std::unique_ptr<TerminalText> text_;
  std::string shown_;
};

}  // namespace secure_exec
