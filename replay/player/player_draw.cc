// What the player's window looks like.
#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/vt/safe_text.h"
#include "base/vt/utf8_char.h"
#include "replay/player/player.h"

namespace secure_exec {
namespace {

constexpr int64_t kMessageNs = 5 * kSecond;  // while the session goes on

}  // namespace

void Player::Draw(WindowSize window, std::string& out) {
  Picture picture(window);
  const bool has_bar = picture.rows() > 1;
  const int rows = picture.rows() - (has_bar ? 1 : 0);
  const Screen& screen = timeline_.screen();
  view_.Fit(screen, picture.columns(), rows);
  const int left = view_.left();
  const int top = view_.top();
  picture.DrawScreen(screen, left, top, rows);
  if (search_) {
    for (const auto& [x, y] : search_->Places(screen)) {
      if (x >= left && x < left + picture.columns() && y >= top && y < top + rows) {
        picture.SetReverse(x - left, y - top);
      }
    }
  }
  std::optional<Painter::At> cursor;
  if (screen.cursor().visible) {
    cursor = Painter::At{std::min(screen.cursor().x, screen.columns() - 1) - left,
                         screen.cursor().y - top};
    if (cursor->x < 0 || cursor->x >= picture.columns() || cursor->y < 0 || cursor->y >= rows) {
      cursor.reset();
    }
  }
  if (help_) {
    DrawHelp(picture);
    cursor.reset();
  }
  if (has_bar) DrawBar(picture);
  if (prompt_ && has_bar) {
    const std::string text = SafeLine(std::string(prompt_->label()) + prompt_->text());
    const int x = std::min(TextColumns(text), picture.columns() - 1);
    cursor = Painter::At{x, picture.rows() - 1};
  }
  painter_.Paint(std::move(picture), cursor, out);
}

BarState Player::Bar() {
  BarState state{.now_us = job_ ? timeline_.t_us() : NowUs(),
                 .end_us = options_.end_us,
                 .speed = speed_,
                 .max_idle_us = {}};
  if (skips_idle_) state.max_idle_us = static_cast<int64_t>(std::min(max_idle_us_, 1e15));
  if (view_.much() || (view_.held() && view_.partial())) {
    state.view = view_.Text();
    state.view_held = view_.held();
  }
  if (job_) {
    state.state = BarState::kWorking;
  } else if (timeline_.Peek() == nullptr) {
    state.state = follows() ? BarState::kFollowing : BarState::kEnd;
  } else {
    state.state = playing_ ? BarState::kPlaying : BarState::kPaused;
  }
  return state;
}

void Player::DrawBar(Picture& picture) {
  Style style;
  style.attributes = Style::kReverse;
  const int y = picture.rows() - 1;
  picture.DrawText(0, y, std::string(static_cast<size_t>(picture.columns()), ' '), style);
  if (prompt_) {
    // The end of a long one is what is typed now.
    const std::string typed = SafeLine(std::string(prompt_->label()) + prompt_->text());
    std::string_view text = typed;
    while (TextColumns(text) > std::max(picture.columns() - 1, 0)) {
      text.remove_prefix(DecodeUtf8Char(text).size);
    }
    picture.DrawText(0, y, text, style);
    return;
  }
  // A message goes when the session goes on.
  const bool goes_on = playing_ && !job_ && timeline_.Peek() != nullptr;
  if (goes_on && now_() - message_ns_ > kMessageNs) message_.clear();
  std::string text = message_;
  if (help_) {
    text = help_size_ > help_rows_ ? fmt::format("{}-{} of {}: j k, or back", help_from_ + 1,
                                                 help_from_ + help_rows_, help_size_)
                                   : "any key goes back";
  } else if (count_ > 0) {
    text = fmt::format("{}: then a key, so many times; % goes there", count_);
  } else if (text.empty() && !job_ && timeline_.Peek() == nullptr && timeline_.problem()) {
    text = "error: " + timeline_.problem()->message;
  }
  if (!text.empty()) {
    picture.DrawText(1, y, text, style);
    return;
  }
  picture.DrawText(0, y, BarText(header_, Bar(), picture.columns()), style);
}

void Player::DrawHelp(Picture& picture) {
  Style style;
  style.attributes = Style::kReverse;
  const auto lines = HelpLines(picture.columns() - 2);
  int width = 0;
  for (const std::string& line : lines) width = std::max(width, TextColumns(line));
  help_size_ = static_cast<int>(lines.size());
  help_rows_ = std::min(help_size_, picture.rows() - 1);
  help_from_ = std::clamp(help_from_, 0, help_size_ - help_rows_);
  const int left = std::max(0, (picture.columns() - width - 2) / 2);
  const int top = (picture.rows() - 1 - help_rows_) / 2;
  for (int i = 0; i < help_rows_; ++i) {
    std::string text = " " + lines[static_cast<size_t>(help_from_ + i)];
    text.resize(static_cast<size_t>(width) + 2, ' ');
    picture.DrawText(left, top + i, text, style);
  }
}

}  // namespace secure_exec
