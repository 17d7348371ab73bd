#include "replay/search/session_search.h"

#include <algorithm>
#include <utility>

#include "base/count_lines.h"
#include "base/utf8.h"
#include "replay/search/channel_lines.h"

namespace secure_exec {
namespace {

// A line around a hit, as it is kept: hits that wait have up to kMaxContext of them each.
std::string Context(std::string_view line) {
  if (line.size() <= SessionSearch::kMaxContextLine) return std::string(line);
  line = line.substr(0, SessionSearch::kMaxContextLine);
  line.remove_suffix(IncompleteUtf8Tail(line));
  return std::string(line) + "…";
}

// Whoever goes to this time sees the range whole, though it was typed letter by letter.
int64_t WholeSince(const TextLine& line, Matcher::Range range) {
  int64_t t_us = line.TimeAt(range.begin);
  for (const TextLine::Mark& mark : *line.marks) {
    if (mark.offset > range.begin && mark.offset < range.end) t_us = std::max(t_us, mark.t_us);
  }
  return t_us;
}

// `otherwise`: of lines whose parts have no times.
int64_t TimeIn(std::string_view text, const std::vector<TextLine::Mark>* marks,
               Matcher::Range range, int64_t otherwise) {
  if (marks == nullptr || marks->empty() || range.begin == Matcher::kNone) return otherwise;
  return WholeSince({.text = text, .marks = marks}, range);
}

}  // namespace

int64_t SearchHit::TimeOf(Matcher::Range range) const {
  return TimeIn(text, marks, range, began_us);
}

class SessionSearch::Screen : private SeenTextListener {
 public:
  Screen(const Options& options, const Matcher& matcher, const Sink& sink)
      : matcher_(matcher),
        sink_(sink),
        before_(options.before),
        after_(options.after),
        text_({.size = options.size,
               .context = std::max(options.before, options.after),
               .whole_lines = matcher.inverted(),
               .literal = std::string(matcher.literal())},
              *this) {}

  SeenText& text() { return text_; }

 private:
  bool Wants(std::string_view line) override { return matcher_.Wants(line); }
  size_t FindLine(std::string_view lines, size_t from) override {
    return matcher_.FindLine(lines, from);
  }
  void Seen(const SeenLine& line) override {
    sink_({.text = line.text,
           .match_us = TimeIn(line.text, line.marks, matcher_.Find(line.text, 0), line.began_us),
           .full_screen = line.full_screen,
           .began_us = line.began_us,
           .ended_us = line.ended_us,
           .line = line.line,
           .before = line.above.last(std::min(before_, line.above.size())),
           .after = line.below.first(std::min(after_, line.below.size())),
           .marks = line.marks});
  }

  const Matcher& matcher_;
  Sink sink_;
  size_t before_;
  size_t after_;
  SeenText text_;
};

class SessionSearch::Text {
 public:
  Text(Channel channel, const Options& options, const Matcher& matcher, const Sink& sink)
      : channel_(channel),
        matcher_(matcher),
        sink_(sink),
        before_(std::min(options.before, SeenText::kMaxContext)),
        after_(std::min(options.after, SeenText::kMaxContext)),
        lines_(
            options.raw                  ? ChannelLines::Source::kRaw
            : channel == Channel::kStdin ? ChannelLines::Source::kTyped
                                         : ChannelLines::Source::kOutput,
            [this](const TextLine& line) { Line(line); },
            [this](std::string_view lines, int64_t t_us) { Block(lines, t_us); }) {}

  ChannelLines& lines() { return lines_; }
  void Finish() {
    lines_.Finish();
    while (!waiting_.empty()) Release();
  }

 private:
  // A hit that waits for the lines after it.
  struct Waiting {
    std::string text;
    int64_t match_us = 0;
    uint64_t line = 0;
    std::vector<std::string> before;
    std::vector<std::string> after;
    std::vector<TextLine::Mark> marks;
  };

  void Block(std::string_view lines, int64_t t_us) {
    if (before_ > 0 || after_ > 0) {
      const std::vector<TextLine::Mark> marks = {{0, t_us}};
      while (!lines.empty()) {
        const size_t end = lines.find('\n');
        Line({.text = lines.substr(0, end), .marks = &marks});
        lines.remove_prefix(end + 1);
      }
      return;
    }
    size_t counted = 0;
    for (size_t at = 0; (at = matcher_.FindLine(lines, at)) != Matcher::kNone;) {
      const size_t end = lines.find('\n', at) + 1;
      number_ += CountLines(lines.substr(counted, end - counted));
      counted = end;
      sink_({.channel = channel_,
             .text = lines.substr(at, end - 1 - at),
             .match_us = t_us,
             .began_us = t_us,
             .ended_us = t_us,
             .line = number_});
      at = end;
    }
    number_ += CountLines(lines.substr(counted));
  }

  void Line(const TextLine& line) {
    ++number_;
    for (Waiting& hit : waiting_) hit.after.push_back(Context(line.text));
    while (!waiting_.empty() && waiting_.front().after.size() >= after_) Release();
    if (matcher_.Wants(line.text)) {
      const Matcher::Range match = matcher_.Find(line.text, 0);
      waiting_.push_back(
          {.text = std::string(line.text),
           .match_us = TimeIn(line.text, line.marks, match, line.TimeAt(0)),
           .line = number_,
           .before = {passed_.begin(), passed_.end()},
           .after = {},
           .marks = line.marks == nullptr ? std::vector<TextLine::Mark>() : *line.marks});
      if (after_ == 0) Release();
    }
    if (before_ == 0) return;
    passed_.push_back(Context(line.text));
    if (passed_.size() > before_) passed_.pop_front();
  }

  void Release() {
    const Waiting hit = std::move(waiting_.front());
    waiting_.pop_front();
    sink_({.channel = channel_,
           .text = hit.text,
           .match_us = hit.match_us,
           .began_us = hit.match_us,
           .ended_us = hit.match_us,
           .line = hit.line,
           .before = hit.before,
           .after = hit.after,
           .marks = &hit.marks});
  }

  const Channel channel_;
  const Matcher& matcher_;
  Sink sink_;
  size_t before_;
  size_t after_;
  uint64_t number_ = 0;  // of the last line
  std::deque<std::string> passed_;
  std::deque<Waiting> waiting_;
  ChannelLines lines_;
};

SessionSearch::SessionSearch(Options options, const Matcher& matcher, Sink sink) {
  for (int i = 0; i < kChannels; ++i) {
    const auto channel = static_cast<Channel>(i);
    if (options.terminal && !options.raw && channel == Channel::kStdout) {
      screen_ = std::make_unique<Screen>(options, matcher, sink);
    } else {
      texts_[static_cast<size_t>(i)] = std::make_unique<Text>(channel, options, matcher, sink);
    }
  }
}

SessionSearch::~SessionSearch() = default;

void SessionSearch::Feed(Channel channel, std::string_view bytes, int64_t t_us) {
  now_us_ = std::max(now_us_, t_us);
  if (Text* text = texts_[static_cast<size_t>(channel)].get()) {
    text->lines().Feed(bytes, now_us_);
  } else {
    screen_->text().Feed(bytes, now_us_);
  }
}

void SessionSearch::Resize(WindowSize size, int64_t t_us) {
  now_us_ = std::max(now_us_, t_us);
  if (screen_) screen_->text().Resize(size, now_us_);
}

void SessionSearch::Finish() {
  if (screen_) screen_->text().Finish(now_us_);
  for (const auto& text : texts_) {
    if (text) text->Finish();
  }
}

}  // namespace secure_exec
