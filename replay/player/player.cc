#include "replay/player/player.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "base/vt/safe_text.h"
#include "base/vt/utf8_char.h"
#include "replay/format.h"

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
      options_(options),
      now_(std::move(now)),
      speed_(std::clamp(options.speed, 1e-3, 1e6)),
      skips_idle_(options.max_idle_us.has_value()),
      max_idle_us_(options.max_idle_us.value_or(kIdleUs)) {
  anchor_ns_ = now_();
  if (options.at_us) {
    SeekTo(*options.at_us);
  } else if (options.follow) {
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
  if (help_) {
    help_ = false;
    if (!key.Is("q")) return;
  }
  if (prompt_) return PressInPrompt(key);
  if (job_ && !key.Is("q")) {
    const bool search = job_->kind == Job::kSearch || job_->kind == Job::kSearchBack;
    if (search) return GiveUp("stopped");
    // A held arrow key asks for more of the same.
    const int64_t target = job_->kind == Job::kTime ? job_->t_us : anchor_us_;
    const bool playing = job_->was_playing;
    Finish();
    playing_ = playing;
    if (key.code == Key::kRight || key.code == Key::kLeft || key.code == Key::kFarRight ||
        key.code == Key::kFarLeft) {
      if (target != INT64_MAX) anchor_us_ = target;
    } else if (key.code == Key::kEscape) {
      return;
    }
  }
  switch (key.code) {
    case Key::kRight:
      return SeekBy(kSeekUs);
    case Key::kLeft:
      return SeekBy(-kSeekUs);
    case Key::kFarRight:
    case Key::kPageDown:
      return SeekBy(kFarUs);
    case Key::kFarLeft:
    case Key::kPageUp:
      return SeekBy(-kFarUs);
    case Key::kHome:
      return SeekTo(0);
    case Key::kEnd:
      return SeekTo(INT64_MAX);
    case Key::kText:
      break;
    default:
      return;
  }
  if (key.Is("q") || key.Is("Q")) {
    quit_ = true;
  } else if (key.Is(" ")) {
    SetPlaying(!playing_);
  } else if (key.Is("+") || key.Is("=") || key.Is("]")) {
    SetSpeed(2);
  } else if (key.Is("-") || key.Is("[")) {
    SetSpeed(0.5);
  } else if (key.Is(".")) {
    SetPlaying(false);
    if (timeline_.Peek() != nullptr) timeline_.Show();
    anchor_us_ = std::max(anchor_us_, timeline_.t_us());
  } else if (key.Is(">")) {
    SeekBy(kFarUs);
  } else if (key.Is("<") || key.Is(",")) {
    SeekBy(-kFarUs);
  } else if (key.Is("m")) {
    NextMarker();
  } else if (key.Is("M")) {
    PreviousMarker();
  } else if (key.Is("/")) {
    prompt_.emplace();
    SetPlaying(false);
  } else if (key.Is("n") || key.Is("N")) {
    StartSearch(key.Is("N"));
  } else if (key.Is("i")) {
    Anchor();
    skips_idle_ = !skips_idle_;
  } else if (key.Is("g")) {
    SeekTo(0);
  } else if (key.Is("G")) {
    SeekTo(INT64_MAX);
  } else if (key.Is("?") || key.Is("h")) {
    help_ = true;
  }
}

void Player::PressInPrompt(const Key& key) {
  switch (key.code) {
    case Key::kText:
      if (prompt_->size() + key.text.size() <= kMaxPattern) *prompt_ += key.text;
      return;
    case Key::kBackspace:
      if (prompt_->empty()) return prompt_.reset();
      prompt_->resize(LastCharStart(*prompt_));
      return;
    case Key::kClear:
      prompt_->clear();
      return;
    case Key::kEscape:
      return prompt_.reset();
    case Key::kEnter:
      break;
    default:
      return;
  }
  const std::string pattern = std::move(*prompt_);
  prompt_.reset();
  if (!pattern.empty()) {
    // As in less -i: capitals are meant.
    const bool capitals =
        std::any_of(pattern.begin(), pattern.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    auto matcher = Matcher::Create(pattern, {.ignore_case = !capitals, .fixed = true});
    if (!matcher) {
      message_ = matcher.error().message;
      return;
    }
    search_.emplace(std::move(*matcher));
  }
  StartSearch(false);
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

void Player::NextMarker() { Begin({.kind = Job::kMarker}); }

void Player::PreviousMarker() {
  // One that was just passed while playing is passed over, as by a music player.
  const int64_t before_us = NowUs() - (playing_ ? 1'000'000 : 0);
  const auto& markers = timeline_.markers();
  for (auto marker = markers.rbegin(); marker != markers.rend(); ++marker) {
    if (marker->position >= timeline_.position() || marker->t_us > before_us) continue;
    Begin({.kind = Job::kPosition, .position = marker->position});
    timeline_.GoBackTo(marker->position.event);
    message_ = "marker: " + SafeLine(marker->label);
    return;
  }
  message_ = "no marker before";
}

void Player::StartSearch(bool back) {
  if (!search_) {
    message_ = "nothing to search for: / asks";
    return;
  }
  if (playing_) SetPlaying(false);
  Begin({.kind = back ? Job::kSearchBack : Job::kSearch, .position = timeline_.position()});
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
void Player::Finish(std::string message) {
  const bool at_time = job_->kind == Job::kTime && job_->t_us != INT64_MAX;
  const Event* const next = timeline_.Peek();
  anchor_us_ = timeline_.t_us();
  if (at_time && next != nullptr && job_->t_us > anchor_us_) {
    anchor_us_ = std::min(job_->t_us, next->t_us);
  }
  if (job_->kind == Job::kPosition && job_->position == job_->origin) {
    anchor_us_ = std::max(anchor_us_, job_->origin_us);
  }
  anchor_ns_ = now_();
  left_ = top_ = 0;
  playing_ = job_->was_playing;
  job_.reset();
  if (!message.empty()) message_ = std::move(message);
}

void Player::GiveUp(std::string message) {
  Job job = *job_;
  message_ = std::move(message);
  job.kind = Job::kPosition;
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
  switch (job_->kind) {
    case Job::kTime:
      if (next == nullptr || next->t_us > job_->t_us) return Finish(), false;
      timeline_.Show();
      return true;
    case Job::kPosition:
      if (next == nullptr || timeline_.position() >= job_->position) return Finish(), false;
      timeline_.Show(timeline_.position().event < job_->position.event);
      return true;
    case Job::kMarker: {
      if (next == nullptr) return GiveUp("no marker after"), false;
      const bool marker = next->code == 'm';
      const std::string label = marker ? next->data.substr(0, Timeline::kMaxLabel) : "";
      timeline_.Show();
      if (!marker) return true;
      return Finish("marker: " + SafeLine(label)), false;
    }
    case Job::kSearch:
      if (next == nullptr) return GiveUp("not found after this"), false;
      timeline_.Show(false);
      if (search_->Appeared(timeline_.screen())) return Finish(), false;
      return true;
    case Job::kSearchBack:
      break;
  }
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
    const int64_t due = DueNs(next->t_us);
    if (due > now) break;
    const int64_t t_us = next->t_us;
    timeline_.Show();
    anchor_us_ = std::max(anchor_us_, t_us);
    anchor_ns_ = due;
    if (i % kSteps == 0 && now_() > end) break;
  }
}

void Player::Advance() {
  if (job_) {
    Work();
  } else if (playing_) {
    ShowDue();
  }
  if (!job_ && options_.follow && timeline_.Peek() == nullptr && !timeline_.sealed()) {
    timeline_.Retry();
    // What comes now comes as it is written.
    if (timeline_.Peek() != nullptr && playing_) {
      SeekTo(INT64_MAX);
      Work();
    }
  }
  ended_ = !job_ && timeline_.Peek() == nullptr;
  if (ended_) options_.end_us = timeline_.t_us();
  if (options_.end_us && timeline_.t_us() > *options_.end_us) options_.end_us = timeline_.t_us();
}

int64_t Player::WakeNs() {
  const int64_t now = now_();
  if (job_) return now;
  const Event* const next = timeline_.Peek();
  if (next == nullptr) return options_.follow && !timeline_.sealed() ? now + kFollowNs : INT64_MAX;
  if (!playing_) return INT64_MAX;
  return std::clamp(DueNs(next->t_us), now + kFrameNs, now + kTickNs);
}

void Player::Pan(int columns, int rows) {
  const Screen& screen = timeline_.screen();
  const Cursor& cursor = screen.cursor();
  const auto pan = [](int& from, int window, int all, int at) {
    at = std::clamp(at, 0, all - 1);
    from = std::clamp(from, at - window + 1, at);
    from = std::clamp(from, 0, std::max(0, all - window));
  };
  pan(left_, columns, screen.columns(), cursor.x);
  pan(top_, rows, screen.rows(), cursor.y);
}

void Player::Draw(WindowSize window, std::string& out) {
  Picture picture(window);
  const bool has_bar = picture.rows() > 1;
  const int rows = picture.rows() - (has_bar ? 1 : 0);
  const Screen& screen = timeline_.screen();
  Pan(picture.columns(), rows);
  picture.DrawScreen(screen, left_, top_, rows);
  if (search_) {
    for (const auto& [x, y] : search_->Places(screen)) {
      if (x >= left_ && x < left_ + picture.columns() && y >= top_ && y < top_ + rows) {
        picture.SetReverse(x - left_, y - top_);
      }
    }
  }
  std::optional<Painter::At> cursor;
  if (screen.cursor().visible) {
    cursor = Painter::At{std::min(screen.cursor().x, screen.columns() - 1) - left_,
                         screen.cursor().y - top_};
    if (cursor->x >= picture.columns() || cursor->y >= rows) cursor.reset();
  }
  if (help_) {
    DrawHelp(picture);
    cursor.reset();
  }
  if (has_bar) DrawBar(picture);
  if (prompt_ && has_bar) {
    const int x = std::min(1 + TextColumns(SafeLine(*prompt_)), picture.columns() - 1);
    cursor = Painter::At{x, picture.rows() - 1};
  }
  painter_.Paint(std::move(picture), cursor, out);
}

void Player::DrawBar(Picture& picture) {
  Style style;
  style.attributes = Style::kReverse;
  const int y = picture.rows() - 1;
  picture.DrawText(0, y, std::string(static_cast<size_t>(picture.columns()), ' '), style);
  if (prompt_) {
    // The end of a long one is what is typed now.
    std::string_view text = *prompt_;
    while (TextColumns(text) > std::max(picture.columns() - 2, 0)) {
      text.remove_prefix(DecodeUtf8Char(text).size);
    }
    picture.DrawText(picture.DrawText(0, y, "/", style), y, text, style);
    return;
  }
  std::string text = message_;
  if (text.empty() && !job_ && timeline_.Peek() == nullptr && timeline_.problem()) {
    text = "error: " + timeline_.problem()->message;
  }
  if (!text.empty()) {
    picture.DrawText(1, y, text, style);
    return;
  }
  BarState state{.now_us = job_ ? timeline_.t_us() : NowUs(),
                 .end_us = options_.end_us,
                 .speed = speed_,
                 .max_idle_us = {}};
  if (skips_idle_) state.max_idle_us = static_cast<int64_t>(std::min(max_idle_us_, 1e15));
  if (job_) {
    state.state = BarState::kWorking;
  } else if (timeline_.Peek() == nullptr) {
    state.state = options_.follow && !timeline_.sealed() ? BarState::kFollowing : BarState::kEnd;
  } else {
    state.state = playing_ ? BarState::kPlaying : BarState::kPaused;
  }
  picture.DrawText(0, y, BarText(header_, state, picture.columns()), style);
}

void Player::DrawHelp(Picture& picture) const {
  Style style;
  style.attributes = Style::kReverse;
  int width = 0;
  for (const std::string_view line : HelpLines()) width = std::max(width, TextColumns(line));
  const int height = static_cast<int>(HelpLines().size());
  const int left = std::max(0, (picture.columns() - width - 2) / 2);
  int y = std::max(0, (picture.rows() - 1 - height) / 2);
  for (const std::string_view line : HelpLines()) {
    if (y >= picture.rows() - 1) break;
    std::string text = " " + std::string(line);
    text.resize(static_cast<size_t>(width) + 2, ' ');
    picture.DrawText(left, y++, text, style);
  }
}

}  // namespace secure_exec
