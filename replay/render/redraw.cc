#include "replay/render/redraw.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "replay/render/sgr_text.h"
#include "replay/screen/text.h"

namespace secure_exec {

class Redrawer {
 public:
  explicit Redrawer(const Screen& screen) : screen_(screen) {}

  std::string Sequences() {
    Titles();
    if (screen_.saved_.has) {
      BehindAlternate();
    } else if (screen_.saved_.has_cursor) {
      CursorOfMain();
    }
    Rows(screen_);
    Tabs();
    SavedCursor();
    CursorAndModes();
    SetPen(screen_.pen_);
    if (screen_.joiner_) out_ += "\u200D";
    Unfinished();
    return std::move(out_);
  }

 private:
  template <class... Args>
  void Add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void MoveTo(int x, int y) {
    if (x == x_ && y == y_) return;
    Add("\x1B[{};{}H", y + 1, x + 1);
    x_ = x;
    y_ = y;
  }
  // To a position that was saved, perhaps on a larger screen.
  void MoveWithin(int x, int y) {
    MoveTo(std::min(x, screen_.columns() - 1), std::min(y, screen_.rows() - 1));
  }
  void LosePlace() { x_ = y_ = -1; }

  void Title(std::string_view title) { Add("\x1B]2;{}\x1B\\", title); }
  void Titles() {
    for (const std::string& title : screen_.titles_) {
      Title(title);
      out_ += "\x1B[22;2t";
    }
    if (!screen_.title_.empty() || !screen_.titles_.empty()) Title(screen_.title_);
  }

  // What a terminal comes back to, of this size: as when a program leaves, having cleared what is
  // its own. Rows of the history that would come back are not to be seen.
  void BehindAlternate() {
    const auto copy = Screen::Restore(screen_.Snapshot());
    if (!copy) return;  // it is one of ours
    Screen& main = **copy;
    main.grid_.ForEachRow([](Row& row) {
      row.cells.clear();
      row.used = 0;
      row.wrapped = false;
    });
    main.cursor_.x = main.cursor_.y = 0;
    main.LeaveAlternate(/*cursor=*/true);
    Rows(main);
    MoveTo(main.cursor_.x, main.cursor_.y);
    SetStyle(main.saved_.style, main.palette_);
    out_ += screen_.saved_.has_cursor ? "\x1B[?1049h" : "\x1B[?1047h";
  }

  // The cursor of mode 1049 stays when a program has left, for one that leaves twice.
  void CursorOfMain() {
    const Screen::Saved& saved = screen_.saved_;
    MoveWithin(saved.x, saved.y);
    SetStyle(saved.style, screen_.palette());
    out_ += "\x1B[?1049h\x1B[?1049l";
    LosePlace();
  }

  // A sequence, string or character that is open. Of strings that no screen shows only that they
  // are: a clipboard's is nobody's business.
  void Unfinished() {
    std::string open = screen_.parser_.Unfinished();
    const std::string_view view = open;
    const bool is_string = view.size() > 2 && view[0] == '\x1B' && !view.ends_with('\x1B') &&
                           std::string_view("]PX^_").find(view[1]) != view.npos;
    const auto is_kept = [&] {
      if (view[1] != ']') return false;
      const std::string_view payload = view.substr(2);
      constexpr size_t kLongestCode = 3;
      if (payload.find(';') == payload.npos) return payload.size() <= kLongestCode;
      return payload.starts_with("0;") || payload.starts_with("2;") || payload.starts_with("8;");
    };
    if (is_string && !is_kept()) open.replace(2, open.npos, "x");
    out_ += open;
  }

  void Rows(const Screen& screen) {
    SetStyle(Style(), screen.palette());
    out_ += "\x1B[H\x1B[2J";
    x_ = y_ = 0;
    for (int y = 0; y < screen.rows(); ++y) {
      // A wide character that comes next wraps one column earlier.
      const int width = screen.row(y).At(0).width();
      const bool goes_on = y > 0 && screen.row(y - 1).wrapped && y_ == y - 1 &&
                           x_ > screen.columns() - width && TextAt(screen, 0, y);
      if (goes_on) {  // what comes next wraps
        x_ = 0;
        y_ = y;
      }
      RowCells(screen, y);
    }
  }

  // Whether a whole character begins there, and no half of a wide one.
  static bool TextAt(const Screen& screen, int x, int y) {
    const Row& row = screen.row(y);
    const auto at = static_cast<size_t>(x);
    const Cell cell = row.At(at);
    if (cell.text == 0 || cell.is_padding()) return false;
    return !cell.is_wide() || (x + 1 < screen.columns() && row.At(at + 1).is_padding());
  }

  void RowCells(const Screen& screen, int y) {
    const Row& row = screen.row(y);
    const int end = std::min(static_cast<int>(row.cells.size()), screen.columns());
    for (int x = 0; x < end;) {
      const Cell cell = row.At(static_cast<size_t>(x));
      if (TextAt(screen, x, y)) {
        Text(screen, x, y);
        x += cell.width();
        continue;
      }
      const int begin = x++;
      if (cell.style == 0) continue;
      while (x < end && row.At(static_cast<size_t>(x)) == cell) ++x;
      Blank(screen, cell, begin, y, x - begin);
    }
  }

  void Text(const Screen& screen, int x, int y) {
    const Cell cell = screen.row(y).At(static_cast<size_t>(x));
    MoveTo(x, y);
    SetStyle(screen, cell);
    const size_t before = out_.size();
    AppendCellText(screen.palette(), cell, out_);
    x_ = x + cell.width();
    // Terminals differ in how wide they think some characters are, and a joiner waits for the next.
    const bool joins = out_.ends_with("\u200D");
    const bool wraps = screen.row(y).wrapped && x_ >= screen.columns() - 1;
    if (joins || (out_.size() - before > 1 && !wraps)) LosePlace();
  }

  // Spaces: not all terminals erase in colour.
  void Blank(const Screen& screen, Cell cell, int x, int y, int count) {
    MoveTo(x, y);
    SetStyle(screen, cell);
    out_.append(static_cast<size_t>(count), ' ');
    x_ = x + count;
  }

  void SetStyle(const Screen& screen, Cell cell) {
    SetStyle(screen.palette().style(cell.style), screen.palette());
  }
  void SetStyle(Style style, const Palette& palette) {
    std::string_view link = palette.link(style.link);
    if (link_bytes_ + link.size() > kMaxRedrawnLinks) link = {};
    if (link != link_) {
      link_ = link;
      link_bytes_ += link.size();
      Add("\x1B]8;;{}\x1B\\", link);
    }
    style.link = 0;
    if (style == style_) return;
    style_ = style;
    AppendExactSgr(style, out_);
  }

  void SetPen(const Screen::Pen& pen) {
    for (const size_t set : {0, 1}) {
      if (pen.graphics[set] != graphics_[set]) {
        Add("\x1B{}{}", set == 0 ? '(' : ')', pen.graphics[set] ? '0' : 'B');
      }
    }
    if (pen.shift_out != shift_out_) out_ += pen.shift_out ? '\x0E' : '\x0F';
    graphics_ = pen.graphics;
    shift_out_ = pen.shift_out;
    SetStyle(pen.style, screen_.palette());
  }

  void Tabs() {
    const auto is_usual = [&](int x) {
      return screen_.tabs_[static_cast<size_t>(x)] == (x > 0 && x % 8 == 0);
    };
    int x = 0;
    while (x < screen_.columns() && is_usual(x)) ++x;
    if (x == screen_.columns()) return;
    out_ += "\x1B[3g";
    for (x = 0; x < screen_.columns(); ++x) {
      if (!screen_.tabs_[static_cast<size_t>(x)]) continue;
      MoveTo(x, 0);
      out_ += "\x1BH";
    }
  }

  void SavedCursor() {
    const Screen::SavedCursor& saved = screen_.saved_cursor_;
    const Screen::Pen& pen = saved.pen;
    if (saved.x == 0 && saved.y == 0 && !saved.origin && pen.style == Style() && !pen.shift_out &&
        !pen.graphics[0] && !pen.graphics[1]) {
      return;
    }
    if (saved.origin) {
      out_ += "\x1B[?6h";
      LosePlace();
    }
    SetPen(pen);
    MoveWithin(saved.x, saved.y);
    out_ +=
        "\x1B"
        "7";
    SetPen({});
    if (saved.origin) {
      out_ += "\x1B[?6l";
      LosePlace();
    }
  }

  void CursorAndModes() {
    const Cursor& cursor = screen_.cursor_;
    // In origin mode only setting the region leads above it, to the first row.
    above_region_ = screen_.origin_ && cursor.y < screen_.top_;
    if (above_region_) out_ += "\x1B[?6h";
    if (screen_.top_ > 0 || screen_.bottom_ < screen_.rows() - 1) {
      Add("\x1B[{};{}r", screen_.top_ + 1, screen_.bottom_ + 1);
      LosePlace();
    }
    if (screen_.origin_ && !above_region_) {
      out_ += "\x1B[?6h";
      LosePlace();
    }
    if (cursor.x < screen_.columns()) {
      CursorTo(cursor.x, cursor.y);
    } else {
      CursorToMargin(cursor.y);
    }
    if (!screen_.autowrap_) out_ += "\x1B[?7l";
    if (screen_.insert_) out_ += "\x1B[4h";
    if (cursor.shape != Cursor::kDefault) {
      Add("\x1B[{} q", 2 * cursor.shape - (cursor.blinks ? 1 : 0));
    } else if (cursor.blinks) {
      out_ += "\x1B[?12h";
    }
    if (!cursor.visible) out_ += "\x1B[?25l";
  }

  void CursorTo(int x, int y) {
    if (!above_region_) return MoveTo(x, y - (screen_.origin_ ? screen_.top_ : 0));
    if (y > 0) Add("\x1B[{}B", y);
    if (x > 0) Add("\x1B[{}C", x);
    LosePlace();
  }

  // The last column is written again: what comes next wraps.
  void CursorToMargin(int y) {
    int x = screen_.columns() - 1;
    const Row& row = screen_.row(y);
    if (x > 0 && row.At(static_cast<size_t>(x)).is_padding() && TextAt(screen_, x - 1, y)) --x;
    CursorTo(x, y);
    Cell cell = row.At(static_cast<size_t>(x));
    if (!TextAt(screen_, x, y)) cell.text = 0;
    SetStyle(screen_, cell);
    AppendCellText(screen_.palette(), cell, out_);
    LosePlace();
  }

  const Screen& screen_;
  std::string out_;
  // Of the terminal that obeys; x_ is columns() behind the last column, -1: not known.
  int x_ = 0;
  int y_ = 0;
  Style style_;  // without its link
  std::string link_;
  size_t link_bytes_ = 0;      // of all that were written
  bool above_region_ = false;  // the cursor, in origin mode
  bool shift_out_ = false;
  std::array<bool, 2> graphics_{};
};

std::string Redraw(const Screen& screen) { return Redrawer(screen).Sequences(); }

}  // namespace secure_exec
