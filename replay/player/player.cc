#include "replay/player/player.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "replay/player/go_to.h"

namespace secure_exec {
namespace {

constexpr int64_t kSliceNs = 20 * kMillisecond;    // of work, between looks for a key
constexpr int kSteps = 16;                         // of work, between looks at the clock
constexpr int64_t kFrameNs = 15 * kMillisecond;    // pictures are no closer together
constexpr int64_t kTickNs = 250 * kMillisecond;    // the bar's time goes on
constexpr int64_t kFollowNs = 300 * kMillisecond;  // between looks whether a recording has grown

}  // namespace

Player::Player(Timeline& timeline, const CastHeader& header, Options options, Now now)
    : timeline_(timeline),
      header_(header),
      options_(std::move(options)),
      now_(std::move(now)),
      speed_(std::clamp(options_.speed, 1e-3, 1e6)),
      skips_idle_(options_.max_idle_us.has_value()),
      max_idle_us_(options_.max_idle_us.value_or(kIdleUs)),
      marks_(options_.notes) {
  anchor_ns_ = now_();
  if (options_.at_us) {
    SeekTo(*options_.at_us);
  } else if (options_.follow) {
    SeekTo(INT64_MAX);
  }
}

int64_t Player::NowUs() {
  if (!playing_ || job_) return anchor_us_;
  const Event* const next = timeline_.Peek();
  if (next == nullptr) return anchor_us_;
  const double passed = static_cast<double>(now_() - anchor_ns_) / 1000 * speed_;
  const double left = static_cast<double>(next->t_us - anchor_us_);
  return anchor_us_ + static_cast<int64_t>(std::clamp(passed, 0.0, std::max(left, 0.0)));
}

// The session's time goes on from here.
void Player::Anchor() {
  anchor_us_ = NowUs();
  anchor_ns_ = now_();
}

int64_t Player::DueNs(int64_t t_us) const {
  double gap_us = std::max(0.0, static_cast<double>(t_us - anchor_us_));
  if (skips_idle_) gap_us = std::min(gap_us, max_idle_us_);
  constexpr double kMax = 9e18;  // below 2^63
  return static_cast<int64_t>(
      std::min(static_cast<double>(anchor_ns_) + gap_us * 1000 / speed_, kMax));
}

void Player::SetPlaying(bool playing) {
  Anchor();
  playing_ = playing;
}

void Player::SetSpeed(double factor) {
  Anchor();
  speed_ = std::clamp(speed_ * factor, kMinSpeed, kMaxSpeed);
}

void Player::Press(const Key& key) {
  touched_ = true;
  message_.clear();
  if (prompt_) return PressInPrompt(key);
  if (key.code == Key::kPaste) return Say("what is pasted is no key; / and : take it");
  if (help_) return PressInHelp(key);
  if (key.code == Key::kRedraw) return Redraw();
  if (job_ && job_->searches() && !key.Is("q")) {
    return GiveUp("stopped");
  }
  if (PressDigit(key)) return;
  const std::optional<int> count = count_ > 0 ? std::optional(count_) : std::nullopt;
  count_ = 0;
  if (PressView(key, count)) return;
  if (job_ && !key.Is("q")) {
    // A held arrow key asks for more of the same.
    const int64_t target = job_->kind == Job::kTime ? job_->t_us : anchor_us_;
    const bool playing = job_->was_playing;
    Finish();
    message_.clear();
    playing_ = playing;
    if (key.code == Key::kRight || key.code == Key::kLeft || key.code == Key::kFarRight ||
        key.code == Key::kFarLeft) {
      if (target != INT64_MAX) anchor_us_ = target;
    } else if (key.code == Key::kEscape) {
      return;
    }
  }
  const int64_t times = count.value_or(1);
  switch (key.code) {
    case Key::kRight:
      return SeekBy(times * kSeekUs);
    case Key::kLeft:
      return SeekBy(-times * kSeekUs);
    case Key::kFarRight:
    case Key::kPageDown:
      return SeekBy(times * kFarUs);
    case Key::kFarLeft:
    case Key::kPageUp:
      return SeekBy(-times * kFarUs);
    case Key::kHome:
      return SeekTo(0);
    case Key::kEnd:
      return SeekTo(INT64_MAX);
    case Key::kHelp:
      help_ = true;
      help_from_ = 0;
      return;
    case Key::kText:
      return PressText(key, count);
    default:
      return;
  }
}

bool Player::Cancel() {
  if (prompt_) {
    prompt_.reset();
  } else if (job_ && (job_->searches() || job_->kind == Job::kMark)) {
    GiveUp("stopped");
  } else {
    return false;
  }
  touched_ = true;
  return true;
}

void Player::PressText(const Key& key, std::optional<int> count) {
  const int times = count.value_or(1);
  if (key.Is("q") || key.Is("Q")) {
    quit_ = true;
  } else if (key.Is(" ")) {
    SetPlaying(!playing_);
  } else if (key.Is("+") || key.Is("=") || key.Is("]")) {
    SetSpeed(std::pow(2, times));
  } else if (key.Is("-") || key.Is("[")) {
    SetSpeed(std::pow(0.5, times));
  } else if (key.Is(".")) {
    Step(times);
  } else if (key.Is(",")) {
    Step(-times);
  } else if (key.Is(">")) {
    SeekBy(times * kFarUs);
  } else if (key.Is("<")) {
    SeekBy(-times * kFarUs);
  } else if (key.Is("%")) {
    if (count) return GoTo(std::to_string(*count) + "%");
    Say("a number before % goes to that part: 50%");
  } else if (key.Is("m")) {
    NextMark(times);
  } else if (key.Is("M")) {
    PreviousMark(times);
  } else if (key.Is("/")) {
    Ask(Prompt::For::kSearch);
  } else if (key.Is(":") || key.Is("t")) {
    Ask(Prompt::For::kGoTo);
  } else if (key.Is("n") || key.Is("N")) {
    StartSearch(key.Is("N"), times);
  } else if (key.Is("i")) {
    Anchor();
    skips_idle_ = !skips_idle_;
  } else if (key.Is("g")) {
    SeekTo(0);
  } else if (key.Is("G")) {
    SeekTo(INT64_MAX);
  } else if (key.Is("?")) {
    help_ = true;
    help_from_ = 0;
  } else {
    Say(key.text + " does nothing; ? shows the keys");
  }
}

// A number before a key; a 0 alone is none.
bool Player::PressDigit(const Key& key) {
  if (key.code != Key::kText || key.text.size() != 1) return false;
  const char digit = key.text[0];
  if (digit < '0' || digit > '9') return false;
  count_ = std::min(count_ * 10 + (digit - '0'), kMaxCount);
  return true;
}

bool Player::PressView(const Key& key, std::optional<int> count) {
  constexpr std::string_view kNames = "hjkl";
  constexpr std::string_view kEdges = "HJKL";
  constexpr View::Direction kDirections[] = {View::kLeft, View::kDown, View::kUp, View::kRight};
  const char name = key.code == Key::kDown                           ? 'j'
                    : key.code == Key::kUp                           ? 'k'
                    : key.code == Key::kText && key.text.size() == 1 ? key.text[0]
                                                                     : 'x';
  const size_t edge = kEdges.find(name);
  const size_t direction = std::min(kNames.find(name), edge);
  if (name != 'f' && direction == kNames.npos) return false;
  if (name == 'f') {
    view_.FollowCursor();
    Say(view_.partial() ? "the window follows the cursor" : "");
  } else if (!view_.partial()) {
    Say("the window shows the whole screen; ? shows the keys");
  } else {
    if (edge == direction) {
      view_.MoveToEdge(kDirections[direction]);
    } else {
      view_.Move(kDirections[direction], count);
    }
    Say(view_.Text() + " f:follow the cursor");
  }
  return true;
}

// Any key but those that scroll goes back; `q` too, as in less.
void Player::PressInHelp(const Key& key) {
  const int last = std::max(0, help_size_ - help_rows_);
  if (last > 0) {
    int by = 0;
    if (key.code == Key::kDown || key.code == Key::kEnter || key.Is("j")) by = 1;
    if (key.code == Key::kUp || key.Is("k")) by = -1;
    if (key.code == Key::kPageDown || key.Is(" ")) by = help_rows_;
    if (key.code == Key::kPageUp) by = -help_rows_;
    if (key.code == Key::kHome || key.Is("g")) by = -last;
    if (key.code == Key::kEnd || key.Is("G")) by = last;
    if (by != 0) {
      help_from_ = std::clamp(help_from_ + by, 0, last);
      return;
    }
  }
  help_ = false;
}

void Player::Ask(Prompt::For what) {
  prompt_.emplace(what);
  if (what == Prompt::For::kSearch) SetPlaying(false);
}

void Player::PressInPrompt(const Key& key) {
  const Prompt::State state = prompt_->Press(key);
  if (state == Prompt::State::kTyping) return;
  const Prompt prompt = std::move(*prompt_);
  prompt_.reset();
  if (state == Prompt::State::kLeft) return;
  if (prompt.what() == Prompt::For::kSearch) return Search(prompt.text());
  if (prompt.text() == "q" || prompt.text() == "q!") {  // hands know it from vim and less
    quit_ = true;
  } else if (!prompt.text().empty()) {
    GoTo(prompt.text());
  }
}

void Player::GoTo(std::string_view text) {
  const auto time = ParseGoTo(text, header_, {.now_us = NowUs(), .end_us = options_.end_us});
  if (!time) return Say(time.error().message);
  SeekTo(*time);
}

// Nothing: what was searched for last.
void Player::Search(std::string_view pattern) {
  if (!pattern.empty()) {
    // As in less -i: capitals are meant.
    const bool capitals =
        std::any_of(pattern.begin(), pattern.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    auto matcher = Matcher::Create(std::string(pattern), {.ignore_case = !capitals, .fixed = true});
    if (!matcher) return Say(matcher.error().message);
    search_.emplace(std::move(*matcher));
  }
  StartSearch(false, 1);
}

void Player::Say(std::string message) {
  message_ = std::move(message);
  message_ns_ = now_();
}

// Of marks that the session came by while it went on.
void Player::TellPassed() {
  const int64_t now_us = NowUs();
  if (now_us <= told_us_) return;
  marks_.Update(timeline_);
  const int64_t last = marks_.Before(now_us + 1);
  if (last > told_us_) Say(marks_.TextAt(last));
  told_us_ = now_us;
}

void Player::Begin(Job job) {
  job.was_playing = job_ ? job_->was_playing : playing_;
  if (!job_) anchor_us_ = NowUs();
  job.origin = timeline_.position();
  job.origin_us = anchor_us_;
  job_ = job;
}

void Player::SeekBy(int64_t us) { SeekTo(NowUs() + us); }

void Player::SeekTo(int64_t t_us) {
  t_us = std::max<int64_t>(t_us, 0);
  Begin({.kind = Job::kTime, .t_us = t_us});
  timeline_.GoBackToTime(t_us);
}

void Player::Step(int events) {
  SetPlaying(false);
  const Timeline::Position from = timeline_.position();
  Timeline::Position to = from;
  if (events > 0) {
    to = {from.event + static_cast<uint64_t>(events), 0};
  } else {
    // Of an event that is shown in part the part is the first that goes.
    const auto back = static_cast<uint64_t>(-events) - (from.byte > 0 ? 1 : 0);
    to = {from.event - std::min(back, from.event), 0};
  }
  Begin({.kind = Job::kPosition, .position = to});
  timeline_.GoBackTo(to.event);
}

void Player::NextMark(int count) {
  marks_.Update(timeline_);
  const int64_t known_us = marks_.After(NowUs());
  Begin({.kind = Job::kMark, .t_us = known_us, .more = count - 1});
  timeline_.GoBackToTime(known_us);
}

void Player::PreviousMark(int count) {
  marks_.Update(timeline_);
  // One that was just passed while playing is passed over, as by a music player.
  int64_t t_us = NowUs() - (playing_ ? static_cast<int64_t>(1e6 * std::max(speed_, 1.0)) : 0);
  int64_t to_us = -1;  // where there are fewer, the first
  for (int i = 0; i < count && (t_us = marks_.Before(t_us)) >= 0; ++i) to_us = t_us;
  if (to_us < 0) return Say("no marker or note before this");
  SeekTo(to_us);
}

void Player::StartSearch(bool back, int count) {
  if (!search_) return Say("nothing to search for: / asks");
  if (playing_) SetPlaying(false);
  Begin({.kind = back ? Job::kSearchBack : Job::kSearch,
         .position = timeline_.position(),
         .more = count - 1});
  if (!back) {
    search_->Begin(timeline_.screen());
  } else {
    const Timeline::Position position = timeline_.position();
    const uint64_t last =
        position.byte > 0 || position.event == 0 ? position.event : position.event - 1;
    BeginPart(timeline_.SnapshotBefore(last));
  }
}

// Of a search back: the part of the recording that begins at a snapshot.
void Player::BeginPart(uint64_t event) {
  job_->from = event;
  timeline_.GoBackTo(event);
  search_->Begin(timeline_.screen());
}

// The job is done: the session goes on from what is shown.
void Player::Finish() {
  const bool at_time =
      (job_->kind == Job::kTime || job_->kind == Job::kMark) && job_->t_us != INT64_MAX;
  const Event* const next = timeline_.Peek();
  anchor_us_ = timeline_.t_us();
  if (at_time && next != nullptr && job_->t_us > anchor_us_) {
    anchor_us_ = std::min(job_->t_us, next->t_us);
  }
  if (job_->kind == Job::kPosition && job_->position == job_->origin) {
    anchor_us_ = std::max(anchor_us_, job_->origin_us);
  }
  anchor_ns_ = now_();
  view_.Forget();
  playing_ = job_->was_playing;
  marks_.Update(timeline_);
  told_us_ = anchor_us_;
  // Of a note beyond the end, where that is.
  std::string mark = marks_.TextAt(job_->kind == Job::kMark ? job_->t_us : anchor_us_);
  job_.reset();
  if (message_.empty() && !mark.empty()) Say(std::move(mark));
}

void Player::GiveUp(std::string message) {
  Job job = *job_;
  Say(std::move(message));
  job.kind = Job::kPosition;
  job.more = 0;
  job.position = job.origin;
  timeline_.GoBackTo(job.position.event);
  job_ = job;
}

// Whether the part of a search back was searched, up to where it may find.
bool Player::PastPart() {
  return timeline_.Peek() == nullptr || timeline_.position() >= job_->position;
}

bool Player::WorkStep() {
  const Event* const next = timeline_.Peek();
  if (next != nullptr && Timeline::IsTyped(*next)) return timeline_.Show(), true;
  switch (job_->kind) {
    case Job::kTime:
      if (next == nullptr || next->t_us > job_->t_us) return Finish(), false;
      timeline_.Show();
      return true;
    case Job::kPosition:
      if (next == nullptr || timeline_.position() >= job_->position) {
        const int more = job_->more;
        Finish();
        // What was found is not the one that is meant yet.
        if (more > 0) StartSearch(true, more);
        return false;
      }
      timeline_.Show(timeline_.position().event < job_->position.event);
      return true;
    case Job::kMark:
      return WorkOnMark(next);
    case Job::kSearch:
      if (next == nullptr) return GiveUp("not found after this"), false;
      timeline_.Show(false);
      if (search_->Appeared(timeline_.screen()) && job_->more-- == 0) return Finish(), false;
      return true;
    case Job::kSearchBack:
      return WorkOnSearchBack();
  }
  return false;
}

// To the next that is known, or one that is come by before it.
bool Player::WorkOnMark(const Event* next) {
  if (next != nullptr && next->t_us <= job_->t_us) {
    if (next->code == 'm') job_->t_us = next->t_us;
    timeline_.Show();
    return true;
  }
  // At the end a note may be about a later moment.
  const bool moved = timeline_.position() != job_->origin || next != nullptr;
  if (job_->t_us == INT64_MAX || !moved) {
    if (job_->passed_us < 0) return GiveUp("no marker or note after this"), false;
    SeekTo(job_->passed_us);  // there are fewer: the last
    return true;
  }
  if (job_->more == 0) return Finish(), false;
  --job_->more;
  job_->passed_us = job_->t_us;
  marks_.Update(timeline_);
  job_->t_us = marks_.After(job_->t_us);
  return true;
}

bool Player::WorkOnSearchBack() {
  if (!PastPart()) {
    timeline_.Show(false);
    const bool before = timeline_.position() < job_->origin;
    if (search_->Appeared(timeline_.screen()) && before) job_->found = timeline_.position();
    return true;
  }
  if (job_->found) {
    Job job = *job_;
    job.kind = Job::kPosition;
    job.position = *job.found;
    timeline_.GoBackTo(job.position.event);
    job_ = job;
    return true;
  }
  if (job_->from == 0) return GiveUp("not found before this"), false;
  job_->position = {job_->from, 0};
  BeginPart(timeline_.SnapshotBefore(job_->from - 1));
  return true;
}

void Player::Work() {
  const int64_t end = now_() + kSliceNs;
  do {
    for (int i = 0; i < kSteps && job_; ++i) WorkStep();
  } while (job_ && now_() < end);
}

void Player::ShowDue() {
  const int64_t now = now_();
  const int64_t end = now + kSliceNs;
  for (int i = 1;; ++i) {
    const Event* const next = timeline_.Peek();
    if (next == nullptr) break;
    if (Timeline::IsTyped(*next)) {
      timeline_.Show();
    } else {
      const int64_t due = DueNs(next->t_us);
      if (due > now) break;
      const int64_t t_us = next->t_us;
      timeline_.Show();
      anchor_us_ = std::max(anchor_us_, t_us);
      anchor_ns_ = due;
    }
    if (i % kSteps == 0 && now_() > end) break;
  }
}

void Player::Advance() {
  if (job_) {
    Work();
  } else if (playing_) {
    ShowDue();
  }
  if (!job_ && timeline_.Peek() == nullptr && follows()) Follow();
  if (!job_ && playing_) TellPassed();
  ended_ = !job_ && timeline_.Peek() == nullptr;
  // Who asked for the last moment wants to look at it.
  if (ended_ && options_.at_us &&
      *std::exchange(options_.at_us, std::nullopt) >= timeline_.t_us()) {
    touched_ = true;
  }
  if (ended_) options_.end_us = timeline_.t_us();
  if (options_.end_us && timeline_.t_us() > *options_.end_us) options_.end_us = timeline_.t_us();
}

// At the end of a recording that may grow.
void Player::Follow() {
  // Asked first: what was written before it was abandoned is there to be read.
  const bool abandoned = timeline_.cut() && !options_.is_written();
  timeline_.Retry();
  if (timeline_.Peek() == nullptr) {
    abandoned_ = abandoned && timeline_.cut();
    if (abandoned_) Say("the session was cut off: it has no seal, nobody writes it");
    return;
  }
  // What comes now comes as it is written.
  if (!playing_) return;
  SeekTo(INT64_MAX);
  Work();
}

int64_t Player::WakeNs() {
  const int64_t now = now_();
  if (job_) return now;
  const Event* const next = timeline_.Peek();
  if (next == nullptr) return follows() ? now + kFollowNs : INT64_MAX;
  if (!playing_) return INT64_MAX;
  if (Timeline::IsTyped(*next)) return now;
  return std::clamp(DueNs(next->t_us), now + kFrameNs, now + kTickNs);
}

}  // namespace secure_exec
