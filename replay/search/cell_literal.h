// Whether a text may have come into a row with the cells that changed since it was last seen, found
// out without making text of the row. "No" is certain.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "replay/screen/grid.h"

namespace secure_exec {

class CellLiteral {
 public:
  // Of ASCII, the last one no space; of any other text, and of an empty one, it is never known.
  explicit CellLiteral(std::string text);

  bool MayHaveCome(const Row& row, int columns) const;
  // Whether it may begin in the row and end in the next one, seen before or not. "No" is certain.
  bool MayCross(const Row& row, int columns) const;

 private:
  bool MayCover(const Cell* cells, size_t x, size_t used) const;
  bool BeginsAt(const Cell* cells, size_t size) const;

  std::string text_;
  std::array<bool, 0x80> letters_{};  // of it; a blank cell's 0 is a space
};

}  // namespace secure_exec
