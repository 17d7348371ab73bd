// For fuzz targets: what must hold of a text that goes to a terminal.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/utf8.h"

namespace secure_exec {

// Aborts unless `text` is at most `lines` lines that a terminal shows as they stand.
inline void CheckShown(std::string_view text, long lines = 1) {
  if (ValidUtf8Prefix(text) != text.size()) std::abort();
  for (const char c : text) {
    if ((c >= 0 && c < ' ' && c != '\n') || c == 0x7f) std::abort();
  }
  if (text.find("\xc2\x9b") != std::string_view::npos) std::abort();
  if (std::count(text.begin(), text.end(), '\n') >= lines) std::abort();
}

}  // namespace secure_exec
