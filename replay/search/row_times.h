// When the cells of rows appeared. Rows are known by the emulator's ids (Row::id), so the times go
// with them when they scroll.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
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

  // Cells [begin, end) of the row appeared at t_us.
  void Note(uint64_t row_id, uint32_t begin, uint32_t end, int64_t t_us);
  bool Knows(uint64_t row_id) const { return rows_.find(row_id) != rows_.end(); }
  // In the order of columns, the first one for all before it; empty: nothing is known.
  const std::vector<Mark>& Of(uint64_t row_id) const;
  void Forget(uint64_t row_id) {
    last_ = nullptr;
    rows_.erase(row_id);
  }
  size_t size() const { return rows_.size(); }
  // Keeps the rows that `stays(id)` says.
  template <class F>
  void Keep(F stays) {
    last_ = nullptr;
    std::erase_if(rows_, [&](const auto& row) { return !stays(row.first); });
  }

 private:
  struct Times {
    std::vector<Mark> marks;
    uint32_t end = 0;  // nothing appeared from here on
  };

  std::unordered_map<uint64_t, Times> rows_;
  // The row that was noted last, for it is usually noted again. Null: none.
  Times* last_ = nullptr;
  uint64_t last_id_ = 0;
  std::vector<Mark> changed_;  // scratch
};

}  // namespace secure_exec
