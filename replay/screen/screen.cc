#include "replay/screen/screen.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/vt/utf8_char.h"
#include "replay/screen/width.h"

namespace secure_exec {
namespace {

constexpr char32_t kJoiner = 0x200D;
constexpr std::string_view kJoinerBytes = "\xE2\x80\x8D";

int Clamp(int size, int max) { return std::clamp(size, 1, max); }

}  // namespace

Screen::Screen(Options options, ScreenSink* sink)
    : options_(options),
      sink_(sink),
      parser_(Parser::Options{.newline_ends_strings = options.newline_ends_strings}),
      grid_(Clamp(options.size.columns, Grid::kMaxColumns),
            Clamp(options.size.rows, Grid::kMaxRows), std::clamp(options.history, 0, kMaxHistory)) {
  grid_.set_observer(this);
  bottom_ = rows() - 1;
  ResetTabs();
}

Screen::~Screen() = default;

void Screen::Feed(std::string_view bytes) { parser_.Feed(bytes, *this); }

void Screen::RowScrolledOff(const Row& row) {
  if (sink_ != nullptr) sink_->RowScrolledOff(*this, row);
}

void Screen::RowLosesText(int y) {
  if (sink_ != nullptr) sink_->RowLosesText(*this, y);
}

bool Screen::plain() const {
  return parser_.ground() && !saved_.has && top_ == 0 && bottom_ == rows() - 1 && autowrap_ &&
         !insert_ && !joiner_ && !pen_.shift_out && !pen_.graphics[0] && pen_.style == Style{};
}

void Screen::MarkTold() {
  for (int y = 0; y < rows(); ++y) {
    grid_.MarkSeen(y);
    grid_.row(y).unwanted = false;
    if (y < cursor_.y) grid_.row(y).reported = true;
  }
}

// What is printed.

void Screen::Print(std::string_view text) {
  while (!text.empty()) {
    const char* const end = text.data() + text.size();
    const auto ascii = static_cast<size_t>(SkipAscii(text.data(), end) - text.data());
    if (ascii > 0) {
      PrintAscii(text.substr(0, ascii));
      text.remove_prefix(ascii);
      continue;
    }
    const Utf8Char c = DecodeUtf8Char(text);
    PrintChar(c.code_point, text.substr(0, c.size));
    last_.assign(text.substr(0, c.size));
    text.remove_prefix(c.size);
  }
}

void Screen::PrintAscii(std::string_view text) {
  joiner_ = false;
  if (autowrap_ && !insert_ && !pen_.graphics[pen_.shift_out ? 1 : 0]) {
    WriteAscii(text);
  } else {
    for (size_t i = 0; i < text.size(); ++i) {
      PrintChar(static_cast<unsigned char>(text[i]), text.substr(i, 1));
    }
  }
  last_.assign(1, text.back());
}

void Screen::WriteAscii(std::string_view text) {
  const uint32_t style = PenNumber();
  while (!text.empty()) {
    if (cursor_.x >= columns()) Wrap();
    const auto room = static_cast<size_t>(columns() - cursor_.x);
    const size_t n = std::min(room, text.size());
    const Row& row = grid_.row(cursor_.y);
    if (row.At(static_cast<size_t>(cursor_.x)).is_padding()) ClearHalvesBefore(cursor_.x);
    Cell* const cells = grid_.Write(cursor_.x, cursor_.y, static_cast<int>(n));
    for (size_t i = 0; i < n; ++i) {
      cells[i] = {.text = static_cast<unsigned char>(text[i]), .style = style};
    }
    cursor_.x += static_cast<int>(n);
    if (row.At(static_cast<size_t>(cursor_.x)).is_padding()) ClearHalvesFrom(cursor_.x);
    text.remove_prefix(n);
  }
}

// Writing at x, a padding, would leave the first half of a wide character alone: it becomes a
// space.
void Screen::ClearHalvesBefore(int x) {
  const Row& row = grid_.row(cursor_.y);
  while (x > 0 && row.At(static_cast<size_t>(x)).is_padding()) grid_.BlankCell(x--, cursor_.y);
  // At the first column tmux leaves it.
  if (x > 0 && row.At(static_cast<size_t>(x)).is_wide()) grid_.BlankCell(x, cursor_.y);
}

// The same for the second half of one that was overwritten up to x.
void Screen::ClearHalvesFrom(int x) {
  const Row& row = grid_.row(cursor_.y);
  for (; x < columns() && row.At(static_cast<size_t>(x)).is_padding(); ++x) {
    grid_.BlankCell(x, cursor_.y);
  }
}

void Screen::PrintChar(char32_t code_point, std::string_view bytes) {
  if (code_point == kJoiner && cursor_.x > 0) {
    joiner_ = true;
    return;
  }
  const int width = CharWidth(code_point);
  if (std::exchange(joiner_, false)) {
    Combine(kJoinerBytes);
    return Combine(bytes);
  }
  if (width == 0) return Combine(bytes);
  if (width > columns()) return;
  if (!autowrap_ && width > 1 && cursor_.x != columns() && cursor_.x > columns() - width) return;
  if (insert_) grid_.InsertCells(cursor_.x, cursor_.y, width, Cell{});
  if (autowrap_ && cursor_.x > columns() - width) Wrap();
  if (cursor_.x > columns() - width) return;

  const bool graphic = code_point < 0x80 && pen_.graphics[pen_.shift_out ? 1 : 0];
  if (graphic) {
    code_point = DecGraphic(static_cast<char>(code_point));
  }
  const int x = cursor_.x;
  const bool untouched = static_cast<size_t>(x) >= grid_.row(cursor_.y).cells.size();
  const Cell now = grid_.row(cursor_.y).At(static_cast<size_t>(x));
  if (now.is_padding()) {
    int start = x;
    while (start > 0 && grid_.row(cursor_.y).At(static_cast<size_t>(start)).is_padding()) {
      grid_.BlankCell(start--, cursor_.y);
    }
    grid_.BlankCell(start, cursor_.y);
  }
  if (width != 1 || now.is_padding() || now.is_wide()) ClearHalvesFrom(x + width);
  const uint32_t style = PenNumber();
  // Without wrapping the last column is written over and over.
  cursor_.x = std::min(x + width, autowrap_ ? columns() : columns() - 1);
  // tmux's: a space where nothing is yet changes nothing.
  if (code_point == ' ' && !graphic && untouched && !insert_ && pen_.style.attributes == 0 &&
      pen_.style.foreground.is_default() && pen_.style.background.is_default()) {
    return;
  }
  Cell* const cells = grid_.Write(x, cursor_.y, width);
  cells[0] = {.text = code_point, .style = style};
  if (width == 2) {
    cells[0].text |= Cell::kWide;
    cells[1] = {.text = Cell::kPadding};
  }
}

// Joins `bytes` to the character before the cursor.
void Screen::Combine(std::string_view bytes) {
  int x = cursor_.x - 1;
  const Row& row = grid_.row(cursor_.y);
  while (x >= 0 && row.At(static_cast<size_t>(x)).is_padding()) --x;
  if (x < 0) return;
  const Cell old = row.At(static_cast<size_t>(x));
  std::string text;
  if (old.is_cluster()) {
    text = palette_.cluster(old.value());
  } else {
    AppendUtf8(old.value() == 0 ? ' ' : static_cast<char32_t>(old.value()), text);
  }
  text += bytes;
  if (text.size() > Palette::kMaxClusterBytes) return;
  if (palette_.WantsCollecting()) CollectPalette();
  const uint32_t number = palette_.AddCluster(text);
  if (number == 0) return;
  // What is there stays and gets a mark: nothing is lost.
  Row& changed = grid_.row(cursor_.y);
  Cell* cell = nullptr;
  if (static_cast<size_t>(x) < changed.cells.size()) {
    cell = &changed.cells[static_cast<size_t>(x)];
    changed.used = std::max(changed.used, static_cast<uint32_t>(x) + 1);
    grid_.Touch(changed, static_cast<uint32_t>(x), static_cast<uint32_t>(x) + 1);
  } else {
    cell = grid_.Write(x, cursor_.y, 1);
  }
  cell->text = (cell->text & Cell::kWide) | Cell::kCluster | number;
}

void Screen::Wrap() {
  Row& row = grid_.row(cursor_.y);
  row.reported = row.reported && row.wrapped;  // else its line was told without what comes now
  row.wrapped = true;
  LineFeed(Cell{});
  cursor_.x = 0;
}

void Screen::Repeat(int n) {
  n = std::min(n, columns() - cursor_.x);
  const std::string last = std::exchange(last_, {});
  if (last.empty()) return;
  for (int i = 0; i < n; ++i) Print(last);
  last_.clear();
}

uint32_t Screen::NewPenNumber() {
  if (palette_.WantsCollecting()) CollectPalette();
  pen_known_ = true;
  return pen_number_ = palette_.AddStyle(pen_.style);
}

Cell Screen::Blank() {
  if (pen_.style.background.is_default()) return Cell{};
  return {.style = palette_.AddStyle(Style{.background = pen_.style.background})};
}

void Screen::CollectPalette() {
  Palette::Collector collector(palette_);
  const auto map = [&](Row& row) {
    for (Cell& cell : row.cells) collector.Map(cell);
  };
  grid_.ForEachRow(map);
  for (Row& row : saved_.rows) map(row);
  collector.Map(pen_.style);
  collector.Map(saved_cursor_.pen.style);
  collector.Map(saved_.style);
  collector.Finish();
  pen_known_ = false;
  pen_changes_.Forget();
}

// Controls.

void Screen::Execute(uint8_t control) {
  joiner_ = false;
  last_.clear();
  switch (control) {
    case '\b':
      return Backspace();
    case '\t':
      return Tab();
    case '\n':
    case '\v':
    case '\f':
      return LineFeed(Blank());
    case '\r':
      cursor_.x = 0;
      return;
    case 0x0E:
      pen_.shift_out = true;
      return;
    case 0x0F:
      pen_.shift_out = false;
      return;
    default:
      return;
  }
}

// As characters they take no place, and as controls nobody has them in UTF-8.
void Screen::C1(uint8_t) {}

void Screen::LineFeed(Cell blank) {
  if (cursor_.y == bottom_) {
    grid_.ScrollUp(top_, bottom_, blank);
  } else if (cursor_.y < rows() - 1) {
    ++cursor_.y;
  }
}

void Screen::ReverseIndex() {
  if (cursor_.y == top_) {
    grid_.ScrollDown(top_, bottom_, Blank());
  } else if (cursor_.y > 0) {
    --cursor_.y;
  }
}

void Screen::Backspace() {
  if (cursor_.x > 0) {
    --cursor_.x;
  } else if (cursor_.y > 0 && row(cursor_.y - 1).wrapped) {
    --cursor_.y;
    cursor_.x = columns() - 1;
  }
}

void Screen::Tab() {
  if (cursor_.x >= columns() - 1) return;
  do {
    ++cursor_.x;
  } while (cursor_.x < columns() - 1 && !tabs_[static_cast<size_t>(cursor_.x)]);
}

void Screen::ForwardTab(int count) {
  for (; count > 0 && cursor_.x < columns() - 1; --count) Tab();
}

void Screen::BackTab(int count) {
  int x = std::min(cursor_.x, columns() - 1);
  for (; x > 0 && count > 0; --count) {
    do {
      --x;
    } while (x > 0 && !tabs_[static_cast<size_t>(x)]);
  }
  cursor_.x = x;
}

void Screen::ResetTabs() {
  tabs_.reset();
  for (size_t x = 8; x < tabs_.size(); x += 8) tabs_.set(x);
}

// Size.

void Screen::Resize(WindowSize size) {
  const int new_columns = Clamp(size.columns, Grid::kMaxColumns);
  const int new_rows = Clamp(size.rows, Grid::kMaxRows);
  ResizeGrid(new_columns, new_rows, !saved_.has);
}

void Screen::ResizeGrid(int new_columns, int new_rows, bool reflow) {
  if (new_columns != columns()) ResetTabs();
  const bool other_height = new_rows != rows();
  if (sink_ != nullptr) sink_->RowsRearrange(*this);
  grid_.Resize(new_columns, new_rows, reflow, cursor_.x, cursor_.y);
  if (sink_ != nullptr) sink_->RowsRearranged(*this);
  cursor_.x = std::min(cursor_.x, columns());
  if (other_height) {
    top_ = 0;
    bottom_ = rows() - 1;
  }
}

void Screen::EnterAlternate(bool cursor) {
  if (saved_.has) return;
  if (sink_ != nullptr) sink_->RowsRearrange(*this);
  saved_.has = true;
  saved_.columns = columns();
  saved_.rows = grid_.SwapOut();
  if (sink_ != nullptr) sink_->RowsRearranged(*this);
  saved_.style = pen_.style;
  if (cursor) {
    saved_.has_cursor = true;
    saved_.x = cursor_.x;
    saved_.y = cursor_.y;
  }
}

void Screen::LeaveAlternate(bool cursor) {
  const int now_columns = columns();
  const int now_rows = rows();
  if (saved_.has) {
    // Its rows are over. Wrapping them anew tells where the cursor will be, and shows nobody
    // anything.
    grid_.LoseAll();
    ScreenSink* const sink = std::exchange(sink_, nullptr);
    ResizeGrid(saved_.columns, static_cast<int>(saved_.rows.size()), true);
    sink_ = sink;
  }
  if (cursor && saved_.has_cursor) {
    cursor_.x = saved_.x;
    cursor_.y = saved_.y;
    pen_.style = saved_.style;
    pen_known_ = false;
  }
  if (saved_.has) {
    saved_.has = false;
    grid_.SwapBack(std::exchange(saved_.rows, {}));
    cursor_.y = std::min(cursor_.y, rows() - 1);
    ResizeGrid(now_columns, now_rows, true);
  }
  cursor_.x = std::min(cursor_.x, columns() - 1);
  cursor_.y = std::min(cursor_.y, rows() - 1);
}

void Screen::SaveCursor() {
  saved_cursor_ = {.pen = pen_, .x = cursor_.x, .y = cursor_.y, .origin = origin_};
}

void Screen::RestoreCursor() {
  pen_ = saved_cursor_.pen;
  pen_known_ = false;
  origin_ = saved_cursor_.origin;
  MoveTo(saved_cursor_.x, saved_cursor_.y);
}

void Screen::Reset() {
  LeaveAlternate(/*cursor=*/false);
  pen_ = {};
  pen_known_ = false;
  saved_cursor_ = {};
  ResetTabs();
  top_ = 0;
  bottom_ = rows() - 1;
  origin_ = false;
  autowrap_ = true;
  insert_ = false;
  grid_.ClearIntoHistory(Cell{});
  cursor_ = {.shape = cursor_.shape, .blinks = cursor_.blinks};
}

// DECSTR: what a program may have left behind, and nothing that is seen.
void Screen::SoftReset() {
  pen_ = {};
  pen_known_ = false;
  saved_cursor_ = {};
  top_ = 0;
  bottom_ = rows() - 1;
  origin_ = false;
  autowrap_ = true;
  insert_ = false;
  cursor_.visible = true;
}

void Screen::Alignment() {
  for (int y = 0; y < rows(); ++y) {
    Cell* const cells = grid_.Write(0, y, columns());
    std::fill(cells, cells + columns(), Cell{.text = 'E'});
  }
  cursor_.x = cursor_.y = 0;
  top_ = 0;
  bottom_ = rows() - 1;
}

}  // namespace secure_exec
