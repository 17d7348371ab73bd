#include "base/vt/plain_text.h"

#include <algorithm>
#include <utility>

#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

int64_t TextLine::TimeAt(size_t offset) const {
  if (marks == nullptr || marks->empty()) return 0;
  auto after = std::upper_bound(marks->begin(), marks->end(), offset,
                                [](size_t o, const Mark& mark) { return o < mark.offset; });
  return after == marks->begin() ? marks->front().t_us : std::prev(after)->t_us;
}

PlainText::PlainText(Source source, Sink sink)
    : source_(source),
      sink_(std::move(sink)),
      parser_(Parser::Options{.newline_ends_strings = true}) {}

void PlainText::Feed(std::string_view bytes, int64_t t_us) {
  now_us_ = t_us;
  parser_.Feed(bytes, *this);
}

void PlainText::Finish() {
  parser_.Finish(*this);
  return_pending_ = false;
  if (!line_.empty()) EndLine(/*ended=*/false);
}

void PlainText::Print(std::string_view text) {
  SettleReturn();
  if (cursor_ == line_.size()) {
    Append(text);
  } else {
    Overwrite(text);
  }
}

void PlainText::Append(std::string_view text) {
  while (!text.empty()) {
    if (marks_.empty() || marks_.back().t_us != now_us_) marks_.push_back({line_.size(), now_us_});
    size_t part = std::min(text.size(), kMaxLine - line_.size());
    while (part < text.size() && part > 0 && IsContinuation(text[part])) --part;
    line_ += text.substr(0, part);
    text.remove_prefix(part);
    cursor_ = line_.size();
    if (!text.empty()) EndLine(/*ended=*/false);
  }
}

void PlainText::Overwrite(std::string_view text) {
  while (!text.empty() && cursor_ < line_.size()) {
    size_t size = 1;
    while (size < text.size() && IsContinuation(text[size])) ++size;
    const std::string_view c = text.substr(0, size);
    const size_t old_size = NextChar(cursor_) - cursor_;
    if (std::string_view(line_).substr(cursor_, old_size) != c) {
      if (went_back_ && line_[cursor_] != ' ') {
        KeepOldLine();
        break;
      }
      line_.replace(cursor_, old_size, c);
    }
    cursor_ += size;
    text.remove_prefix(size);
  }
  Append(text);
}

void PlainText::Execute(uint8_t control) {
  if (source_ == Source::kTyped) return ExecuteTyped(control);
  switch (control) {
    case '\r':
      return_pending_ = true;
      break;
    case '\n':
    case '\v':
    case '\f':
      return_pending_ = false;
      EndLine();
      break;
    case '\b':
      SettleReturn();
      MoveLeft(1);
      break;
    case '\t':
      Print("\t");
      break;
    default:
      break;
  }
}

void PlainText::ExecuteTyped(uint8_t control) {
  const bool after_return = std::exchange(return_pending_, control == '\r');
  switch (control) {
    case '\n':
      if (!after_return) EndLine();
      break;
    case '\r':
      EndLine();
      break;
    case 0x03:  // ^C
    case 0x04:  // ^D
      EndStartedLine();
      break;
    case '\b':
    case 0x7F:
      if (!line_.empty()) Truncate(LastCharStart(line_));
      break;
    case 0x15:  // ^U
      Truncate(0);
      break;
    case 0x17:  // ^W
      EraseLastWord();
      break;
    case '\t':
      Append("\t");
      break;
    default:
      break;
  }
}

void PlainText::EraseLastWord() {
  const size_t end = line_.find_last_not_of(" \t");
  if (end == std::string::npos) return Truncate(0);
  const size_t space = line_.find_last_of(" \t", end);
  Truncate(space == std::string::npos ? 0 : space + 1);
}

void PlainText::Escape(std::string_view intermediates, char final) {
  if (source_ == Source::kTyped || !intermediates.empty()) return;
  // Index, next line, reverse index, reset: to another row. Restore cursor: to anywhere.
  if (std::string_view("DEMc8").find(final) != std::string_view::npos) EndStartedLine();
}

void PlainText::ControlSequence(const Csi& csi) {
  if (source_ == Source::kTyped || csi.intermediate_count > 0) return;
  const bool screen = csi.prefix == '?' && (csi.final == 'h' || csi.final == 'l') &&
                      (csi.Param(0, 0) == 1049 || csi.Param(0, 0) == 47 || csi.Param(0, 0) == 1047);
  if (screen) return EndStartedLine();
  if (csi.prefix != 0) return;
  const int count = std::clamp(csi.Param(0, 1), 1, kMaxMove);
  switch (csi.final) {
    case 'A':
    case 'B':
    case 'E':
    case 'F':
    case 'H':
    case 'L':
    case 'M':
    case 'S':
    case 'T':
    case 'd':
    case 'e':
    case 'f':
    case 'r':
    case 'u':
      return EndStartedLine();
    case 'J':
      if (csi.Param(0, 0) != 0) return EndStartedLine();
      SettleReturn();
      return Erase(0);
    case 'K':
      SettleReturn();
      return Erase(csi.Param(0, 0));
    case 'C':
    case 'a':
      SettleReturn();
      return MoveRight(count);
    case 'D':
      SettleReturn();
      return MoveLeft(count);
    case 'G':
    case '`':
      return_pending_ = false;
      CarriageReturn();
      return MoveRight(count - 1);
    case '@':
      SettleReturn();
      if (cursor_ < line_.size() && line_.size() < kMaxEdit) {
        line_.insert(cursor_, static_cast<size_t>(count), ' ');
      }
      return;
    case 'P':
      SettleReturn();
      for (int i = 0; i < count && cursor_ < line_.size(); ++i) {
        line_.erase(cursor_, NextChar(cursor_) - cursor_);
      }
      return Truncate(line_.size());
    case 'b':
      SettleReturn();
      if (cursor_ == line_.size() && !line_.empty()) {
        const std::string last = line_.substr(LastCharStart(line_));
        for (int i = 0; i < count; ++i) Append(last);
      }
      return;
    default:
      return;
  }
}

// `what` as in EL: to the end, to the start, all.
void PlainText::Erase(int what) {
  if (what == 2) return EndStartedLine();
  if (what != 0 || cursor_ == line_.size()) return;
  if (went_back_) return KeepOldLine();
  Truncate(cursor_);
}

void PlainText::EndLine(bool ended) {
  sink_(TextLine{.text = line_, .ended = ended, .marks = &marks_});
  line_.clear();
  marks_.clear();
  cursor_ = 0;
  went_back_ = false;
}

void PlainText::EndStartedLine() {
  return_pending_ = false;
  if (!line_.empty()) EndLine();
}

void PlainText::SettleReturn() {
  if (std::exchange(return_pending_, false)) CarriageReturn();
}

void PlainText::CarriageReturn() {
  if (line_.size() > kMaxEdit) return EndLine();
  if (columns_ > 0 && cursor_ == line_.size() && line_.size() > 1 && line_.back() == ' ') {
    const auto chars = line_.size() - static_cast<size_t>(std::count_if(line_.begin(), line_.end(),
                                                                        IsContinuation));
    if (chars > 1 && (chars - 1) % static_cast<size_t>(columns_) == 0) {
      return Truncate(line_.size() - 1);
    }
  }
  cursor_ = 0;
  went_back_ = !line_.empty();
}

// The text from the cursor on is about to go: hands out the whole line, and goes on with a copy of
// what is in front of the cursor.
void PlainText::KeepOldLine() {
  std::string front = line_.substr(0, cursor_);
  std::vector<TextLine::Mark> front_marks = marks_;
  EndLine();
  line_ = std::move(front);
  marks_ = std::move(front_marks);
  Truncate(line_.size());
}

void PlainText::Truncate(size_t size) {
  line_.resize(size);
  cursor_ = std::min(cursor_, size);
  if (source_ == Source::kTyped) cursor_ = size;
  while (!marks_.empty() && marks_.back().offset >= size) marks_.pop_back();
}

void PlainText::MoveLeft(int columns) {
  if (line_.size() > kMaxEdit) return;
  for (int i = 0; i < columns && cursor_ > 0; ++i) {
    cursor_ = LastCharStart(std::string_view(line_).substr(0, cursor_));
  }
}

void PlainText::MoveRight(int columns) {
  for (int i = 0; i < columns; ++i) {
    if (cursor_ == line_.size()) {
      Append(" ");
    } else {
      cursor_ = NextChar(cursor_);
    }
  }
}

size_t PlainText::NextChar(size_t at) const {
  do {
    ++at;
  } while (at < line_.size() && IsContinuation(line_[at]));
  return at;
}

}  // namespace secure_exec
