#include "plugin/echo/echo_tracker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace secure_exec {
namespace {

void Append(WipedBytes& to, std::string_view bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void EraseCharacter(WipedBytes& text) {
  while (!text.empty() && (static_cast<uint8_t>(text.back()) & 0xC0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

void EraseWord(WipedBytes& text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  while (!text.empty() && text.back() != ' ') text.pop_back();
}

}  // namespace

WipedBytes EditedText(std::string_view typed) {
  WipedBytes text;
  text.reserve(typed.size());  // so that nothing is left behind by growing
  KeyReader reader;
  size_t at = 0, begin = 0;
  const auto take = [&](const Key& key) {
    const std::string_view bytes = typed.substr(begin, key.size);
    begin += key.size;
    switch (key.kind) {
      case Key::kText:
      case Key::kOpaque:
      case Key::kMeta:
        return Append(text, bytes);
      case Key::kEdit:
        if (key.code_point == 0x7F || key.code_point == '\b') EraseCharacter(text);
        if (key.code_point == 0x15) text.clear();
        if (key.code_point == 0x17) EraseWord(text);
        return;
      default:
        return;
    }
  };
  for (; at < typed.size(); ++at) reader.Feed(typed[at], take);
  Append(text, typed.substr(begin));  // a key that was cut
  return text;
}

// --- typing ------------------------------------------------------------------------------------

EchoTracker::Line& EchoTracker::OpenLine() {
  if (lines_.empty() || lines_.back().ended) {
    if (lines_.empty()) progress_ns_ = now_;
    // A prompt that was seen may be that of a line typed ahead.
    const bool ahead = !prompt_seen_ || (!lines_.empty() && lines_.back().match.ahead());
    lines_.emplace_back(ahead ? EchoMatch::Start::kAhead : EchoMatch::Start::kPrompted);
    lines_.back().prompted = prompt_seen_;
    if (newline_due_) lines_.back().match.Follow();
  }
  return lines_.back();
}

void EchoTracker::TypeKey(Line& line, const Key& key) {
  line.answered_ns.reset();
  if (!key.harmless()) line.secret = true;
  if (key.kind != Key::kEnd) {
    line.match.Type(key, output_.cursor());
    return;
  }
  line.ended = true;
  line.match.End();
  prompt_seen_ = newline_seen_ = false;
}

// A key that was answered by output of another kind and not echoed ("q" in a pager, a key that was
// waited for) is no part of the line that is typed after it.
void EchoTracker::SplitAnswered(Line& line) {
  if (line.ended || !line.answered_ns || line.cut || line.match.ahead()) return;
  if (line.match.unechoed() == 0) return;
  if (line.match.edited() && now_ - *line.answered_ns < kRedrawNs) return;
  line.unechoed = line.raw.size();
  line.match = EchoMatch(EchoMatch::Start::kMidLine);
}

void EchoTracker::Type(std::string_view bytes, int64_t now) {
  now_ = now;
  if (bytes.empty()) return;
  if (output_.alternate_screen() && !screen_told_) {
    screen_told_ = true;
    sink_.Marker(fmt::format("secure-exec: a full-screen program: what is typed is {}",
                             text_where_unechoed_ ? "recorded as text" : "masked"));
  }
  if (!lines_.empty() && !keys_.pending()) SplitAnswered(lines_.back());
  for (const char byte : bytes) {
    Line& line = OpenLine();
    const bool full = line.cut && line.raw.size() >= kMaxLine;
    if (!full) Add(line, byte);
    keys_.Feed(byte, [&](const Key& key) { TypeKey(line, key); });
    if (full && line.ended) Add(line, byte);
  }
  output_.SetDetailed(true);
  Settle();
  for (Line& line : lines_) {
    if (line.announced || line.raw.empty()) continue;
    line.announced = true;
    sink_.Placeholder();
  }
}

void EchoTracker::Add(Line& line, char byte) {
  line.raw.push_back(byte);
  ++pending_;
}

// --- output ------------------------------------------------------------------------------------

void EchoTracker::Output(std::string_view bytes, int64_t now) {
  now_ = now;
  output_.SetDetailed(!lines_.empty());
  output_.Feed(bytes);
}

void EchoTracker::OnPrint(char32_t c, int64_t at, int64_t after, char32_t before) {
  bool matched = false;
  const size_t count = std::min(lines_.size(), kMatchedLines);
  for (size_t i = 0; i < count; ++i) {
    Line& line = lines_[i];
    if (line.match.Print(c, at, after, before)) {
      matched = true;
    } else if (line.ended && !line.other_output_ns) {
      line.other_output_ns = now_;
    }
  }
  if (!matched) {
    prompt_seen_ = prompt_seen_ || newline_seen_;
    return;
  }
  progress_ns_ = now_;
  Settle();
}

void EchoTracker::OnNewline() {
  newline_due_ = false;
  newline_seen_ = true;
  const size_t count = std::min(lines_.size(), kMatchedLines);
  for (size_t i = 0; i < count; ++i) {
    lines_[i].match.Newline(output_.cursor());
    lines_[i].answered_ns = now_;
  }
  at_newline_ = true;
  Settle();
  at_newline_ = false;
}

void EchoTracker::OnMarginNewline() {
  newline_due_ = false;
  newline_seen_ = true;
  const size_t count = std::min(lines_.size(), kMatchedLines);
  for (size_t i = 0; i < count; ++i) lines_[i].match.MarginNewline();
  Settle();
}

void EchoTracker::OnReturn() {
  if (!lines_.empty()) lines_.back().answered_ns = now_;
}

void EchoTracker::OnAlternateScreen(bool on) {
  if (!on) {
    screen_told_ = false;
    // What was typed into the program and not ended is no beginning of the next line.
    if (!lines_.empty() && lines_.front().secret && !lines_.front().ended) Mask(lines_.front());
  }
  Settle();
}

// --- decisions ---------------------------------------------------------------------------------

void EchoTracker::Settle() {
  while (!lines_.empty() && SettleFront()) {
  }
  if (!std::exchange(decided_, false)) return;
  progress_ns_ = now_;
  // What was just recorded is not all that was announced.
  const bool open = std::any_of(lines_.begin(), lines_.end(), [](const Line& line) {
    return line.announced && !line.raw.empty();
  });
  if (open) sink_.Placeholder();
}

// Decides the first line, or what is known of it, if it can be decided.
bool EchoTracker::SettleFront() {
  Line& line = lines_.front();
  if (line.raw.empty()) return false;
  const bool screen = output_.alternate_screen();
  if (screen && (text_where_unechoed_ || (line.ended && line.secret))) {
    Mask(line);
    return true;
  }
  if (keys_.pending() && lines_.size() == 1) return false;
  if (!line.secret) {
    Release(line);
    return true;
  }
  if (!line.ended) {
    const bool long_enough = line.raw.size() >= kLongEchoedLine && line.match.echoed();
    if (long_enough) Release(line);
    return long_enough;
  }
  const bool all_unechoed = line.unechoed > 0 && !line.match.has_text();
  if (line.match.echoed() && !all_unechoed) {
    Release(line);
    if (lines_.empty()) return true;
    EchoMatch& next = lines_.front().match;
    next.Follow();
    if (at_newline_) next.Newline(output_.cursor());
    return true;
  }
  bool passed_over = false, ahead_too = true;
  const size_t count = std::min(lines_.size(), kMatchedLines);
  for (size_t i = 1; i < count; ++i) {
    const Line& later = lines_[i];
    if (!later.ended || !later.match.has_text() || !later.match.echoed()) continue;
    passed_over = true;
    ahead_too = ahead_too && !later.prompted;
  }
  if (all_unechoed || line.match.hopeless() || (passed_over && !ahead_too)) {
    Mask(line);
    return true;
  }
  // Of lines typed ahead a terminal echoes those that come in while a command runs, and the shell
  // echoes those that came before, later.
  if (passed_over && !line.passed_over_ns) line.passed_over_ns = now_;
  return false;
}

// The first line is text, but for what is known not to have been echoed.
void EchoTracker::Release(Line& line) {
  const std::string_view raw = View(line.raw);
  if (line.unechoed > 0) {
    const WipedBytes hidden = EditedText(raw.substr(0, line.unechoed));
    sink_.Masked(View(hidden));
  }
  if (line.secret && line.match.has_text()) {
    unechoed_lines_ = 0;
    if (unechoed_told_) sink_.Marker("secure-exec: what is typed is echoed again");
    unechoed_told_ = false;
  }
  sink_.Text(raw.substr(line.unechoed));
  newline_due_ = line.ended;
  // A line that goes on keeps what was typed to be answered.
  Retire(line, /*forget=*/line.secret);
}

// The first line was not echoed.
void EchoTracker::Mask(Line& line) {
  const std::string_view raw = View(line.raw);
  const bool screen = output_.alternate_screen();
  if (text_where_unechoed_ && (screen || unechoed_told_)) {
    sink_.Text(raw);
  } else {
    const std::string_view body = raw.substr(0, raw.size() - (line.ended ? 1 : 0));
    const WipedBytes edited = EditedText(body);
    if (!body.empty()) sink_.Masked(edited.empty() ? body : View(edited));
    if (line.ended) sink_.Text(raw.substr(body.size()));
  }
  const bool counts = line.ended && (line.unechoed > 0 || line.match.has_text()) && !screen;
  Retire(line, /*forget=*/true);
  if (counts && ++unechoed_lines_ == kUnechoedLines) {
    TellUnechoed(fmt::format("{} lines in a row were not echoed", kUnechoedLines));
  }
}

void EchoTracker::Retire(Line& line, bool forget) {
  decided_ = true;
  pending_ -= line.raw.size();
  if (line.ended) {
    // What could be a prompt until now was this line's own.
    prompt_seen_ = false;
    newline_seen_ = at_newline_;
    lines_.pop_front();
    return;
  }
  WipedBytes().swap(line.raw);
  line.unechoed = 0;
  line.secret = line.announced = false;
  line.answered_ns.reset();
  if (forget) line.match = EchoMatch(EchoMatch::Start::kMidLine);
}

void EchoTracker::Finish() {
  while (!lines_.empty() && !lines_.front().raw.empty()) {
    Line& line = lines_.front();
    const bool harmless = !line.secret || (line.match.echoed() && !output_.alternate_screen());
    const bool last = lines_.size() == 1;
    if (!harmless || (last && keys_.pending())) {
      Mask(line);
    } else {
      Release(line);
    }
  }
}

void EchoTracker::TellUnechoed(std::string_view why) {
  if (unechoed_told_) return;
  unechoed_told_ = true;
  sink_.Marker(fmt::format("secure-exec: {}: until one is, what is typed is {}", why,
                           text_where_unechoed_ ? "recorded as text" : "masked"));
}

// --- time --------------------------------------------------------------------------------------

bool EchoTracker::Overdue() const {
  size_t ended = 0, waiting = 0;
  for (const Line& line : lines_) {
    if (line.match.echoed() && line.unechoed == 0) continue;
    waiting += line.cut ? 0 : line.raw.size();
    ended += line.ended ? 1 : 0;
  }
  return waiting > kUnechoedBytes || ended >= kUnechoedLines || Room() == 0;
}

// When the first line is masked if its echo does not come.
std::optional<int64_t> EchoTracker::FrontDeadline() const {
  if (lines_.empty() || !lines_.front().ended) return std::nullopt;
  const Line& front = lines_.front();
  if (front.passed_over_ns) return *front.passed_over_ns + kEchoPatienceNs;
  if (!front.other_output_ns || front.match.ahead()) return std::nullopt;
  return std::max(*front.other_output_ns, progress_ns_) + Patience();
}

std::optional<int64_t> EchoTracker::Deadline() const {
  const auto front = FrontDeadline();
  if (!Overdue()) return front;
  const Line& line = lines_.front();
  const bool ahead = line.ended && line.match.ahead() && Room() > 0 && !unechoed_told_;
  const int64_t overdue = progress_ns_ + (ahead ? kAheadPatienceNs : Patience());
  return front ? std::min(*front, overdue) : overdue;
}

void EchoTracker::Expire(int64_t now) {
  const auto deadline = Deadline();
  if (!deadline || now < *deadline) return;
  now_ = now;
  const auto front = FrontDeadline();
  if (front && now >= *front) {
    Mask(lines_.front());
    // The output that came instead is what the next line is an answer to.
    prompt_seen_ = true;
  } else {
    GiveUp();
  }
  progress_ns_ = now;
  Settle();
}

void EchoTracker::GiveUp() {
  TellUnechoed(fmt::format("{} lines or {} bytes were not echoed", kUnechoedLines, kUnechoedBytes));
  while (!lines_.empty() && lines_.front().ended) {
    Line& line = lines_.front();
    if (!line.secret || (line.match.echoed() && line.unechoed == 0)) {
      Release(line);
    } else {
      Mask(line);
    }
  }
  if (lines_.empty() || lines_.front().raw.empty() || lines_.front().match.echoed()) return;
  Line& line = lines_.front();
  if (text_where_unechoed_) return Mask(line);
  line.cut = true;
  if (line.raw.size() > kMaxLine) {
    const size_t beyond = line.raw.size() - kMaxLine;
    pending_ -= beyond;
    Wipe(line.raw.data() + kMaxLine, beyond);
    line.raw.resize(kMaxLine);
  }
  line.match.Type({.kind = Key::kOpaque, .size = 0, .code_point = 0}, output_.cursor());
}

}  // namespace secure_exec
