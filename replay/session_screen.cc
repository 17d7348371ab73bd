#include "replay/session_screen.h"

#include <algorithm>
#include <utility>

#include "replay/session_text.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

// Behind the last of `lines` line feeds from `from` on; the end where there are fewer.
size_t EndOfLines(std::string_view bytes, size_t from, int lines) {
  while (lines-- > 0) {
    const size_t at = bytes.find('\n', from);
    if (at == bytes.npos) return bytes.size();
    from = at + 1;
  }
  return from;
}

}  // namespace

SessionScreen::SessionScreen(const CastHeader& header)
    : screen_(std::make_unique<Screen>(
          Screen::Options{.size = {.columns = header.width, .rows = header.height}})),
      text_(std::make_unique<TerminalText>(!HasTerminal(header))) {}

size_t SessionScreen::Show(const Event& event, size_t from, bool whole) {
  if (event.code == 'r') {
    if (const auto size = ParseResize(event.data)) screen_->Resize(*size);
  } else if (event.code == 'd') {
    screen_->Feed(DigestText(event));
  } else if (event.is_bytes() && event.channel() != Channel::kStdin) {
    const std::string_view bytes = event.data;
    const size_t end =
        whole ? bytes.size() : EndOfLines(bytes, from, std::max(screen_->rows() - 1, 1));
    Feed(event.channel(), bytes.substr(from, end - from));
    return end;
  }
  return event.data.size();
}

void SessionScreen::Feed(Channel channel, std::string_view bytes) {
  shown_.clear();
  text_->Feed(channel, bytes, shown_);
  screen_->Feed(shown_);
}

void SessionScreen::Finish() {
  shown_.clear();
  text_->Finish(shown_);
  screen_->Feed(shown_);
}

void SessionScreen::Restore(const Saved& saved) {
  auto screen = Screen::Restore(saved.screen);
  if (screen) screen_ = std::move(*screen);
  text_ = std::make_unique<TerminalText>(saved.text);
}

}  // namespace secure_exec
