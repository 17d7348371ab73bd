// The player of a recording: what is shown when, what keys do, what the window looks like. No
// input or output and no clock of its own; play.cc gives it both.
//
//   Player player(timeline, header, {}, now);
//   while (!player.over()) {
//     player.Advance(now);                // shows what is due; works on a search
//     player.Draw(window, bytes);         // for the terminal
//     ... wait until player.WakeNs(now()) or a key: player.Press(key, now());
//   }
//
// Whatever takes long (a search, a jump ahead in a recording of 1 GB) is done in slices, so that
// keys are heard meanwhile: any ends it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/window_size.h"
#include "replay/player/bar.h"
#include "replay/player/keys.h"
#include "replay/player/screen_search.h"
#include "replay/player/timeline.h"
#include "replay/render/painter.h"

namespace secure_exec {

class Player {
 public:
  static constexpr double kMinSpeed = 0.25;
  static constexpr double kMaxSpeed = 16;
  static constexpr int64_t kSeekUs = 5'000'000;
  static constexpr int64_t kFarUs = 60'000'000;
  static constexpr double kIdleUs = 2'000'000;  // what `i` skips where --max-idle did not say
  static constexpr size_t kMaxPattern = 256;    // bytes

  struct Options {
    double speed = 1;
    std::optional<double> max_idle_us{};
    std::optional<int64_t> at_us{};   // begin there
    std::optional<int64_t> end_us{};  // where the recording ends, as far as known
    bool follow = false;              // begin at the end, and wait for more there
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

  // It was quitted; or it came to the end and nobody had pressed a key.
  bool over() const {
    return quit_ || (ended_ && !touched_ && (!options_.follow || timeline_.sealed()));
  }
  // No key can come: it is over at the end.
  void SetNoKeys() { touched_ = false; }
  bool quit() const { return quit_; }

 private:
  struct Job {
    enum Kind { kTime, kPosition, kMarker, kSearch, kSearchBack };
    Kind kind = kTime;
    int64_t t_us = 0;               // kTime
    Timeline::Position position{};  // kPosition; kSearchBack: what lies before is searched
    Timeline::Position origin{};    // where it began: where it goes back to when it finds nothing
    int64_t origin_us = 0;
    uint64_t from = 0;  // kSearchBack: the snapshot whose part is searched
    std::optional<Timeline::Position> found{};
    bool was_playing = false;
  };

  void PressInPrompt(const Key& key);
  void SeekBy(int64_t us);
  void SeekTo(int64_t t_us);
  void NextMarker();
  void PreviousMarker();
  void SetSpeed(double factor);
  void SetPlaying(bool playing);
  void StartSearch(bool back);
  void BeginPart(uint64_t event);
  void Begin(Job job);
  void Finish(std::string message = {});
  void GiveUp(std::string message);
  void Work();
  bool WorkStep();  // false: the job is over, or another one
  bool PastPart();
  void ShowDue();
  void Anchor();
  int64_t NowUs();
  int64_t DueNs(int64_t t_us) const;
  void DrawBar(Picture& picture);
  void DrawHelp(Picture& picture) const;
  void Pan(int columns, int rows);

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
  std::optional<std::string> prompt_;  // what is typed for a search
  std::string message_;                // in the bar, until the next key
  bool help_ = false;
  int left_ = 0;  // of the screen, what the window shows
  int top_ = 0;
};

}  // namespace secure_exec
