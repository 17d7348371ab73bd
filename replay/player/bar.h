// The line below the player's screen, and its help, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/cast/header.h"

namespace secure_exec {

struct BarState {
  enum State { kPlaying, kPaused, kWorking, kEnd, kFollowing };
  State state = kPlaying;
  int64_t now_us = 0;
  std::optional<int64_t> end_us;  // nullopt: not known yet
  double speed = 1;
  std::optional<int64_t> max_idle_us;
  std::string view{};      // which part of the screen is shown, where that is not all of it
  bool view_held = false;  // it does not follow the cursor
};

// "> 2025-11-23 14:03:01Z  0:00:01/0:00:12 [=>   ] 2x  alice (ops)  prod/shop/web-0  ?:help", in
// at most `columns`; what is of less use is left out first. Safe for a terminal.
std::string BarText(const CastHeader& header, const BarState& state, int columns);

// Columns that safe text takes.
int TextColumns(std::string_view text);

// What the keys do, in lines of at most `columns` (of 20 or more).
std::vector<std::string> HelpLines(int columns);

}  // namespace secure_exec
