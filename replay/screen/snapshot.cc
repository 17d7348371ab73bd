#include "replay/screen/snapshot.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "base/vt/safe_text.h"
#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

constexpr std::string_view kMagic = "screen 1\n";
constexpr uint64_t kMaxId = uint64_t{1} << 62;
constexpr size_t kMaxUnfinished = Parser::kMaxString + 16 * Csi::kMaxParams;
constexpr int kCellFlags = 28;  // the bits of Cell::text above its value
constexpr size_t kRepeat = 4;   // as many equal cells are worth a run of their own

class Discard : public ParserHandler {
  void Print(std::string_view) override {}
  void Execute(uint8_t) override {}
  void C1(uint8_t) override {}
  void Escape(std::string_view, char) override {}
  void ControlSequence(const Csi&) override {}
  void String(StringKind, std::string_view, bool) override {}
};

bool IsText(char32_t c) {
  return c >= 0x20 && c <= 0x10FFFF && !(c >= 0x7F && c < 0xA0) && !(c >= 0xD800 && c < 0xE000);
}

bool IsClusterText(std::string_view text) {
  if (text.empty() || ValidUtf8Prefix(text) != text.size()) return false;
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = DecodeUtf8Char(text.substr(at));
    if (!IsText(c.code_point)) return false;
    at += c.size;
  }
  return true;
}

}  // namespace

class SnapshotCodec::Writer {
 public:
  explicit Writer(const Screen& screen)
      : palette_(screen.palette_),
        styles_(palette_.styles()),
        clusters_(palette_.clusters()),
        links_(Palette::kMaxLinks) {}

  std::string Take() { return std::move(out_); }

  void Number(uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
  }
  void Int(int value) { Number(static_cast<uint64_t>(value)); }
  void Bytes(std::string_view bytes) {
    Number(bytes.size());
    out_ += bytes;
  }
  void Raw(std::string_view bytes) { out_ += bytes; }

  // The tables come first in the file, so their use is counted before the cells are written.
  void Count(const Style& style) {
    if (style.link != 0 && links_[style.link] == 0) {
      used_links_.push_back(style.link);
      links_[style.link] = static_cast<uint16_t>(used_links_.size());
    }
  }
  void Count(const Row& row) {
    for (const Cell& cell : row.cells) {
      if (cell.style != 0 && styles_[cell.style] == 0) {
        used_styles_.push_back(cell.style);
        styles_[cell.style] = static_cast<uint32_t>(used_styles_.size());
        Count(palette_.style(cell.style));
      }
      if (cell.is_cluster() && clusters_[cell.value()] == 0) {
        used_clusters_.push_back(cell.value());
        clusters_[cell.value()] = static_cast<uint32_t>(used_clusters_.size());
      }
    }
  }
  void Tables() {
    Number(used_links_.size());
    for (const uint16_t link : used_links_) Bytes(palette_.link(link));
    Number(used_styles_.size());
    for (const uint32_t style : used_styles_) Put(palette_.style(style));
    Number(used_clusters_.size());
    for (const uint32_t cluster : used_clusters_) Bytes(palette_.cluster(cluster));
  }

  void Put(const Style& style) {
    Number(style.foreground.packed());
    Number(style.background.packed());
    Number(style.underline_colour.packed());
    Number(style.attributes);
    Number(links_[style.link]);
  }
  void Put(const Screen::Pen& pen) {
    Put(pen.style);
    Number((pen.shift_out ? 1u : 0) | (pen.graphics[0] ? 2u : 0) | (pen.graphics[1] ? 4u : 0));
  }
  void Put(const Row& row) {
    Number(row.used);
    Number((row.wrapped ? 1u : 0) | (row.reported ? 2u : 0));
    Number(row.id);
    Number(row.unseen_begin);
    Number(row.unseen_end);
    Number(row.cells.size());
    const auto& cells = row.cells;
    for (size_t at = 0; at < cells.size();) {
      const size_t equal = Equal(cells, at);
      if (equal >= kRepeat) {
        Number(equal << 1 | 1);
        Number(styles_[cells[at].style]);
        Text(cells[at]);
        at += equal;
        continue;
      }
      size_t end = at;
      while (end < cells.size() && cells[end].style == cells[at].style &&
             Equal(cells, end) < kRepeat) {
        ++end;
      }
      Number((end - at) << 1);
      Number(styles_[cells[at].style]);
      for (; at < end; ++at) Text(cells[at]);
    }
  }

 private:
  static size_t Equal(const std::vector<Cell>& cells, size_t at) {
    size_t end = at + 1;
    while (end < cells.size() && cells[end] == cells[at]) ++end;
    return end - at;
  }
  // ASCII is itself.
  void Text(const Cell& cell) {
    if (cell.text < 0x80) return Number(cell.text);
    const uint64_t value = cell.is_cluster() ? clusters_[cell.value()] : cell.value();
    Number(0x80 + (value << 3 | cell.text >> kCellFlags));
  }

  const Palette& palette_;
  std::string out_;
  std::vector<uint32_t> styles_;  // new numbers; 0: not used
  std::vector<uint32_t> clusters_;
  std::vector<uint16_t> links_;
  std::vector<uint32_t> used_styles_;
  std::vector<uint32_t> used_clusters_;
  std::vector<uint16_t> used_links_;
};

// Reads on after a failure, giving zeros: ok() tells.
class SnapshotCodec::Reader {
 public:
  Reader(std::string_view bytes, Palette& palette) : bytes_(bytes), palette_(palette) {}

  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }
  void Check(bool condition) { ok_ = ok_ && condition; }

  uint64_t Number(uint64_t max) {
    uint64_t value = 0;
    for (int shift = 0; ok_; shift += 7) {
      Check(!bytes_.empty() && shift < 63);
      if (!ok_) break;
      const auto byte = static_cast<unsigned char>(bytes_[0]);
      bytes_.remove_prefix(1);
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) {
        Check(value <= max);
        if (ok_) return value;
      }
    }
    return 0;
  }
  int Int(int max) { return static_cast<int>(Number(static_cast<uint64_t>(max))); }
  bool Flag() { return Number(1) != 0; }
  std::string_view Bytes(size_t max) {
    const size_t size = Number(max);
    Check(size <= bytes_.size());
    if (!ok_) return {};
    const std::string_view got = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return got;
  }
  std::string Shown(size_t max) {
    const std::string text(Bytes(max));
    Check(SafeLine(text) == text);
    return ok_ ? text : std::string();
  }

  void Tables() {
    links_ = {0};
    styles_ = {0};
    clusters_ = {0};
    for (uint64_t left = Number(Palette::kMaxLinks); left > 0 && ok_; --left) {
      links_.push_back(palette_.AddLink(Shown(Palette::kMaxLinkBytes)));
      Check(links_.back() != 0);
    }
    for (uint64_t left = Number(2 * Palette::kMaxStyles); left > 0 && ok_; --left) {
      styles_.push_back(palette_.AddStyle(GetStyle()));
    }
    for (uint64_t left = Number(Palette::kMaxClusters); left > 0 && ok_; --left) {
      const std::string_view text = Bytes(Palette::kMaxClusterBytes);
      Check(IsClusterText(text));
      if (ok_) clusters_.push_back(palette_.AddCluster(text));
      Check(clusters_.back() != 0);
    }
  }
  Style GetStyle() {
    Style style;
    for (Colour* colour : {&style.foreground, &style.background, &style.underline_colour}) {
      const auto packed = static_cast<uint32_t>(Number(UINT32_MAX));
      Check(Colour::IsPacked(packed));
      if (ok_) *colour = Colour::FromPacked(packed);
    }
    style.attributes = static_cast<uint16_t>(Number((1u << (Style::kUnderlineShift + 3)) - 1));
    Check(style.underline() <= Style::kDashed);
    const uint64_t link = Number(UINT16_MAX);
    Check(link < links_.size());
    if (ok_) style.link = links_[link];
    return style;
  }
  Screen::Pen GetPen() {
    Screen::Pen pen{.style = GetStyle()};
    const uint64_t flags = Number(7);
    pen.shift_out = (flags & 1) != 0;
    pen.graphics = {(flags & 2) != 0, (flags & 4) != 0};
    return pen;
  }
  Row GetRow(uint64_t next_id) {
    Row row;
    row.used = static_cast<uint32_t>(Number(Grid::kMaxColumns));
    const uint64_t flags = Number(3);
    row.wrapped = (flags & 1) != 0;
    row.reported = (flags & 2) != 0;
    row.id = Number(next_id - 1);
    row.unseen_begin = static_cast<uint32_t>(Number(Grid::kMaxColumns));
    row.unseen_end = static_cast<uint32_t>(Number(Grid::kMaxColumns));
    Check(row.unseen_begin <= row.unseen_end);
    const size_t size = Number(Grid::kMaxColumns);
    Check(row.used <= size);
    while (ok_ && row.cells.size() < size) {
      const uint64_t run = Number(2 * Grid::kMaxColumns + 1);
      const size_t count = run >> 1;
      Check(count > 0 && count <= size - row.cells.size());
      const uint64_t style = Number(UINT32_MAX);
      Check(style < styles_.size());
      if (!ok_) break;
      Cell cell{.style = styles_[style]};
      for (size_t i = 0; i < count && ok_; ++i) {
        if (i == 0 || (run & 1) == 0) cell.text = GetText();
        row.cells.push_back(cell);
      }
    }
    return row;
  }

 private:
  uint32_t GetText() {
    uint64_t number = Number(UINT32_MAX);
    if (number < 0x80) {
      Check(number == 0 || IsText(static_cast<char32_t>(number)));
      return ok_ ? static_cast<uint32_t>(number) : 0;
    }
    number -= 0x80;
    const auto flags = static_cast<uint32_t>(number & 7) << kCellFlags;
    const uint64_t value = number >> 3;
    if (flags == Cell::kPadding) {
      Check(value == 0);
      return Cell::kPadding;
    }
    Check((flags & Cell::kPadding) == 0);
    if ((flags & Cell::kCluster) != 0) {
      Check(value > 0 && value < clusters_.size());
      return ok_ ? flags | clusters_[value] : 0;
    }
    Check(value <= 0x10FFFF && IsText(static_cast<char32_t>(value)));
    return ok_ ? flags | static_cast<uint32_t>(value) : 0;
  }

  std::string_view bytes_;
  Palette& palette_;
  bool ok_ = true;
  std::vector<uint16_t> links_;
  std::vector<uint32_t> styles_;
  std::vector<uint32_t> clusters_;
};

std::string SnapshotCodec::Encode(const Screen& s) {
  Writer w(s);
  w.Count(s.pen_.style);
  w.Count(s.saved_cursor_.pen.style);
  w.Count(s.saved_.style);
  for (const Row& row : s.grid_.history_) w.Count(row);
  for (int y = 0; y < s.rows(); ++y) w.Count(s.row(y));
  for (const Row& row : s.saved_.rows) w.Count(row);

  w.Raw(kMagic);
  w.Int(s.columns());
  w.Int(s.rows());
  w.Number(s.grid_.history_limit_);
  w.Number(s.options_.newline_ends_strings ? 1 : 0);
  w.Tables();
  w.Int(s.cursor_.x);
  w.Int(s.cursor_.y);
  w.Number((s.cursor_.visible ? 1u : 0) | (s.cursor_.blinks ? 2u : 0));
  w.Number(s.cursor_.shape);
  w.Put(s.pen_);
  w.Put(s.saved_cursor_.pen);
  w.Int(s.saved_cursor_.x);
  w.Int(s.saved_cursor_.y);
  w.Number(s.saved_cursor_.origin ? 1 : 0);
  w.Int(s.top_);
  w.Int(s.bottom_);
  w.Number((s.origin_ ? 1u : 0) | (s.autowrap_ ? 2u : 0) | (s.insert_ ? 4u : 0) |
           (s.joiner_ ? 8u : 0));
  w.Bytes(s.last_);
  std::string tabs;
  for (int x = 0; x < s.columns(); ++x) tabs += s.tabs_[static_cast<size_t>(x)] ? '\1' : '\0';
  w.Raw(tabs);
  w.Bytes(s.title_);
  w.Number(s.titles_.size());
  for (const std::string& title : s.titles_) w.Bytes(title);

  w.Number(s.grid_.next_id_);
  w.Number(s.grid_.history_.size());
  w.Number(s.grid_.scrolled_);
  for (const Row& row : s.grid_.history_) w.Put(row);
  for (int y = 0; y < s.rows(); ++y) w.Put(s.row(y));
  w.Number(s.saved_.has ? 1 : 0);
  w.Number(s.saved_.has_cursor ? 1 : 0);
  w.Int(s.saved_.x);
  w.Int(s.saved_.y);
  w.Put(s.saved_.style);
  if (s.saved_.has) {
    w.Int(s.saved_.columns);
    w.Number(s.saved_.rows.size());
    for (const Row& row : s.saved_.rows) w.Put(row);
  }
  w.Bytes(s.parser_.Unfinished());
  return w.Take();
}

std::unique_ptr<Screen> SnapshotCodec::Decode(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return nullptr;
  Palette palette;
  Reader r(bytes.substr(kMagic.size()), palette);
  Screen::Options options;
  options.size.columns = r.Int(Grid::kMaxColumns);
  options.size.rows = r.Int(Grid::kMaxRows);
  options.history = r.Int(Screen::kMaxHistory);
  options.newline_ends_strings = r.Flag();
  r.Check(options.size.columns > 0 && options.size.rows > 0);
  if (!r.ok()) return nullptr;
  auto screen = std::make_unique<Screen>(options);
  Screen& s = *screen;
  r.Tables();
  s.cursor_.x = r.Int(s.columns());
  s.cursor_.y = r.Int(s.rows() - 1);
  const uint64_t cursor_flags = r.Number(3);
  s.cursor_.visible = (cursor_flags & 1) != 0;
  s.cursor_.blinks = (cursor_flags & 2) != 0;
  s.cursor_.shape = static_cast<Cursor::Shape>(r.Number(Cursor::kBar));
  s.pen_ = r.GetPen();
  s.pen_known_ = false;
  s.saved_cursor_.pen = r.GetPen();
  s.saved_cursor_.x = r.Int(Grid::kMaxColumns);
  s.saved_cursor_.y = r.Int(Grid::kMaxRows);
  s.saved_cursor_.origin = r.Flag();
  s.top_ = r.Int(s.rows() - 1);
  s.bottom_ = r.Int(s.rows() - 1);
  r.Check(s.top_ < s.bottom_ || (s.rows() == 1 && s.bottom_ == 0));
  const uint64_t modes = r.Number(15);
  s.origin_ = (modes & 1) != 0;
  s.autowrap_ = (modes & 2) != 0;
  s.insert_ = (modes & 4) != 0;
  s.joiner_ = (modes & 8) != 0;
  s.last_ = r.Bytes(4);
  r.Check(s.last_.empty() ||
          (IsClusterText(s.last_) && DecodeUtf8Char(s.last_).size == s.last_.size()));
  for (int x = 0; x < s.columns(); ++x) s.tabs_[static_cast<size_t>(x)] = r.Flag();
  s.title_ = r.Shown(Screen::kMaxTitle);
  for (uint64_t left = r.Number(Screen::kMaxTitles); left > 0 && r.ok(); --left) {
    s.titles_.push_back(r.Shown(Screen::kMaxTitle));
  }

  Grid& grid = s.grid_;
  grid.next_id_ = r.Number(kMaxId);
  r.Check(grid.next_id_ > 0);
  const size_t history = r.Number(grid.history_limit_);
  grid.scrolled_ = r.Number(history);
  for (size_t i = 0; i < history && r.ok(); ++i) {
    grid.history_.push_back(r.GetRow(grid.next_id_));
  }
  for (int y = 0; y < s.rows() && r.ok(); ++y) s.grid_.row(y) = r.GetRow(grid.next_id_);
  s.saved_.has = r.Flag();
  grid.keeps_history_ = !s.saved_.has;
  s.saved_.has_cursor = r.Flag();
  s.saved_.x = r.Int(Grid::kMaxColumns);
  s.saved_.y = r.Int(Grid::kMaxRows);
  s.saved_.style = r.GetStyle();
  if (s.saved_.has) {
    s.saved_.columns = r.Int(Grid::kMaxColumns);
    const size_t saved_rows = r.Number(Grid::kMaxRows);
    r.Check(s.saved_.columns > 0 && saved_rows > 0);
    for (size_t i = 0; i < saved_rows && r.ok(); ++i) {
      s.saved_.rows.push_back(r.GetRow(grid.next_id_));
    }
  }
  const std::string_view unfinished = r.Bytes(kMaxUnfinished);
  if (!r.ok() || !r.at_end()) return nullptr;
  s.palette_ = std::move(palette);
  Discard discard;
  s.parser_.Feed(unfinished, discard);
  return screen;
}

std::string Screen::Snapshot() const { return SnapshotCodec::Encode(*this); }

Result<std::unique_ptr<Screen>> Screen::Restore(std::string_view snapshot) {
  auto screen = SnapshotCodec::Decode(snapshot);
  if (screen == nullptr) {
    return Fail(ErrorKind::kFormat, "not a snapshot of a screen, or an altered one: {} bytes",
                snapshot.size());
  }
  return screen;
}

}  // namespace secure_exec
