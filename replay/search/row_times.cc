#include "replay/search/row_times.h"

#include <algorithm>
#include <utility>

namespace secure_exec {

void RowTimes::Note(uint64_t row_id, uint32_t begin, uint32_t end, int64_t t_us) {
  if (begin >= end) return;
  if (last_ == nullptr || last_id_ != row_id) {
    last_ = &rows_[row_id];
    last_id_ = row_id;
  }
  Times& times = *last_;
  std::vector<Mark>& marks = times.marks;
  // The usual case: the row grows.
  if (begin >= times.end) {
    if (marks.empty() || marks.back().t_us != t_us) marks.push_back({begin, t_us});
    times.end = end;
    return;
  }
  if (begin == 0 && end >= times.end) {
    marks.assign(1, {0, t_us});
    times.end = end;
    return;
  }
  std::vector<Mark>& changed = changed_;
  changed.clear();
  const auto add = [&](Mark mark) {
    if (changed.empty() || changed.back().t_us != mark.t_us) changed.push_back(mark);
  };
  int64_t after_us = t_us;  // of the cell at `end`
  for (const Mark& mark : marks) {
    if (mark.column <= end) after_us = mark.t_us;
    if (mark.column < begin) add(mark);
  }
  add({begin, t_us});
  if (end < times.end) add({end, after_us});
  for (const Mark& mark : marks) {
    if (mark.column > end) add(mark);
  }
  times.end = std::max(times.end, end);
  marks.swap(changed);
}

const std::vector<RowTimes::Mark>& RowTimes::Of(uint64_t row_id) const {
  static const std::vector<Mark> kNone;
  const auto row = rows_.find(row_id);
  return row == rows_.end() ? kNone : row->second.marks;
}

}  // namespace secure_exec
