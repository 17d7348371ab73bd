#include "replay/screen/row_times.h"

#include <algorithm>

namespace secure_exec {

void RowTimes::Note(uint32_t begin, uint32_t end, int64_t t_us) {
  if (begin >= end) return;
  // The usual cases: the row grows, or is written anew.
  if (begin >= end_) {
    if (marks_.empty() || marks_.back().t_us != t_us) marks_.push_back({begin, t_us});
    end_ = end;
    return;
  }
  if (begin == 0 && end >= end_) {
    marks_.assign(1, {0, t_us});
    end_ = end;
    return;
  }
  const auto first = std::find_if(marks_.begin(), marks_.end(),
                                  [&](const Mark& mark) { return mark.column >= begin; });
  auto last =
      std::find_if(first, marks_.end(), [&](const Mark& mark) { return mark.column > end; });
  // Of the cell at `end`.
  const int64_t after_us = last == marks_.begin() ? t_us : std::prev(last)->t_us;
  Mark fresh[2];
  size_t count = 0;
  if (first == marks_.begin() || std::prev(first)->t_us != t_us) fresh[count++] = {begin, t_us};
  if (end < end_ && after_us != t_us) fresh[count++] = {end, after_us};
  if (last != marks_.end() && last->t_us == after_us) ++last;
  end_ = std::max(end_, end);
  marks_.insert(marks_.erase(first, last), fresh, fresh + count);
}

}  // namespace secure_exec
