// The emulator's screen as text, for comparing it with tmux. Reads requests, a JSON object a line:
//   {"columns": 80, "rows": 24, "steps": ["<base64 of bytes>", [COLUMNS, ROWS], ...]}
// and answers each with a line: the rows, each a list of runs [style, text] of the cells that were
// written, whether each row is wrapped, the cursor. tests/screen/oracle.py makes the same of tmux.
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/bytes.h"
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

nlohmann::json RowRuns(const Screen& screen, const Row& row) {
  nlohmann::json runs = nlohmann::json::array();
  std::string last;
  for (uint32_t x = 0; x < row.used && x < static_cast<uint32_t>(screen.columns()); ++x) {
    const Cell& cell = row.cells[x];
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
    answer["rows"].push_back(RowRuns(screen, screen.row(y)));
    answer["wrapped"].push_back(screen.row(y).wrapped);
  }
  const Cursor& cursor = screen.cursor();
  answer["cursor"] = {cursor.x, cursor.y};
  answer["visible"] = cursor.visible;
  answer["alternate"] = screen.alternate();
  answer["history"] = screen.history();
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
