#include "plugin/screen_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace secure_exec {
namespace {

constexpr int kCursorKeys = 1, kOrigin = 6, kAutowrap = 7, kCursor = 25, kMargins = 69,
              kSynchronized = 2026;

struct Mode {
  int number;
  bool on;           // as a terminal starts
  bool takes_lines;  // even when it is not so
};
// In the order of xterm's ctlseqs. What is not here is not followed.
constexpr Mode kModes[] = {
    {kCursorKeys, false, false},
    {5, false, true},  // reverse video
    {kOrigin, false, false},
    {kAutowrap, true, false},
    {9, false, true},  // the mouse, and where it is
    {kCursor, true, false},
    {66, false, false},  // keypad
    {kMargins, false, false},
    {1000, false, true},
    {1001, false, true},
    {1002, false, true},
    {1003, false, true},
    {1004, false, true},  // focus
    {1005, false, true},
    {1006, false, true},
    {1015, false, true},
    {1016, false, true},
    {2004, false, true},  // bracketed paste: shells use it at their prompt
    {kSynchronized, false, false},
};

const Mode* FindMode(int number) {
  const auto* found = std::find_if(std::begin(kModes), std::end(kModes),
                                   [&](const Mode& mode) { return mode.number == number; });
  return found == std::end(kModes) ? nullptr : found;
}

bool IsAlternate(int mode) { return mode == 47 || mode == 1047 || mode == 1049; }

}  // namespace

bool ScreenWatch::IsOn(int mode) const {
  return std::binary_search(modes_.begin(), modes_.end(), mode);
}

bool ScreenWatch::takes_lines() const {
  if (!between() || alternate_ != 0 || region_ || saved_ || insert_ || drawing_ || shifted_ ||
      keypad_ || lines_until_clean_ > 0) {
    return false;
  }
  return std::all_of(modes_.begin(), modes_.end(),
                     [](int number) { return FindMode(number)->takes_lines; });
}

void ScreenWatch::Print(std::string_view) { Moved(); }

void ScreenWatch::C1(uint8_t) { Moved(); }

void ScreenWatch::Execute(uint8_t control) {
  switch (control) {
    case '\n':
    case '\v':
    case '\f':
      homed_ = cleared_ = false;
      line_start_ = true;  // the other side's terminal, or ours, adds the carriage return
      lines_until_clean_ = std::max(0, lines_until_clean_ - 1);
      break;
    case '\r':
      line_start_ = true;
      break;
    case 0x0e:
      shifted_ = true;
      break;
    case 0x0f:
      shifted_ = false;
      break;
    case '\b':
    case '\t':
      Moved();
      break;
    default:
      break;
  }
}

void ScreenWatch::Escape(std::string_view intermediates, char final) {
  if (intermediates == "(") {
    drawing_ = final != 'B';
    return;
  }
  if (!intermediates.empty()) return;
  switch (final) {
    case '7':
      saved_ = true;
      break;
    case '8':
      saved_ = false;
      Addressed(rows_);
      break;
    case '=':
      keypad_ = true;
      break;
    case '>':
      keypad_ = false;
      break;
    case 'M':
      Addressed(2);
      break;
    case 'n':
    case 'o':
      shifted_ = true;
      break;
    case 'c':
      Reset();
      break;
    default:
      break;
  }
}

void ScreenWatch::Reset() {
  alternate_ = 0;
  modes_.clear();
  region_ = saved_ = insert_ = keypad_ = styled_ = drawing_ = shifted_ = modify_keys_ = false;
  keyboard_pushes_ = 0;
  lines_until_clean_ = 0;
  homed_ = cleared_ = line_start_ = true;
}

// The cursor went to a row of the program's choice, or rows moved.
void ScreenWatch::Addressed(int rows) {
  Moved();
  lines_until_clean_ = std::max(lines_until_clean_, std::min(rows, rows_));
}

// Home and erase, in either order, is how `clear` does it: lines again.
void ScreenWatch::Home() {
  const bool clean = cleared_;
  Addressed(rows_);
  homed_ = line_start_ = true;
  if (clean) lines_until_clean_ = 0;
}

void ScreenWatch::Erase(int what) {
  const bool below = what == 0 || what == 2 || what == 3;
  if (homed_ && below) lines_until_clean_ = 0;
  cleared_ = what == 2;
}

void ScreenWatch::PrivateMode(int mode, bool on) {
  if (IsAlternate(mode)) {
    alternate_ = on ? mode : 0;
    return;
  }
  const Mode* known = FindMode(mode);
  if (known == nullptr) return;
  const auto at = std::lower_bound(modes_.begin(), modes_.end(), mode);
  const bool listed = at != modes_.end() && *at == mode;
  if (on != known->on && !listed) modes_.insert(at, mode);
  if (on == known->on && listed) modes_.erase(at);
}

void ScreenWatch::PrivateModes(const Csi& csi, bool on) {
  for (size_t i = 0; i < csi.count; ++i) PrivateMode(csi.Param(i, 0), on);
}

// CSI > … u pushes flags, CSI < … u pops some; CSI > 4 ; … m are xterm's modified keys.
void ScreenWatch::Keyboard(const Csi& csi) {
  if (csi.prefix == '>' && csi.final == 'u') {
    keyboard_pushes_ = std::min(keyboard_pushes_ + 1, kMaxKeyboardPushes);
  } else if (csi.prefix == '<' && csi.final == 'u') {
    keyboard_pushes_ = std::max(0, keyboard_pushes_ - std::max(1, csi.Param(0, 1)));
  } else if (csi.prefix == '>' && csi.final == 'm' && csi.Param(0, 0) == 4) {
    modify_keys_ = csi.Param(1, 0) != 0;
  }
}

void ScreenWatch::ControlSequence(const Csi& csi) {
  if (csi.prefix == '?' && csi.intermediate_count == 0 && (csi.final == 'h' || csi.final == 'l')) {
    return PrivateModes(csi, csi.final == 'h');
  }
  if (csi.prefix != 0) return Keyboard(csi);
  if (csi.intermediate_count > 0) {
    if (csi.intermediates() == "!" && csi.final == 'p') {  // soft reset
      region_ = saved_ = insert_ = keypad_ = styled_ = drawing_ = shifted_ = false;
      for (const int mode : {kCursorKeys, kOrigin, kMargins}) PrivateMode(mode, false);
      for (const int mode : {kCursor, kAutowrap}) PrivateMode(mode, true);
    }
    return;
  }
  switch (csi.final) {
    case 'H':
    case 'f':
      csi.Param(0, 1) <= 1 && csi.Param(1, 1) <= 1 ? Home() : Addressed(rows_);
      break;
    case 'd':
    case 'L':
    case 'M':
    case 'S':
    case 'T':
      Addressed(rows_);
      break;
    case 'A':
    case 'F':
      Addressed(std::max(1, csi.Param(0, 1)) + 1);
      break;
    case 'J':
      Erase(csi.Param(0, 0));
      break;
    case 'm':
      styled_ = !(csi.count == 0 || (csi.count == 1 && csi.Param(0, 0) == 0));
      break;
    case 'r': {
      const int bottom = csi.Param(1, 0);
      region_ = csi.Param(0, 1) > 1 || (bottom != 0 && bottom < rows_);
      Addressed(rows_);
      break;
    }
    case 's':
      saved_ = true;
      break;
    case 'u':
      saved_ = false;
      Addressed(rows_);
      break;
    case 'h':
    case 'l':
      for (size_t i = 0; i < csi.count; ++i) {
        if (csi.Param(i, 0) == 4) insert_ = csi.final == 'h';
      }
      break;
    case 'B':
    case 'C':
    case 'D':
    case 'E':
    case 'G':
    case '`':
    case 'a':
    case 'e':
      Moved();
      break;
    default:
      break;
  }
}

void ScreenWatch::String(StringKind kind, std::string_view payload, bool truncated) {
  if (kind != StringKind::kOsc) return;
  if (!payload.starts_with("0;") && !payload.starts_with("2;")) return;
  const bool keep = !truncated && payload.size() <= kMaxTitle;
  title_ = keep ? fmt::format("\x1b]{}\a", payload) : "";
}

std::string ScreenWatch::Undo() const {
  std::string undo;
  if (!between()) undo += '\x18';  // CAN: whatever was begun is over
  if (insert_) undo += "\x1b[4l";
  if (drawing_) undo += "\x1b(B";
  if (shifted_) undo += '\x0f';
  if (modify_keys_) undo += "\x1b[>4m";
  if (keyboard_pushes_ > 0) undo += fmt::format("\x1b[<{}u", keyboard_pushes_);
  if (keypad_) undo += "\x1b>";
  if (styled_) undo += "\x1b[m";
  for (const int mode : modes_) {
    undo += fmt::format("\x1b[?{}{}", mode, FindMode(mode)->on ? 'h' : 'l');
  }
  if (region_) undo += "\0337\x1b[r\0338";  // which moves the cursor: saved around it
  if (alternate_ != 0) undo += fmt::format("\x1b[?{}l", alternate_);
  return undo;
}

}  // namespace secure_exec
