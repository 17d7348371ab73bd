#include "plugin/policy/glob.h"

namespace secure_exec {

bool GlobMatches(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0;
  // Where the last `*` stood, and what it has taken: only the last one ever has to take more.
  size_t star = std::string_view::npos, taken = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      taken = t;
      continue;
    }
    const bool escaped = g + 1 < glob.size() && glob[g] == '\\';
    const size_t at = g + (escaped ? 1 : 0);
    if (at < glob.size() && (glob[at] == text[t] || (!escaped && glob[at] == '?'))) {
      g = at + 1;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

bool GlobMatchesAll(std::string_view glob) {
  return !glob.empty() && glob.find_first_not_of('*') == std::string_view::npos;
}

}  // namespace secure_exec
