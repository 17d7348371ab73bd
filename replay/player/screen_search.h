// Finds the moments at which a text appears on a screen.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "replay/screen/screen.h"
#include "replay/search/matcher.h"

namespace secure_exec {

class ScreenSearch {
 public:
  explicit ScreenSearch(Matcher matcher) : matcher_(std::move(matcher)) {}

  // What is on the screen now has not appeared, it is there.
  void Begin(Screen& screen);
  // Whether the text stands in a line that changed since the last call and did not have it then.
  bool Appeared(Screen& screen);

  struct Place {
    int x = 0;
    int y = 0;
  };
  // Columns in which the text stands now.
  std::vector<Place> Places(const Screen& screen) const;

 private:
  static constexpr size_t kMaxRows = 8192;  // remembered; then those that are gone are forgotten

  Matcher matcher_;
  std::unordered_set<uint64_t> having_;  // ids of the first rows of lines that have it
};

}  // namespace secure_exec
