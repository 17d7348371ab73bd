#include "replay/player/bar.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/vt/safe_text.h"
#include "base/vt/utf8_char.h"
#include "replay/format.h"
#include "replay/screen/width.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

constexpr int kMaxName = 40;  // columns of a user or a pod
constexpr int kMaxProgress = 30;
constexpr int kMinProgress = 6;

struct Help {
  std::string_view keys;
  std::string_view what;
};
constexpr Help kHelp[] = {
    {"space", "pause, go on"},
    {"+ - or ] [", "faster, slower: 1/4 to 16 times"},
    {". ,", "one event further, back"},
    {"right left", "5 s forward, back"},
    {"> <", "60 s; also shift-arrows, page keys"},
    {": or t", "go to a time: 1:30, 14:03:07Z, +30, 50%"},
    {"m M", "next, previous marker or note"},
    {"/", "search on the screen"},
    {"n N", "next, previous place found"},
    {"i", "skip idle time, or not"},
    {"g G", "beginning, end; also home, end"},
    {"h j k l", "other parts of a larger screen; up, down"},
    {"H J K L", "its edges"},
    {"f", "follow the cursor again"},
    {"number", "the next key so many times; % goes there"},
    {"Ctrl-L", "draw anew"},
    {"? or F1", "this help"},
    {"q, Ctrl-C", "quit; Ctrl-C a prompt or search first"},
};
constexpr size_t kHelpKeys = 12;  // columns of the keys

std::string_view StateText(BarState::State state) {
  switch (state) {
    case BarState::kPlaying:
      return ">";
    case BarState::kPaused:
      return "||";
    case BarState::kWorking:
      return "...";
    case BarState::kEnd:
      return "END";
    case BarState::kFollowing:
      return "LIVE";
  }
  return "";
}

// "0:12:31": tenths would never stand still.
std::string Offset(int64_t us) {
  const std::string text = FormatOffset(us);
  return text.substr(0, text.find('.'));
}

std::string Name(std::string_view text) {
  const std::string safe = SafeLine(text);
  std::string cut;
  int columns = 0;
  for (std::string_view rest = safe; !rest.empty();) {
    const Utf8Char c = DecodeUtf8Char(rest);
    columns += CharWidth(c.code_point);
    if (columns >= kMaxName) return cut + "\u2026";
    cut += rest.substr(0, c.size);
    rest.remove_prefix(c.size);
  }
  return cut;
}

std::string Progress(int64_t now_us, int64_t end_us, int width) {
  const int inner = width - 2;
  const double part =
      end_us > 0 ? std::clamp(static_cast<double>(now_us) / static_cast<double>(end_us), 0.0, 1.0)
                 : 1.0;
  const int at = std::min(static_cast<int>(part * inner), inner - 1);
  return "[" + std::string(static_cast<size_t>(at), '=') + ">" +
         std::string(static_cast<size_t>(inner - 1 - at), ' ') + "]";
}

constexpr int kProgressWorth = 5;
struct Part {
  int worth = 0;  // the lowest goes first
  std::string text;
};

int Columns(const std::vector<Part>& parts) {
  int columns = 0;  // a blank before each
  for (const Part& part : parts) columns += TextColumns(part.text) + 1;
  return columns;
}

}  // namespace

int TextColumns(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const Utf8Char c = DecodeUtf8Char(text);
    columns += CharWidth(c.code_point);
    text.remove_prefix(c.size);
  }
  return columns;
}

std::string BarText(const CastHeader& header, const BarState& state, int columns) {
  std::vector<Part> parts;
  parts.push_back({11, std::string(StateText(state.state))});
  if (StartWallNs(header) != 0) {
    parts.push_back({6, FormatWall(WallAt(header, state.now_us))});
  }
  std::string offset = Offset(state.now_us);
  if (state.end_us) offset += "/" + Offset(*state.end_us);
  parts.push_back({10, std::move(offset)});
  if (state.end_us) parts.push_back({kProgressWorth, std::string(kMinProgress, ' ')});
  if (state.speed != 1) parts.push_back({9, fmt::format("{}x", state.speed)});
  if (state.max_idle_us) {
    parts.push_back({3, fmt::format("idle<{}s", static_cast<double>(*state.max_idle_us) / 1e6)});
  }
  if (!state.view.empty()) {
    parts.push_back({state.view_held ? 8 : 4, state.view + (state.view_held ? " f:follow" : "")});
  }
  if (const std::string place = PlaceText(header); header.session) {
    parts.push_back({2, Name(place)});
  } else if (!header.title.empty()) {
    parts.push_back({2, Name(header.title)});
  }
  if (header.session) parts.push_back({1, Name(UserText(header))});
  parts.push_back({7, "?:help"});

  bool has_progress = state.end_us.has_value();
  while (parts.size() > 1 && Columns(parts) > columns) {
    const auto least = std::min_element(
        parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.worth < b.worth; });
    if (least->worth == kProgressWorth) has_progress = false;
    parts.erase(least);
  }
  if (has_progress) {
    // Its place is where it was put: what is left out before it is worth more.
    const auto part = std::find_if(parts.begin(), parts.end(),
                                   [](const Part& p) { return p.worth == kProgressWorth; });
    const int width = std::min(kMinProgress + columns - Columns(parts), kMaxProgress);
    if (part != parts.end()) part->text = Progress(state.now_us, *state.end_us, width);
  }
  std::string text;
  for (const Part& part : parts) text += " " + part.text;
  return text;
}

std::vector<std::string> HelpLines(int columns) {
  std::vector<std::string> lines;
  const auto size = static_cast<size_t>(std::max(columns, 1));
  const size_t indent = columns < 40 ? 2 : kHelpKeys;
  for (const auto& [keys, what] : kHelp) {
    std::string line(keys);
    line.resize(kHelpKeys, ' ');
    bool has_words = false;
    for (std::string_view rest = what; !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      if (line.size() + has_words + word.size() > size) {
        lines.push_back(line.substr(0, size));
        line.assign(indent, ' ');
        has_words = false;
      }
      if (has_words) line += ' ';
      line += word;
      has_words = true;
    }
    lines.push_back(line.substr(0, size));
  }
  return lines;
}

}  // namespace secure_exec
