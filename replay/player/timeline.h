// A recording as a line in time on which one can go forth and back: the events of a Recording on a
// SessionScreen, and snapshots of the screen on the way, so that going back means to restore one
// and to show the little that is between.
//
// Only a reader that goes forward is needed, and one that returns to places it came by. Snapshots
// are taken a number of bytes apart, for bytes are what showing costs; when they take more than
// the budget, every second one is dropped and the distance doubled.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recorder/recording.h"
#include "replay/session_screen.h"

namespace secure_exec {

class Timeline {
 public:
  struct Options {
    size_t spacing = 1 << 20;  // bytes of output between snapshots
    size_t budget = 32 << 20;  // bytes of all snapshots
  };
  static constexpr size_t kMaxMarkers = 10'000;  // those beyond are not remembered
  static constexpr size_t kMaxLabel = 256;       // bytes
  static constexpr int kTypedAtOnce = 256;       // events that one Peek() passes over

  // What was shown: so many events whole (what was typed is not counted), and so many bytes of the
  // one that follows.
  struct Position {
    uint64_t event = 0;
    size_t byte = 0;
    auto operator<=>(const Position&) const = default;
  };
  struct Marker {
    Position position;  // behind it
    int64_t t_us = 0;
    std::string label;
  };

  explicit Timeline(Recording& recording) : Timeline(recording, Options{}) {}
  Timeline(Recording& recording, Options options);

  // The event that comes next, the rest of it where a part was shown; nullptr at the end. What was
  // typed is passed over; of very many such events in a row one is given now and then, so that the
  // caller can look up. Showing that one shows nothing, and it does not count.
  const Event* Peek();
  static bool IsTyped(const Event& event) {
    return event.is_bytes() && event.channel() == Channel::kStdin;
  }
  // Shows it, or (not `whole`) the part of it of which no row can be missed. Peek() gave one.
  void Show(bool whole = true);

  // To where `event` events or fewer, or those until `t_us` or fewer, were shown: as near before it
  // as a snapshot is. What is left is to be shown. Does nothing where going on is as short a way.
  void GoBackTo(uint64_t event);
  void GoBackToTime(int64_t t_us);

  // At the end: looks whether the recording has grown.
  void Retry();

  Position position() const { return {event_number_, byte_}; }
  int64_t t_us() const { return t_us_; }  // of the last event that was shown, if in part
  // Why Peek() gives none before the recording's end.
  const std::optional<Error>& problem() const { return problem_; }
  // At the end, and nothing more will come.
  bool sealed() const { return ended_ && recording_.ending() == Recording::Ending::kSealed; }
  // At the end, without a seal or anything else that says so.
  bool cut() const { return ended_ && recording_.ending() == Recording::Ending::kCut; }
  const Screen& screen() const { return session_.screen(); }
  Screen& screen() { return session_.screen(); }
  // Of all that was shown so far, ever; in order.
  const std::vector<Marker>& markers() const { return markers_; }
  // Whether that was all there is, as far as the recording had grown then.
  bool saw_end() const { return saw_end_; }
  size_t snapshots() const { return snapshots_.size(); }
  // Where the snapshot is that GoBackTo() takes.
  uint64_t SnapshotBefore(uint64_t event) const;

 private:
  struct Snapshot {
    uint64_t event = 0;
    int64_t t_us = 0;
    Recording::Place place;
    SessionScreen::Saved screen;
  };
  void MayTakeSnapshot();
  void Thin();
  void Restore(const Snapshot& snapshot);

  Recording& recording_;
  Options options_;
  SessionScreen session_;
  Event event_;  // the next one, where has_event_
  bool has_event_ = false;
  bool ended_ = false;
  bool saw_end_ = false;
  std::optional<Error> problem_;
  uint64_t event_number_ = 0;  // of event_: so many are before it
  size_t byte_ = 0;            // of event_, shown
  int64_t t_us_ = 0;
  size_t fed_ = 0;  // bytes since the last snapshot
  std::vector<Snapshot> snapshots_;
  size_t snapshot_bytes_ = 0;
  std::vector<Marker> markers_;
};

}  // namespace secure_exec
