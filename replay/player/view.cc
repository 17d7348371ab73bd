#include "replay/player/view.h"

#include <fmt/format.h>

#include <algorithm>

namespace secure_exec {

void View::Axis::Show(int at) {
  at = std::clamp(at, 0, all - 1);
  from = std::clamp(from, at - window + 1, at);
}

void View::Axis::Clamp() { from = std::clamp(from, 0, std::max(0, all - window)); }

void View::Fit(const Screen& screen, int columns, int rows) {
  across_ = {across_.from, columns, screen.columns()};
  down_ = {down_.from, rows, screen.rows()};
  if (!held_) {
    across_.Show(screen.cursor().x);
    down_.Show(screen.cursor().y);
  }
  across_.Clamp();
  down_.Clamp();
}

void View::Move(Direction direction, std::optional<int> cells) {
  Axis& axis = direction == kLeft || direction == kRight ? across_ : down_;
  const int by = cells.value_or(std::max(axis.window / 4, 1));
  axis.from += direction == kLeft || direction == kUp ? -by : by;
  axis.Clamp();
  held_ = true;
}

void View::MoveToEdge(Direction direction) {
  Move(direction, std::max(Grid::kMaxColumns, Grid::kMaxRows));
}

void View::Forget() {
  if (!held_) across_.from = down_.from = 0;
}

std::string View::Text() const {
  return fmt::format("view {},{} of {}x{}", across_.from + 1, down_.from + 1, across_.all,
                     down_.all);
}

}  // namespace secure_exec
