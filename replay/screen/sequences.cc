// Screen: what escape sequences and strings mean.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/vt/safe_text.h"
#include "base/vt/utf8_char.h"
#include "replay/screen/screen.h"
#include "replay/screen/sgr.h"

namespace secure_exec {

namespace {

// What tmux knows. After others CSI b still repeats the last character.
constexpr std::string_view kKnownFinals = "@ABCDEFGHJKLMPSTXZ`cdfghlmnrstu";

// A bit for each final, as finals are 0x40 to 0x7E.
constexpr uint64_t kKnownFinalBits = [] {
  uint64_t bits = 0;
  for (const char final : kKnownFinals) bits |= uint64_t{1} << (final - 0x40);
  return bits;
}();

}  // namespace

void Screen::Escape(std::string_view intermediates, char final) {
  joiner_ = false;
  if (intermediates == "(" || intermediates == ")" || intermediates == "#" ||
      std::string_view("78=>DEHMc").find(final) != std::string_view::npos) {
    last_.clear();
  }
  if (intermediates == "(" || intermediates == ")") {
    pen_.graphics[intermediates == ")" ? 1 : 0] = final == '0';
    return;
  }
  if (intermediates == "#" && final == '8') return Alignment();
  if (!intermediates.empty()) return;
  switch (final) {
    case '7':
      return SaveCursor();
    case '8':
      return RestoreCursor();
    case 'D':
      return LineFeed(Blank());
    case 'E':
      cursor_.x = 0;
      return LineFeed(Blank());
    case 'H':
      if (cursor_.x < columns()) tabs_.set(static_cast<size_t>(cursor_.x));
      return;
    case 'M':
      return ReverseIndex();
    case 'c':
      return Reset();
    default:
      return;
  }
}

void Screen::ControlSequence(const Csi& csi) {
  joiner_ = false;
  if (csi.final == 'b' && csi.prefix == 0 && csi.intermediate_count == 0) {
    return Repeat(std::max(csi.Param(0, 1), 1));
  }
  if ((kKnownFinalBits >> (csi.final - 0x40) & 1) != 0) last_.clear();
  if (csi.intermediate_count > 0) {
    if (csi.prefix != 0) return;
    if (csi.intermediates() == " " && csi.final == 'q') return SetCursorStyle(csi.Param(0, 0));
    if (csi.intermediates() == "!" && csi.final == 'p') return SoftReset();
    return;
  }
  if (csi.prefix == '?') {
    if (csi.final == 'h' || csi.final == 'l') return SetModes(csi, csi.final == 'h');
    if (csi.final == 'J' || csi.final == 'K') return Erase(csi);
    return;
  }
  if (csi.prefix == 0) Unprefixed(csi);
}

bool Screen::ShortSgr(uint64_t params) {
  // To be remembered takes a number, for a style in which perhaps nothing is written.
  const bool has_room = palette_.styles() < Palette::kMaxStyles / 2;
  if (!pen_known_ && !has_room) return false;
  const uint32_t before = PenNumber();
  // A full palette has no number for the whole of some styles.
  if (palette_.style(before) != pen_.style) return false;
  const uint32_t after = pen_changes_.Find(params, before);
  if (after == PenChanges::kUnknown) {
    if (has_room) unknown_sgr_ = params;
    return false;
  }
  joiner_ = false;
  last_.clear();
  pen_number_ = after;
  pen_.style = palette_.style(after);
  return true;
}

void Screen::SetPen(const Csi& csi) {
  const auto params = std::exchange(unknown_sgr_, std::nullopt);
  const uint32_t before = pen_number_;
  ApplySgr(csi, pen_.style);
  pen_known_ = params.has_value();
  if (!pen_known_) return;
  pen_number_ = palette_.AddStyle(pen_.style);
  pen_changes_.Remember(*params, before, pen_number_);
}

void Screen::Unprefixed(const Csi& csi) {
  if (csi.final == 'm') return SetPen(csi);
  // Elsewhere parameters have no parts; one that has is malformed.
  for (size_t i = 0; i < csi.count; ++i) {
    if (csi.params[i].sub) return;
  }
  const int n = std::max(csi.Param(0, 1), 1);
  switch (csi.final) {
    case '@':
      if (cursor_.x >= columns()) return;
      return grid_.InsertCells(cursor_.x, cursor_.y, std::min(n, columns() - cursor_.x), Blank());
    case 'A':
      return MoveUp(n);
    case 'B':
    case 'e':
      return MoveDown(n);
    case 'C':
    case 'a':
      cursor_.x = std::min(cursor_.x + n, columns() - 1);
      return;
    case 'D':
      cursor_.x = std::max(cursor_.x - n, 0);
      return;
    case 'E':
      cursor_.x = 0;
      return MoveDown(n);
    case 'F':
      cursor_.x = 0;
      return MoveUp(n);
    case 'G':
    case '`':
      return SetX(n - 1);
    case 'H':
    case 'f':
      MoveToOrigin(n - 1);
      return SetX(std::max(csi.Param(1, 1), 1) - 1);
    case 'I':
      return ForwardTab(n);
    case 'J':
    case 'K':
      return Erase(csi);
    case 'L':
      return InsertLines(n);
    case 'M':
      return DeleteLines(n);
    case 'P':
      if (cursor_.x >= columns()) return;
      return grid_.DeleteCells(cursor_.x, cursor_.y, std::min(n, columns() - cursor_.x), Blank());
    case 'S':
    case 'T':
      for (int i = std::min(n, bottom_ - top_ + 1); i > 0; --i) {
        if (csi.final == 'S') {
          grid_.ScrollUp(top_, bottom_, Blank());
        } else {
          grid_.ScrollDown(top_, bottom_, Blank());
        }
      }
      return;
    case 'X':
      if (cursor_.x >= columns()) return;
      return grid_.ClearCells(cursor_.x, cursor_.y, std::min(n, columns() - cursor_.x), Blank());
    case 'Z':
      return BackTab(n);
    case 'd':
      return MoveToOrigin(n - 1);
    case 'g':
      if (csi.Param(0, 0) == 3) tabs_.reset();
      if (csi.Param(0, 0) == 0 && cursor_.x < columns()) {
        tabs_.reset(static_cast<size_t>(cursor_.x));
      }
      return;
    case 'h':
    case 'l':
      return SetModes(csi, csi.final == 'h');
    case 'r':
      return SetRegion(n - 1, std::max(csi.Param(1, rows()), 1) - 1);
    case 's':
      return SaveCursor();
    case 't':
      return WindowOperation(csi);
    case 'u':
      return RestoreCursor();
    default:
      return;
  }
}

// Where the cursor goes.

void Screen::SetX(int x) { cursor_.x = std::clamp(x, 0, columns() - 1); }

void Screen::MoveTo(int x, int y) {
  SetX(x);
  cursor_.y = std::clamp(y, 0, rows() - 1);
}

// Row y, counted from the scroll region's first in origin mode.
void Screen::MoveToOrigin(int y) {
  if (origin_) y = y > bottom_ - top_ ? bottom_ : y + top_;
  cursor_.y = std::clamp(y, 0, rows() - 1);
}

void Screen::MoveUp(int n) {
  const int limit = cursor_.y < top_ ? 0 : top_;
  cursor_.y = std::max(cursor_.y - n, limit);
  cursor_.x = std::min(cursor_.x, columns() - 1);
}

void Screen::MoveDown(int n) {
  const int limit = cursor_.y > bottom_ ? rows() - 1 : bottom_;
  cursor_.y = std::min(cursor_.y + n, limit);
  cursor_.x = std::min(cursor_.x, columns() - 1);
}

void Screen::SetRegion(int top, int bottom) {
  top = std::min(top, rows() - 1);
  bottom = std::min(bottom, rows() - 1);
  if (top >= bottom) return;
  cursor_.x = cursor_.y = 0;
  top_ = top;
  bottom_ = bottom;
}

// What is erased and moved.

void Screen::Erase(const Csi& csi) {
  const int what = csi.Param(0, 0);
  if (csi.final == 'K') return EraseLine(what);
  if (what == 3) {
    // xterm's: the scrollback. Nobody's evidence is here, only what resizing would bring back.
    if (csi.Param(1, 0) == 0) grid_.ForgetHistory();
    return;
  }
  EraseScreen(what);
}

void Screen::EraseLine(int what) {
  const Cell blank = Blank();
  const bool nothing = row(cursor_.y).cells.empty() && blank == Cell{};
  const int last = columns() - 1;
  if (what == 2 || (what == 0 && cursor_.x == 0) || (what == 1 && cursor_.x >= last)) {
    if (!nothing) grid_.ClearRows(cursor_.y, 1, blank);
  } else if (what == 0) {
    if (cursor_.x <= last) {
      grid_.ClearCells(cursor_.x, cursor_.y, columns() - cursor_.x, blank);
    }
  } else if (what == 1) {
    grid_.ClearCells(0, cursor_.y, cursor_.x + 1, blank);
  }
}

void Screen::EraseScreen(int what) {
  const Cell blank = Blank();
  const int x = cursor_.x;
  const int y = cursor_.y;
  if (what == 2 || (what == 0 && x == 0 && y == 0)) {
    // What was shown is history, as a terminal's user would scroll back to it.
    if (grid_.keeps_history()) return grid_.ClearIntoHistory(blank);
    grid_.ClearRows(0, rows(), blank);
  } else if (what == 0) {
    if (x < columns()) grid_.ClearCells(x, y, columns() - x, blank);
    grid_.ClearRows(y + 1, rows() - y - 1, blank);
  } else if (what == 1) {
    grid_.ClearRows(0, y, blank);
    grid_.ClearCells(0, y, std::min(x + 1, columns()), blank);
  }
}

void Screen::InsertLines(int n) {
  const int y = cursor_.y;
  if (y < top_ || y > bottom_) {
    grid_.PushRowsDown(y, std::min(n, rows() - y), Blank());
  } else {
    grid_.InsertRows(y, std::min(n, bottom_ + 1 - y), bottom_, Blank());
  }
}

void Screen::DeleteLines(int n) {
  const int y = cursor_.y;
  const int bottom = y < top_ || y > bottom_ ? rows() - 1 : bottom_;
  grid_.DeleteRows(y, std::min(n, bottom + 1 - y), bottom, Blank());
}

// Modes.

void Screen::SetModes(const Csi& csi, bool on) {
  for (size_t i = 0; i < csi.count; ++i) {
    if (!csi.params[i].given) continue;
    if (csi.prefix == '?') {
      SetPrivateMode(csi.params[i].value, on);
    } else if (csi.params[i].value == 4) {
      insert_ = on;
    }
  }
}

// Keys, mouse, focus and pasting are the business of a terminal with a person at it.
void Screen::SetPrivateMode(int mode, bool on) {
  switch (mode) {
    case 3:  // 132 columns: the size stays, the rest happens
      MoveToOrigin(0);
      SetX(0);
      return EraseScreen(2);
    case 6:
      origin_ = on;
      MoveToOrigin(0);
      return SetX(0);
    case 7:
      autowrap_ = on;
      return;
    case 12:
      cursor_.blinks = on;
      return;
    case 25:
      cursor_.visible = on;
      return;
    case 47:
    case 1047:
      return on ? EnterAlternate(false) : LeaveAlternate(false);
    case 1048:
      return on ? SaveCursor() : RestoreCursor();
    case 1049:
      return on ? EnterAlternate(true) : LeaveAlternate(true);
    default:
      return;
  }
}

void Screen::SetCursorStyle(int style) {
  if (style < 0 || style > 6) return;
  static constexpr Cursor::Shape kShapes[] = {
      Cursor::kDefault,   Cursor::kBlock, Cursor::kBlock, Cursor::kUnderline,
      Cursor::kUnderline, Cursor::kBar,   Cursor::kBar};
  cursor_.shape = kShapes[style];
  if (style > 0) cursor_.blinks = style % 2 == 1;
}

// Titles and links.

void Screen::WindowOperation(const Csi& csi) {
  const int what = csi.Param(1, 0);
  if (what != 0 && what != 2) return;
  if (csi.Param(0, 0) == 22) {
    if (titles_.size() == kMaxTitles) titles_.erase(titles_.begin());
    titles_.push_back(title_);
  } else if (csi.Param(0, 0) == 23 && !titles_.empty()) {
    title_ = std::move(titles_.back());
    titles_.pop_back();
  }
}

void Screen::String(StringKind kind, std::string_view payload, bool truncated) {
  joiner_ = false;
  last_.clear();
  if (kind != StringKind::kOsc) return;
  const size_t semicolon = payload.find(';');
  if (semicolon == std::string_view::npos) return;
  const std::string_view code = payload.substr(0, semicolon);
  const std::string_view rest = payload.substr(semicolon + 1);
  if (code == "0" || code == "2") {
    SetTitle(rest);
  } else if (code == "8" && !truncated) {
    Hyperlink(rest);
  }
}

void Screen::SetTitle(std::string_view payload) {
  title_ = SafeLine(payload);
  if (title_.size() <= kMaxTitle) return;
  size_t size = kMaxTitle;
  while (size > 0 && (static_cast<unsigned char>(title_[size]) & 0xC0) == 0x80) --size;
  title_.resize(size);
}

// "PARAMETERS;ADDRESS"; an empty address ends the link.
void Screen::Hyperlink(std::string_view payload) {
  const size_t semicolon = payload.find(';');
  if (semicolon == std::string_view::npos) return;
  if (palette_.WantsCollecting()) CollectPalette();
  pen_.style.link = palette_.AddLink(SafeLine(payload.substr(semicolon + 1)));
  pen_known_ = false;
}

}  // namespace secure_exec
