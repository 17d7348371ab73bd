#include "replay/search/seen_text.h"

#include <algorithm>
#include <utility>

#include "base/count_lines.h"
#include "base/utf8.h"
#include "replay/screen/text.h"
#include "replay/search/plain_lines.h"

namespace secure_exec {
namespace {

// Cells of one line that are joined above and below a row, whatever the screen's size.
constexpr int kMaxJoined = 8192;

// Of the start of a plain line, what stands on the screen.
std::string_view LineText(std::string_view start) {
  if (start.ends_with('\r')) start.remove_suffix(1);
  return TrimEnd(start);
}

}  // namespace

SeenText::SeenText(Options options, SeenTextListener& listener)
    : listener_(listener),
      screen_({.size = options.size, .history = kHistory}, this),
      plain_before_(options.context > 0 ? SIZE_MAX : options.plain_before),
      context_(std::min(options.context, kMaxContext)),
      whole_lines_(options.whole_lines),
      literal_(options.literal) {}

void SeenText::Feed(std::string_view bytes, int64_t t_us) {
  now_us_ = t_us;
  if (bytes.empty()) return;  // else each would be noted behind a partial line
  if (!partial_.empty()) {
    joined_.assign(partial_).append(bytes);
    std::string_view rest = joined_;
    if (FeedPlain(rest, /*event_begins=*/true)) {
      partial_.clear();
      bytes = bytes.substr(bytes.size() - rest.size());
    } else if (KeepPartial(rest)) {
      return;
    } else {
      CatchUp();
    }
  }
  FeedPieces(bytes);
  if (!deferring_) Look();
}

void SeenText::FeedPieces(std::string_view bytes) {
  for (bool event_begins = true; !bytes.empty(); event_begins = false) {
    if (FeedPlain(bytes, event_begins)) continue;
    if (KeepPartial(bytes)) return;
    // Up to where plain lines may begin again.
    const size_t end = bytes.find('\n');
    const size_t part = end == std::string_view::npos ? bytes.size() : end + 1;
    const std::string_view piece = bytes.substr(0, part);
    plain_bytes_ = IsPlainStart(piece) ? plain_bytes_ + part : 0;
    FeedScreen(piece);
    bytes.remove_prefix(part);
  }
}

void SeenText::Resize(WindowSize size, int64_t t_us) {
  now_us_ = t_us;
  CatchUp();
  plain_bytes_ = 0;
  screen_.Resize(size);
  Look();
}

void SeenText::Finish(int64_t t_us) {
  now_us_ = t_us;
  CatchUp();
  screen_.Finish();
  Look();
  // What an alternate screen stood before, and nobody looked at yet.
  if (screen_.alternate()) screen_.Feed("\x1B[?1047l");
  Look();
  CloseOpenIfOver();
  // Standing lines in the order of the screen, then those of the screen behind an alternate one.
  std::stable_sort(standing_.begin(), standing_.end(), [](const Standing& a, const Standing& b) {
    return a.full_screen != b.full_screen ? a.full_screen < b.full_screen : a.line < b.line;
  });
  while (!standing_.empty()) EndStanding(0);
}

void SeenText::FeedScreen(std::string_view bytes) {
  CatchUp();
  screen_.Feed(bytes);
}

// Plain lines.

// Takes whole plain lines from the front of `bytes` past the emulator, if it may.
bool SeenText::FeedPlain(std::string_view& bytes, bool event_begins) {
  // Not at each piece, where there are lines that may have to scroll off first.
  if (!deferring_ &&
      (plain_bytes_ < plain_before_ || (!event_begins && !standing_.empty()) || !CanDefer())) {
    return false;
  }
  lines_text_.clear();
  size_t count = 0;
  const size_t taken = TakePlainLines(bytes, lines_text_, count);
  if (taken == 0) return false;
  if (!deferring_) {
    if (!standing_.empty() && count < static_cast<size_t>(screen_.rows())) return false;
    BeginDeferring();
  }
  const int64_t first_us = std::exchange(partial_wanted_us_, -1);
  size_t at = listener_.FindLine(lines_text_, 0);
  if (at != 0) HandOutPartial(first_us);
  if (!partial_.empty()) partial_marks_.push_back({partial_.size(), now_us_});
  size_t counted = 0;  // up to here lines were counted to `line`
  uint64_t line = lines_;
  while (at != std::string_view::npos) {
    const size_t end = lines_text_.find('\n', at);
    line += CountLines(std::string_view(lines_text_).substr(counted, end + 1 - counted));
    counted = end + 1;
    listener_.Seen({.text = std::string_view(lines_text_).substr(at, end - at),
                    .began_us = at == 0 && first_us >= 0 ? first_us : now_us_,
                    .ended_us = now_us_,
                    .line = line,
                    .marks = at == 0 && !partial_.empty() ? &partial_marks_ : nullptr});
    at = listener_.FindLine(lines_text_, end + 1);
  }
  lines_ += count;
  Defer(bytes.substr(0, taken));
  bytes.remove_prefix(taken);
  return true;
}

// Only the last lines matter to the emulator; trimmed now and then, as that costs a copy.
void SeenText::Defer(std::string_view lines) {
  const auto columns = static_cast<size_t>(screen_.columns());
  // With a CR and LF for each row, they fill screen and history.
  const size_t keep = static_cast<size_t>(screen_.rows() + kHistory) * (columns + 2);
  // Where no less than that is behind; at the beginning of a row.
  const auto cut = [&](std::string_view text) -> size_t {
    if (text.size() <= keep) return 0;
    const size_t at = text.size() - keep;
    const size_t line = text.rfind('\n', at - 1) + 1;  // 0 behind npos
    return line + (at - line) / columns * columns;
  };
  if (lines.size() >= keep) {
    deferred_.assign(lines.substr(cut(lines)));
    return;
  }
  if (deferred_.size() + lines.size() > 4 * keep) deferred_.erase(0, cut(deferred_));
  deferred_ += lines;
}

// The start of a plain line that the next event may end.
bool SeenText::KeepPartial(std::string_view bytes) {
  if (!deferring_ || bytes.size() > kMaxPartial) return false;
  if (!IsPlainStart(bytes) || bytes.back() == '\n') return false;
  if (!listener_.Wants(LineText(bytes))) {
    HandOutPartial(std::exchange(partial_wanted_us_, -1));
  } else if (partial_wanted_us_ < 0) {
    partial_wanted_us_ = now_us_;
  }
  if (partial_.empty()) partial_marks_.clear();
  partial_marks_.push_back({partial_.size(), now_us_});
  partial_.assign(bytes);
  return true;
}

// That was wanted from `began_us` on, unless that is -1, and is not now that it went on.
void SeenText::HandOutPartial(int64_t began_us) {
  if (began_us < 0 || whole_lines_) return;
  listener_.Seen({.text = LineText(partial_),
                  .began_us = began_us,
                  .ended_us = now_us_,
                  .line = lines_ + 1,
                  .marks = &partial_marks_});
}

// The emulator is at the start of an empty row with nothing below it.
bool SeenText::CanDefer() {
  const int row = screen_.cursor().y;
  if (!screen_.plain() || screen_.cursor().x != 0) return false;
  CloseOpenIfOver();
  if (row == 0 ? has_open_ : screen_.row(row - 1).wrapped) return false;
  for (int y = row; y < screen_.rows(); ++y) {
    if (screen_.row(y).used != 0) return false;
  }
  return true;
}

// What is on the screen counts as scrolled off. It is there yet, and the emulator stays as it is;
// if any of it is wanted, so many lines come now that it does scroll off.
void SeenText::BeginDeferring() {
  Look();
  const int end = screen_.cursor().y;
  for (int y = 0; y < end; ++y) {
    const uint64_t id = std::exchange(has_open_, false) ? open_id_ : screen_.row(y).id;
    while (screen_.row(y).wrapped) ++y;
    if (!screen_.row(y).reported) ++lines_;
    if (Standing* standing = Find(id)) {
      standing->line = lines_;
      EndStanding(static_cast<size_t>(standing - standing_.data()));
    }
  }
  while (!standing_.empty()) EndStanding(0);
  screen_.MarkTold();
  deferring_ = true;
}

void SeenText::CatchUp() {
  if (!std::exchange(deferring_, false)) return;
  // As many lines as fill screen and history.
  size_t begin = deferred_.size();
  for (int left = screen_.rows() + kHistory; left > 0 && begin > 0; --left) {
    const size_t before = begin < 2 ? std::string::npos : deferred_.rfind('\n', begin - 2);
    begin = before == std::string::npos ? 0 : before + 1;
  }
  muted_ = true;
  screen_.Feed(std::string_view(deferred_).substr(begin));
  screen_.MarkTold();
  muted_ = false;
  deferred_.clear();
  partial_wanted_us_ = -1;
  if (partial_.empty()) return;
  // What stood there before this event, as it came.
  const std::string partial = std::exchange(partial_, {});
  const int64_t now = now_us_;
  for (size_t i = 0; i < partial_marks_.size(); ++i) {
    const size_t from = partial_marks_[i].offset;
    const size_t to = i + 1 < partial_marks_.size() ? partial_marks_[i + 1].offset : partial.size();
    now_us_ = partial_marks_[i].t_us;
    screen_.Feed(std::string_view(partial).substr(from, to - from));
    Look();
  }
  now_us_ = now;
}

// Lines of the emulator.

void SeenText::RowScrolledOff(const Screen&, const Row& row) {
  if (muted_) return;
  leaving_id_ = row.id;
  RowLeaves(row);
  leaving_id_ = 0;
}

void SeenText::RowLeaves(const Row& row) {
  CloseOpenIfOver();
  // A line of one row that is not wanted is the usual case.
  if (!has_open_ && !row.wrapped && context_ == 0 &&
      (!row.unseen() || (row.unwanted && !literal_.MayHaveCome(row, screen_.columns()) &&
                         Find(row.id) == nullptr))) {
    LineOver({}, {}, row.id, /*unseen=*/false);
    return;
  }
  if (!has_open_) {
    open_.clear();
    open_marks_.clear();
    open_id_ = row.id;
    open_unseen_ = false;
    has_open_ = true;
  }
  open_last_id_ = row.id;
  leaving_times_ = row.times;
  if (!KeepsItsTimes(row)) leaving_times_.Note(row.unseen_begin, row.unseen_end, now_us_);
  AppendMarks(row, leaving_times_, open_.size(), open_marks_);
  AppendRowText(screen_.palette(), row, screen_.columns(), open_);
  open_unseen_ = open_unseen_ || row.unseen();
  if (row.wrapped && open_.size() < kMaxLine) return;
  CloseOpen();
  if (!row.wrapped) return;
  size_t keep = open_.size() - kOverlap;
  while (keep < open_.size() && (static_cast<unsigned char>(open_[keep]) & 0xC0) == 0x80) ++keep;
  open_.erase(0, keep);
  open_marks_.clear();
  has_open_ = true;
}

// Its next row may have been erased.
bool SeenText::OpenGoesOn() const {
  if (!has_open_ || screen_.history() == 0) return false;
  const Row& last = screen_.history_row(screen_.history() - 1);
  return last.wrapped && last.id == open_last_id_;
}

void SeenText::CloseOpenIfOver() {
  if (has_open_ && !OpenGoesOn()) CloseOpen();
}

void SeenText::CloseOpen() {
  has_open_ = false;
  LineOver(TrimEnd(open_), open_marks_, open_id_, open_unseen_);
}

void SeenText::LineOver(std::string_view text, const std::vector<TextLine::Mark>& marks,
                        uint64_t row_id, bool unseen) {
  ++lines_;
  if (Standing* standing = Find(row_id)) {
    // What was only drawn again is as old as it was.
    if (unseen && standing->text != text && listener_.Wants(text)) {
      standing->text = text;
      standing->marks = marks;
    }
    standing->line = lines_;
    EndStanding(static_cast<size_t>(standing - standing_.data()));
  } else if (unseen && listener_.Wants(text)) {
    HandOut(
        {.text = text, .began_us = now_us_, .ended_us = now_us_, .line = lines_, .marks = &marks},
        row_id);
  }
  if (context_ == 0) return;
  passed_.push_back(Context(text));
  if (passed_.size() > context_) passed_.pop_front();
}

// Wrapped anew, the text is as old as it was.
void SeenText::NoteUnseen(int y) {
  if (!KeepsItsTimes(screen_.row(y))) screen_.NoteTimes(y, now_us_);
}

// The marks of a row whose text begins at `begin` of its line's.
void SeenText::AppendMarks(const Row& row, const RowTimes& times, size_t begin,
                           std::vector<TextLine::Mark>& marks) {
  if (times.empty()) return;
  row_text_.clear();
  places_.clear();
  AppendRowText(screen_.palette(), row, screen_.columns(), row_text_, &places_);
  for (const RowTimes::Mark& time : times.marks()) {
    // The first one stands for all before it.
    const auto place = &time == times.marks().data()
                           ? places_.begin()
                           : std::lower_bound(places_.begin(), places_.end(), time.column);
    if (place == places_.end()) break;
    marks.push_back({begin + static_cast<size_t>(place - places_.begin()), time.t_us});
  }
}

void SeenText::RowLosesText(const Screen&, int y) {
  if (muted_) return;
  LookAt(y);
  // Lines that came and went within one event, which may have millions; now and then, as looking
  // for them takes time.
  if (standing_.size() > stayed_ + 2 * static_cast<size_t>(screen_.rows())) {
    LookAtUnseen();
    DropAbsent(/*event_over=*/false);
  }
}

void SeenText::RowsRearrange(const Screen&) {
  LookAtUnseen();
  rearranging_ = true;
}

void SeenText::RowsRearranged(const Screen&) {
  LookAtUnseen();
  rearranging_ = false;
}

void SeenText::Look() {
  LookAtUnseen();
  DropAbsent(/*event_over=*/true);
}

void SeenText::LookAtUnseen() {
  if (open_unseen_ && OpenGoesOn() && !screen_.alternate()) {
    LookAt(0);
    open_unseen_ = false;
  }
  int next = 0;  // rows before it belong to a line that was looked at
  screen_.ForEachUnseen([&](int y) {
    if (y < next) return;
    next = LookAt(y) + 1;
  });
}

// The line of these rows is not wanted, as none of the lines was that their text was seen in: a
// literal that was not there before is where cells changed, or crosses the end of a row.
bool SeenText::StaysUnwanted(int first, int last) {
  if (has_open_ && !screen_.alternate()) return false;
  for (int y = first; y <= last; ++y) {
    const Row& row = screen_.row(y);
    if (!row.unwanted || (row.unseen() && literal_.MayHaveCome(row, screen_.columns())) ||
        (y < last && literal_.MayCross(row, screen_.columns()))) {
      return false;
    }
  }
  return Find(screen_.row(first).id) == nullptr;
}

// Returns the last row that it looked at.
int SeenText::LookAt(int y) {
  const bool full_screen = screen_.alternate();
  const int most = std::max(1, kMaxJoined / screen_.columns());
  int first = y;
  while (first > 0 && y - first < most && screen_.row(first - 1).wrapped) --first;
  int last = y;
  while (last < screen_.rows() - 1 && last - y < most && screen_.row(last).wrapped) ++last;
  if (StaysUnwanted(first, last)) {
    for (int i = first; i <= last; ++i) NoteUnseen(i);
    return last;
  }
  const bool open = first == 0 && !full_screen && OpenGoesOn();
  const uint64_t id = open ? open_id_ : screen_.row(first).id;
  line_text_.clear();
  if (open) line_text_ = open_;
  for (int i = first; i <= last; ++i) {
    NoteUnseen(i);
    AppendRowText(screen_.palette(), screen_.row(i), screen_.columns(), line_text_);
  }
  const std::string_view text = TrimEnd(line_text_);
  Standing* standing = Find(id);
  const bool wanted = listener_.Wants(text);
  for (int i = first; i <= last; ++i) screen_.MarkUnwanted(i, !wanted);
  if (!wanted) {
    if (standing == nullptr) return last;
    const auto index = standing - standing_.data();
    if (whole_lines_ && text.starts_with(standing->text)) {
      standing_.erase(standing_.begin() + index);
    } else {
      EndStanding(static_cast<size_t>(index));
    }
    return last;
  }
  if (standing == nullptr) {
    standing = &standing_.emplace_back();
    standing->row_id = id;
    standing->began_us = now_us_;
    standing->full_screen = full_screen;
    standing->fresh = true;
    if (full_screen && context_ > 0) {
      standing->above = LinesAbove(id);
      standing->below = LinesBelow(id);
    }
  }
  // What was only drawn again is as old as it was.
  if (standing->text != text) {
    standing->text = text;
    standing->marks.clear();
    if (open) standing->marks = open_marks_;
    size_t begin = open ? open_.size() : 0;
    for (int i = first; i <= last; ++i) {
      AppendMarks(screen_.row(i), screen_.row(i).times, begin, standing->marks);
      row_text_.clear();
      AppendRowText(screen_.palette(), screen_.row(i), screen_.columns(), row_text_);
      begin += row_text_.size();
    }
  }
  standing->line = full_screen ? static_cast<uint64_t>(first) + 1 : lines_ + 1;
  for (int i = 0; i < first && !full_screen; ++i) {
    if (!screen_.row(i).wrapped && !screen_.row(i).reported) ++standing->line;
  }
  return last;
}

// Ends the lines whose row is no longer on the screen that is shown. Within an event the newest
// stay: a screen that is being cleared may be drawn anew.
void SeenText::DropAbsent(bool event_over) {
  if (standing_.empty()) return;
  for (Standing& standing : standing_) {
    standing.here = standing.full_screen != screen_.alternate()
                        ? !standing.full_screen
                        : has_open_ && standing.row_id == open_id_;
  }
  by_row_.clear();
  for (size_t i = 0; i < standing_.size(); ++i) by_row_.emplace_back(standing_[i].row_id, i);
  std::sort(by_row_.begin(), by_row_.end());
  for (int y = 0; y < screen_.rows(); ++y) {
    const uint64_t id = screen_.row(y).id;
    const auto at = std::lower_bound(by_row_.begin(), by_row_.end(), std::pair(id, size_t{0}));
    if (at != by_row_.end() && at->first == id) standing_[at->second].here = true;
  }
  if (!event_over) {
    const size_t newest = std::min(standing_.size(), static_cast<size_t>(screen_.rows()));
    for (size_t i = standing_.size() - newest; i < standing_.size(); ++i) standing_[i].here = true;
  }
  for (size_t i = 0; i < standing_.size();) {
    if (standing_[i].here) {
      ++i;
      continue;
    }
    // Drawn anew in the same event: the same line.
    const bool may_be_again = event_over || !standing_[i].fresh;
    const auto again = std::find_if(standing_.begin(), standing_.end(), [&](const Standing& other) {
      return may_be_again && other.fresh && other.here && other.text == standing_[i].text &&
             other.full_screen == standing_[i].full_screen;
    });
    if (again != standing_.end()) {
      again->began_us = standing_[i].began_us;
      again->marks = std::move(standing_[i].marks);
      again->fresh = false;
      standing_.erase(standing_.begin() + static_cast<ptrdiff_t>(i));
    } else {
      EndStanding(i);
    }
  }
  for (Standing& standing : standing_) standing.fresh = standing.fresh && !event_over;
  stayed_ = standing_.size();
}

void SeenText::EndStanding(size_t index) {
  const Standing ended = std::move(standing_[index]);
  standing_.erase(standing_.begin() + static_cast<ptrdiff_t>(index));
  HandOut({.text = ended.text,
           .began_us = ended.began_us,
           .ended_us = now_us_,
           .full_screen = ended.full_screen,
           .line = ended.line,
           .marks = &ended.marks,
           .above = ended.above,
           .below = ended.below},
          ended.row_id);
}

void SeenText::HandOut(SeenLine line, uint64_t row_id) {
  if (context_ == 0 || line.full_screen) return listener_.Seen(line);
  const std::vector<std::string> above = LinesAbove(row_id);
  const std::vector<std::string> below = LinesBelow(row_id);
  line.above = above;
  line.below = below;
  listener_.Seen(line);
}

// -1: it has scrolled off, or gone.
int SeenText::RowOf(uint64_t row_id) const {
  for (int y = 0; y < screen_.rows(); ++y) {
    if (screen_.row(y).id == row_id) return y;
  }
  return -1;
}

// Takes no more memory than what is left: a screen may be full of wanted lines.
std::string SeenText::Context(std::string_view text) {
  if (text.size() <= kMaxContextLine) return std::string(text);
  text = text.substr(0, kMaxContextLine);
  text.remove_suffix(IncompleteUtf8Tail(text));
  return std::string(text) + "…";
}

std::vector<std::string> SeenText::LinesAbove(uint64_t row_id) const {
  std::vector<std::string> lines;  // the nearest first
  for (int y = RowOf(row_id) - 1; y >= 0 && lines.size() < context_; --y) {
    const ScreenLine line = LineAt(screen_, y);
    y = line.first;
    lines.push_back(Context(line.text));
  }
  if (!screen_.alternate()) {
    for (auto line = passed_.rbegin(); line != passed_.rend() && lines.size() < context_; ++line) {
      lines.push_back(*line);
    }
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> SeenText::LinesBelow(uint64_t row_id) const {
  std::vector<std::string> lines;
  // A row that scrolls off is in its place yet, the last one of its line.
  int y = RowOf(leaving_id_ != 0 ? leaving_id_ : row_id);
  if (y < 0 && row_id == open_id_ && OpenGoesOn()) y = 0;
  if (y >= 0 && leaving_id_ == 0) y = LineAt(screen_, y).last;
  for (++y; y < screen_.rows() && lines.size() < context_; ++y) {
    const ScreenLine line = LineAt(screen_, y);
    y = line.last;
    lines.push_back(Context(line.text));
  }
  // Blank lines, but not the rest of the screen below what was written.
  for (; y < screen_.rows(); ++y) {
    const ScreenLine line = LineAt(screen_, y);
    if (!line.text.empty()) return lines;
    y = line.last;
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

SeenText::Standing* SeenText::Find(uint64_t row_id) {
  for (Standing& standing : standing_) {
    if (standing.row_id == row_id) return &standing;
  }
  return nullptr;
}

}  // namespace secure_exec
