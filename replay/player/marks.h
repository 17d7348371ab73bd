// The moments of a recording that have a name: the markers in it, as far as it was read, and the
// notes that reviewers wrote beside it. A mark is a time: whoever goes to it sees all that was on
// the screen then.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/notes.h"
#include "replay/player/timeline.h"

namespace secure_exec {

class Marks {
 public:
  static constexpr size_t kMax = 20'000;   // those beyond are left out
  static constexpr size_t kMaxText = 256;  // bytes of one

  // Of `notes` those that are about a moment.
  explicit Marks(const std::vector<Note>& notes = {});

  // What `timeline` has come by; `complete`: all markers of the recording are known by now.
  void Update(const Timeline& timeline);

  // The time of the nearest known one after or before, INT64_MAX and -1 where there is none.
  int64_t After(int64_t t_us) const;
  int64_t Before(int64_t t_us) const;
  // "2/5 marker: backup | note by bob: why?": those at that time, which one it is, of how many;
  // "5+" where a part of the recording was not read yet. Empty where there is none. Not safe for a
  // terminal yet.
  std::string TextAt(int64_t t_us) const;

 private:
  struct Mark {
    int64_t t_us = 0;
    std::string text;
  };
  void Sort(size_t old);

  std::vector<Mark> marks_;  // in order of time
  size_t taken_ = 0;         // of the timeline's markers
  bool complete_ = false;
};

}  // namespace secure_exec
