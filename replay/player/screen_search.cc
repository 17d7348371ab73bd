#include "replay/player/screen_search.h"

#include <string>

#include "replay/screen/text.h"

namespace secure_exec {

void ScreenSearch::Begin(Screen& screen) {
  having_.clear();
  for (int y = 0; y < screen.rows(); ++y) {
    const ScreenLine line = LineAt(screen, y);
    if (matcher_.Wants(line.text)) having_.insert(screen.row(line.first).id);
    y = line.last;
  }
  screen.ForEachUnseen([](int) {});
}

bool ScreenSearch::Appeared(Screen& screen) {
  if (having_.size() > kMaxRows) {
    std::unordered_set<uint64_t> left;
    for (int y = 0; y < screen.rows(); ++y) {
      const uint64_t id = screen.row(y).id;
      if (having_.contains(id)) left.insert(id);
    }
    having_ = std::move(left);
  }
  bool appeared = false;
  int looked = -1;  // the last row of the last line
  screen.ForEachUnseen([&](int y) {
    if (y <= looked) return;
    const ScreenLine line = LineAt(screen, y);
    looked = line.last;
    const uint64_t id = screen.row(line.first).id;
    if (!matcher_.Wants(line.text)) {
      having_.erase(id);
    } else if (having_.insert(id).second) {
      appeared = true;
    }
  });
  return appeared;
}

std::vector<ScreenSearch::Place> ScreenSearch::Places(const Screen& screen) const {
  std::vector<Place> places;
  std::string text;
  std::vector<uint16_t> columns;
  for (int y = 0; y < screen.rows(); ++y) {
    const ScreenLine line = LineAt(screen, y);
    if (matcher_.Wants(line.text)) {
      text.clear();
      std::vector<Place> of_byte;
      for (int row = line.first; row <= line.last; ++row) {
        columns.clear();
        std::string part;
        AppendRowText(screen.palette(), screen.row(row), screen.columns(), part, &columns);
        text += part;
        for (const uint16_t column : columns) of_byte.push_back({column, row});
      }
      for (size_t from = 0; from <= text.size();) {
        const Matcher::Range range = matcher_.Find(text, from);
        if (range.begin == Matcher::kNone || range.end <= range.begin) break;
        for (size_t i = range.begin; i < range.end; ++i) {
          if (i > range.begin && of_byte[i].x == of_byte[i - 1].x &&
              of_byte[i].y == of_byte[i - 1].y)
            continue;
          places.push_back(of_byte[i]);
        }
        from = range.end;
      }
    }
    y = line.last;
  }
  return places;
}

}  // namespace secure_exec
