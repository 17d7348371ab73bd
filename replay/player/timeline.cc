#include "replay/player/timeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace secure_exec {

Timeline::Timeline(Recording& recording, Options options)
    : recording_(recording), options_(options), session_(recording.header()) {
  MayTakeSnapshot();
}

const Event* Timeline::Peek() {
  for (int typed = 0; !has_event_ && !ended_;) {
    if (fed_ >= options_.spacing) MayTakeSnapshot();
    const auto more = recording_.Next(event_);
    if (!more) problem_ = more.error();
    has_event_ = more && *more;
    ended_ = !has_event_;
    if (ended_) saw_end_ = true;
    if (has_event_ && IsTyped(event_) && ++typed < kTypedAtOnce) has_event_ = false;
  }
  return has_event_ ? &event_ : nullptr;
}

void Timeline::Show(bool whole) {
  if (IsTyped(event_)) {
    has_event_ = false;
    return;
  }
  const size_t begin = byte_;
  byte_ = session_.Show(event_, byte_, whole);
  fed_ += byte_ - begin;
  t_us_ = event_.t_us;
  if (byte_ < event_.data.size()) return;
  has_event_ = false;
  byte_ = 0;
  ++event_number_;
  const bool is_new = markers_.empty() || markers_.back().position < position();
  if (event_.code == 'm' && is_new && markers_.size() < kMaxMarkers) {
    markers_.push_back({position(), t_us_, event_.data.substr(0, kMaxLabel)});
  }
}

void Timeline::MayTakeSnapshot() {
  const bool is_new = snapshots_.empty() || snapshots_.back().event < event_number_;
  const auto place = recording_.place();
  if (!place) return;
  fed_ = 0;
  if (!is_new) return;
  snapshots_.push_back({event_number_, t_us_, *place, session_.Save()});
  snapshot_bytes_ += snapshots_.back().screen.bytes();
  while (snapshot_bytes_ > options_.budget && snapshots_.size() > 2) Thin();
}

void Timeline::Thin() {
  std::vector<Snapshot> kept;
  snapshot_bytes_ = 0;
  for (size_t i = 0; i < snapshots_.size(); i += 2) {
    snapshot_bytes_ += snapshots_[i].screen.bytes();
    kept.push_back(std::move(snapshots_[i]));
  }
  snapshots_ = std::move(kept);
  options_.spacing *= 2;
}

uint64_t Timeline::SnapshotBefore(uint64_t event) const {
  const auto after = std::upper_bound(snapshots_.begin(), snapshots_.end(), event,
                                      [](uint64_t e, const Snapshot& s) { return e < s.event; });
  return after == snapshots_.begin() ? 0 : std::prev(after)->event;
}

void Timeline::GoBackTo(uint64_t event) {
  const auto after = std::upper_bound(snapshots_.begin(), snapshots_.end(), event,
                                      [](uint64_t e, const Snapshot& s) { return e < s.event; });
  if (after == snapshots_.begin()) return;
  const Snapshot& snapshot = *std::prev(after);
  const bool ahead = event_number_ > event || (event_number_ == event && byte_ > 0);
  if (ahead || snapshot.event > event_number_) Restore(snapshot);
}

void Timeline::GoBackToTime(int64_t t_us) {
  // Events at the very time of a snapshot's last one may follow it.
  const auto after = std::upper_bound(snapshots_.begin(), snapshots_.end(), t_us,
                                      [](int64_t t, const Snapshot& s) { return t < s.t_us; });
  if (after == snapshots_.begin()) return;
  const Snapshot& snapshot = *std::prev(after);
  if (t_us_ > t_us || snapshot.event > event_number_) Restore(snapshot);
}

void Timeline::Restore(const Snapshot& snapshot) {
  session_.Restore(snapshot.screen);
  recording_.GoTo(snapshot.place);
  has_event_ = false;
  ended_ = false;
  problem_.reset();
  event_number_ = snapshot.event;
  byte_ = 0;
  t_us_ = snapshot.t_us;
  fed_ = 0;
}

void Timeline::Retry() {
  if (problem_) return;
  recording_.Retry();
  ended_ = false;
}

}  // namespace secure_exec
