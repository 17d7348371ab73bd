#include "replay/player/marks.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace secure_exec {
namespace {

constexpr auto kEarlier = [](const auto& a, const auto& b) { return a.t_us < b.t_us; };
constexpr auto kBehind = [](int64_t t_us, const auto& mark) { return t_us < mark.t_us; };
constexpr auto kAhead = [](const auto& mark, int64_t t_us) { return mark.t_us < t_us; };

}  // namespace

Marks::Marks(const std::vector<Note>& notes) {
  for (const Note& note : notes) {
    if (!note.at_us || marks_.size() == kMax) continue;
    const std::string by = note.author.empty() ? "" : " by " + note.author.substr(0, kMaxText);
    marks_.push_back({*note.at_us, "note" + by + ": " + note.text.substr(0, kMaxText)});
  }
  Sort(0);
}

void Marks::Update(const Timeline& timeline) {
  complete_ = timeline.saw_end();
  const size_t old = marks_.size();
  for (; taken_ < timeline.markers().size() && marks_.size() < kMax; ++taken_) {
    const Timeline::Marker& marker = timeline.markers()[taken_];
    marks_.push_back({marker.t_us, "marker: " + marker.label.substr(0, kMaxText)});
  }
  Sort(old);
}

// Those before `old` are in order.
void Marks::Sort(size_t old) {
  const auto middle = marks_.begin() + static_cast<std::ptrdiff_t>(old);
  std::stable_sort(middle, marks_.end(), kEarlier);
  std::inplace_merge(marks_.begin(), middle, marks_.end(), kEarlier);
}

int64_t Marks::After(int64_t t_us) const {
  const auto after = std::upper_bound(marks_.begin(), marks_.end(), t_us, kBehind);
  return after == marks_.end() ? INT64_MAX : after->t_us;
}

int64_t Marks::Before(int64_t t_us) const {
  const auto here = std::lower_bound(marks_.begin(), marks_.end(), t_us, kAhead);
  return here == marks_.begin() ? -1 : std::prev(here)->t_us;
}

std::string Marks::TextAt(int64_t t_us) const {
  auto mark = std::lower_bound(marks_.begin(), marks_.end(), t_us, kAhead);
  if (mark == marks_.end() || mark->t_us != t_us) return "";
  std::string text = fmt::format("{}/{}{} {}", mark - marks_.begin() + 1, marks_.size(),
                                 complete_ ? "" : "+", mark->text);
  while (++mark != marks_.end() && mark->t_us == t_us && text.size() < 4 * kMaxText) {
    text += " | " + mark->text;
  }
  return text;
}

}  // namespace secure_exec
