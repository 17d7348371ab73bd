// When the cells of a row appeared, for who looks at a screen as it changes; the emulator keeps
// them with the row and knows no time itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace secure_exec {

class RowTimes {
 public:
  // From this column on, up to the next one's, cells appeared at t_us.
  struct Mark {
    uint32_t column = 0;
    int64_t t_us = 0;
    bool operator==(const Mark&) const = default;
  };

  // Cells [begin, end) appeared at t_us.
  void Note(uint32_t begin, uint32_t end, int64_t t_us);
  // In the order of columns, the first one for all before it; empty: nothing is known. No more than
  // there are columns.
  const std::vector<Mark>& marks() const { return marks_; }
  bool empty() const { return marks_.empty(); }
  // Keeps the memory for the next row in its place.
  void Clear() {
    marks_.clear();
    end_ = 0;
  }

 private:
  std::vector<Mark> marks_;
  uint32_t end_ = 0;  // nothing appeared from here on
};

}  // namespace secure_exec
