#include "plugin/echo/output_track.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

struct Range {
  char32_t first, last;
};

// What stands on the character before it. Terminals differ beyond the common ones; a wrong width
// costs a line that is masked though it was echoed.
constexpr Range kZeroWidth[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
    {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
    {0x2060, 0x2064}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF}};
// East Asian wide and full-width (UAX #11), by block.
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
                           {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},
                           {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
                           {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
                           {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
                           {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

template <size_t N>
bool In(const Range (&ranges)[N], char32_t c) {
  const auto* range =
      std::lower_bound(std::begin(ranges), std::end(ranges), c,
                       [](const Range& r, char32_t value) { return r.last < value; });
  return range != std::end(ranges) && range->first <= c;
}

constexpr int64_t kMaxColumns = 9999;
constexpr int64_t kMaxMove = 9999;
// Between places that have nothing to do with each other.
constexpr int64_t kApart = int64_t{1} << 40;

}  // namespace

int CharColumns(char32_t c) {
  if (c < 0x0300) return 1;
  return In(kZeroWidth, c) ? 0 : In(kWide, c) ? 2 : 1;
}

void OutputTrack::SetColumns(int columns) {
  columns_ = columns >= 1 && columns <= kMaxColumns ? columns : 80;
}

void OutputTrack::Print(std::string_view text) {
  if (!detailed_) {
    const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
    if (ascii) {
      listener_.OnPrint(static_cast<char32_t>(text[0]), at_, at_ + 1, 0);
      at_ += static_cast<int64_t>(text.size());
      last_ = static_cast<char32_t>(text.back());
      last_end_ = at_;
      at_margin_ = at_ % columns_ == 0;
      return;
    }
  }
  while (!text.empty()) {
    const Utf8Char c = DecodeUtf8Char(text);
    PrintOne(c.code_point);
    text.remove_prefix(c.size);
  }
}

void OutputTrack::PrintOne(char32_t c) {
  const int width = CharColumns(c);
  // A wide character does not stand half beyond the edge.
  if (width == 2 && at_ % columns_ == columns_ - 1) ++at_;
  const int64_t at = at_;
  const char32_t before = last_end_ == at ? last_ : 0;
  at_ += width;
  if (width > 0) {
    last_ = c;
    last_end_ = at_;
    at_margin_ = at_ % columns_ == 0;
  }
  listener_.OnPrint(c, at, at_, before);
}

void OutputTrack::Newline() {
  at_ += columns_;
  listener_.OnNewline();
}

void OutputTrack::Jump() {
  at_ = at_ - at_ % columns_ + kApart * columns_;
  // Far beyond any session; the sum of places must not overflow.
  if (at_ > INT64_MAX / 4) at_ = 0;
  listener_.OnNewline();
}

void OutputTrack::MoveToColumn(int64_t column) {
  at_ += std::min(column, columns_ - 1) - at_ % columns_;
}

void OutputTrack::SetAlternate(bool on) {
  if (on == alternate_) return;
  alternate_ = on;
  Jump();
  listener_.OnAlternateScreen(on);
}

void OutputTrack::Execute(uint8_t control) {
  const bool at_margin = std::exchange(at_margin_, false);
  switch (control) {
    case '\b':
      if (at_ > 0) --at_;
      break;
    case '\t':
      MoveToColumn((at_ % columns_ / 8 + 1) * 8);
      break;
    case '\n':
    case '\v':
    case '\f':
      if (at_margin) {
        listener_.OnMarginNewline();
      } else {
        Newline();
      }
      break;
    case '\r':
      // Not back along the row that it has filled: an LF follows, or it wraps all the same.
      at_margin_ = at_margin;
      if (at_margin) break;
      MoveToColumn(0);
      listener_.OnReturn();
      break;
    default:
      at_margin_ = at_margin;
      break;
  }
}

void OutputTrack::C1(uint8_t) {}

void OutputTrack::Escape(std::string_view intermediates, char final) {
  if (!intermediates.empty()) return;
  switch (final) {
    case '7':
      saved_ = at_;
      break;
    case '8':
      at_ = saved_;
      break;
    case 'E':  // NEL
      MoveToColumn(0);
      Newline();
      break;
    case 'D':  // IND
    case 'M':  // RI
      Newline();
      break;
    case 'c':  // RIS
      Jump();
      SetAlternate(false);
      break;
    default:
      break;
  }
}

void OutputTrack::ControlSequence(const Csi& csi) {
  if (csi.prefix == '?' && csi.intermediate_count == 0 && (csi.final == 'h' || csi.final == 'l')) {
    for (size_t i = 0; i < csi.count; ++i) {
      const int mode = csi.Param(i, 0);
      if (mode == 47 || mode == 1047 || mode == 1049) SetAlternate(csi.final == 'h');
    }
    return;
  }
  if (csi.prefix != 0 || csi.intermediate_count != 0) return;
  if (csi.final >= 'A' && csi.final <= 'H') at_margin_ = false;
  const int64_t count = std::clamp<int64_t>(csi.Param(0, 1), 1, kMaxMove);
  switch (csi.final) {
    case 'A':  // Along the rows of a line that wraps.
      at_ = std::max(at_ - count * columns_, at_ % columns_);
      break;
    case 'B':
      at_ += count * columns_;
      break;
    case 'C':
      at_ += std::min(count, columns_ - 1 - at_ % columns_);
      break;
    case 'D':
      at_ -= std::min(count, at_ % columns_);
      break;
    case 'G':
    case '`':
      MoveToColumn(count - 1);
      if (count == 1) listener_.OnReturn();
      break;
    case 'E':
    case 'F':
    case 'H':
    case 'd':
    case 'f':
      Jump();
      break;
    case 's':
      saved_ = at_;
      break;
    case 'u':
      at_ = saved_;
      break;
    default:
      break;
  }
}

}  // namespace secure_exec
