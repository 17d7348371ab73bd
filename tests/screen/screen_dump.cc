// The emulator's screen as text, for comparing it with tmux. Reads requests, a JSON object a line:
//   {"columns": 80, "rows": 24, "steps": ["<base64 of bytes>", [COLUMNS, ROWS], ...]}
// and answers each with a line: the rows, each a list of runs [style, text] of the cells that were
// written, whether each row is wrapped, the cursor. tests/screen/oracle.py makes the same of tmux.
// "shown": the rows with all that can be seen, if nothing was written there.
// "redraw": the sequences that bring a new terminal to this screen, base64 of bytes.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/bytes.h"
#include "replay/render/redraw.h"
#include "replay/screen/text.h"

namespace secure_exec {
namespace {

std::string ColourText(Colour colour) {
  if (colour.is_default()) return "-";
  if (!colour.is_rgb()) return std::to_string(colour.index());
  return fmt::format("#{:02x}{:02x}{:02x}", colour.red(), colour.green(), colour.blue());
}

std::string StyleText(const Style& style) {
  return fmt::format("{:x} {} {} {}", style.attributes, ColourText(style.foreground),
                     ColourText(style.background), ColourText(style.underline_colour));
}

// `shown`: with what was erased, and without halves of wide characters.
nlohmann::json RowRuns(const Screen& screen, const Row& row, bool shown) {
  nlohmann::json runs = nlohmann::json::array();
  std::string last;
  const auto columns = static_cast<uint32_t>(screen.columns());
  for (uint32_t x = 0; x < (shown ? columns : std::min(row.used, columns)); ++x) {
    Cell cell = row.At(x);
    const bool whole = cell.is_wide() ? x + 1 < columns && row.At(x + 1).is_padding()
                                      : x > 0 && row.At(x - 1).is_wide();
    if (shown && !whole && (cell.is_wide() || cell.is_padding())) cell.text = 0;
    if (cell.is_padding()) continue;
    const std::string style = StyleText(screen.palette().style(cell.style));
    if (runs.empty() || style != last) runs.push_back({style, ""});
    AppendCellText(screen.palette(), cell, runs.back()[1].get_ref<std::string&>());
    last = style;
  }
  return runs;
}

std::string Answer(const std::string& line) {
  const auto request = nlohmann::json::parse(line);
  Screen screen({.size = {.columns = request["columns"], .rows = request["rows"]},
                 .history = Screen::kMaxHistory});
  for (const auto& step : request["steps"]) {
    if (step.is_string()) {
      std::string bytes;
      if (!Base64DecodeAppend(step.get<std::string>(), bytes)) return "{}";
      screen.Feed(bytes);
    } else {
      screen.Resize({.columns = step[0], .rows = step[1]});
    }
  }
  nlohmann::json answer;
  for (int y = 0; y < screen.rows(); ++y) {
    answer["rows"].push_back(RowRuns(screen, screen.row(y), false));
    answer["shown"].push_back(RowRuns(screen, screen.row(y), true));
    answer["wrapped"].push_back(screen.row(y).wrapped);
  }
  const Cursor& cursor = screen.cursor();
  answer["cursor"] = {cursor.x, cursor.y};
  answer["visible"] = cursor.visible;
  answer["alternate"] = screen.alternate();
  answer["history"] = screen.history();
  answer["redraw"] = Base64Encode(Redraw(screen));
  return answer.dump();
}

}  // namespace
}  // namespace secure_exec

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::string answer = secure_exec::Answer(line) + "\n";
    std::fwrite(answer.data(), 1, answer.size(), stdout);
    std::fflush(stdout);
  }
  return 0;
}
