// The player of a recording: what is shown when, what keys do, what the window looks like. No
// input or output and no clock of its own; play.cc gives it both.
//
//   Player player(timeline, header, {}, now);  // now(): CLOCK_BOOTTIME
//   while (!player.over()) {
//     player.Advance();                   // shows what is due; works on a search
//     player.Draw(window, bytes);         // for the terminal
//     ... wait until player.WakeNs() or a key: player.Press(key);
//   }
//
// Player::Draw() and what it draws are in player_draw.cc.
//
// Whatever takes long (a search, a jump ahead in a recording of 1 GB) is done in slices, so that
// keys are heard meanwhile: any ends it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/window_size.h"
#include "replay/player/bar.h"
#include "replay/player/keys.h"
#include "replay/player/marks.h"
#include "replay/player/prompt.h"
#include "replay/player/screen_search.h"
#include "replay/player/timeline.h"
#include "replay/player/view.h"
#include "replay/render/painter.h"

namespace secure_exec {

class Player {
 public:
  static constexpr double kMinSpeed = 0.25;
  static constexpr double kMaxSpeed = 16;
  static constexpr int64_t kSeekUs = 5'000'000;
  static constexpr int64_t kFarUs = 60'000'000;
  static constexpr double kIdleUs = 2'000'000;  // what `i` skips where --max-idle did not say
  static constexpr int kMaxCount = 10'000;      // the number before a key

  struct Options {
    double speed = 1;
    std::optional<double> max_idle_us{};
    std::optional<int64_t> at_us{};   // begin there
    std::optional<int64_t> end_us{};  // where the recording ends, as far as known
    bool follow = false;              // begin at the end, and wait for more there
    // Whether a recording without a seal is being written; asked at its end only.
    std::function<bool()> is_written = [] { return true; };
    std::vector<Note> notes{};
  };
  using Now = std::function<int64_t()>;  // CLOCK_BOOTTIME, ns

  Player(Timeline& timeline, const CastHeader& header, Options options, Now now);

  void Press(const Key& key);
  void Advance();
  // When Advance() has something to do again; INT64_MAX: when a key comes.
  int64_t WakeNs();
  void Draw(WindowSize window, std::string& out);
  // The terminal's content is not ours any more: the next picture is drawn whole.
  void Redraw() { painter_.Forget(); }

  // The session's time stood still for so long: the program was stopped.
  void Missed(int64_t ns) { anchor_ns_ += ns; }

  // It was quitted; or it came to the end and nobody had pressed a key.
  bool over() const { return quit_ || (ended_ && !touched_ && !follows()); }
  // No key can come: it is over at the end.
  void SetNoKeys() { touched_ = false; }
  bool quit() const { return quit_; }
  // Ctrl-C: leaves a prompt, or a search (for a marker too) that goes on. False: there is none, it
  // is for the program.
  bool Cancel();

 private:
  struct Job {
    enum Kind { kTime, kPosition, kMark, kSearch, kSearchBack };
    bool searches() const { return kind == kSearch || kind == kSearchBack; }
    Kind kind = kTime;
    int64_t t_us = 0;               // kTime; kMark: of the next one that is known
    Timeline::Position position{};  // kPosition; kSearchBack: what lies before is searched
    Timeline::Position origin{};    // where it began: where it goes back to when it finds nothing
    int64_t origin_us = 0;
    int more = 0;            // kMark, kSearch, kSearchBack: so many are passed over
    int64_t passed_us = -1;  // kMark: the last of them
    uint64_t from = 0;       // kSearchBack: the snapshot whose part is searched
    std::optional<Timeline::Position> found{};
    bool was_playing = false;
  };

  void PressInPrompt(const Key& key);
  void PressInHelp(const Key& key);
  bool PressDigit(const Key& key);
  void PressText(const Key& key, std::optional<int> count);
  bool PressView(const Key& key, std::optional<int> count);
  void Ask(Prompt::For what);
  void SeekBy(int64_t us);
  void SeekTo(int64_t t_us);
  void GoTo(std::string_view text);
  void Step(int events);
  void NextMark(int count);
  void PreviousMark(int count);
  void SetSpeed(double factor);
  void SetPlaying(bool playing);
  void Search(std::string_view text);
  void StartSearch(bool back, int count);
  void BeginPart(uint64_t event);
  void Begin(Job job);
  void Finish();
  void GiveUp(std::string message);
  void Work();
  bool WorkStep();  // false: the job is over, or another one
  bool WorkOnMark(const Event* next);
  bool WorkOnSearchBack();
  bool PastPart();
  void ShowDue();
  void Follow();
  bool follows() const { return options_.follow && !timeline_.sealed() && !abandoned_; }
  void Say(std::string message);
  void TellPassed();
  void Anchor();
  int64_t NowUs();
  int64_t DueNs(int64_t t_us) const;
  BarState Bar();
  void DrawBar(Picture& picture);
  void DrawHelp(Picture& picture);

  Timeline& timeline_;
  const CastHeader& header_;
  Options options_;
  Now now_;
  Painter painter_;

  bool playing_ = true;
  bool touched_ = false;  // a key was pressed
  bool ended_ = false;    // nothing is left to be shown, for now
  bool quit_ = false;
  double speed_;
  bool skips_idle_;
  double max_idle_us_;
  // At anchor_ns_ the session was at anchor_us_: behind the last event shown, or later.
  int64_t anchor_ns_ = 0;
  int64_t anchor_us_ = 0;

  std::optional<Job> job_;
  std::optional<ScreenSearch> search_;
  std::optional<Prompt> prompt_;
  int count_ = 0;        // what was typed before a key
  std::string message_;  // in the bar, until the next key, or for a while when the session goes on
  int64_t message_ns_ = 0;
  Marks marks_;
  int64_t told_us_ = -1;    // marks until here were told of
  bool abandoned_ = false;  // by whoever wrote it, without a seal
  View view_;
  bool help_ = false;
  int help_from_ = 0;  // the line that it begins with
  int help_rows_ = 0;  // of the last picture: what fits, of how many
  int help_size_ = 0;
};

}  // namespace secure_exec
