// The terminal emulator: any bytes, cut anywhere, with resizes among them; and any bytes as a
// snapshot. What must hold: a cut changes nothing; a snapshot taken at the cut goes on as the
// original; the cursor and the cells stay in bounds; no unseen text goes without a word.
//
// The first byte says what the input is: 0xFF a snapshot; else the cut is at that fraction of the
// rest. In the rest, "\x1B]r;COLUMNS;ROWS\a" stands for a resize, so that seeds are readable.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "replay/screen/text.h"

namespace secure_exec {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

class CheckingSink : public ScreenSink {
 public:
  size_t scrolled = 0;

 private:
  void RowScrolledOff(const Screen& screen, const Row& row) override {
    std::string text;
    AppendRowText(screen.palette(), row, screen.columns(), text);
    ++scrolled;
  }
  void RowLosesText(const Screen& screen, int y) override {
    Require(y >= 0 && y < screen.rows());
    RowText(screen, y);
  }
};

void CheckCells(const Screen& screen, const Row& row) {
  Require(row.used <= row.cells.size());
  Require(row.cells.size() <= Grid::kMaxColumns);
  for (const Cell& cell : row.cells) {
    Require(cell.style < screen.palette().styles());
    Require(!cell.is_cluster() || cell.value() < screen.palette().clusters());
    Require(cell.is_cluster() || cell.value() <= 0x10FFFF);
  }
}

void Check(const Screen& screen) {
  const Cursor& cursor = screen.cursor();
  Require(cursor.x >= 0 && cursor.x <= screen.columns());
  Require(cursor.y >= 0 && cursor.y < screen.rows());
  for (int y = 0; y < screen.rows(); ++y) CheckCells(screen, screen.row(y));
  for (int i = 0; i < screen.history(); ++i) CheckCells(screen, screen.history_row(i));
  Require(screen.title().size() <= Screen::kMaxTitle);
  ScreenText(screen);
}

// A resize on the way is obeyed when its bytes are whole, whatever the cut.
struct Step {
  std::string_view bytes;
  WindowSize size;
  bool resize = false;
};

std::vector<Step> Steps(std::string_view rest) {
  constexpr std::string_view kResize = "\x1B]r;";
  std::vector<Step> steps;
  while (!rest.empty() && steps.size() < 32) {
    const size_t at = rest.find(kResize);
    const size_t end = at == std::string_view::npos ? at : rest.find('\a', at);
    if (end == std::string_view::npos) break;
    steps.push_back({.bytes = rest.substr(0, at)});
    const std::string numbers(rest.substr(at + kResize.size(), end - at - kResize.size()));
    char* next = nullptr;
    const long columns = std::strtol(numbers.c_str(), &next, 10);
    const long rows = *next == ';' ? std::strtol(next + 1, nullptr, 10) : 1;
    // Small, so that cells meet; sometimes too large, to be clamped.
    const auto bound = [](long n) { return static_cast<int>(n > 5000 ? 100'000 : n % 120); };
    steps.push_back({.size = {.columns = bound(columns), .rows = bound(rows)}, .resize = true});
    rest.remove_prefix(end + 1);
  }
  steps.push_back({.bytes = rest});
  return steps;
}

void Run(std::string_view rest, size_t cut) {
  CheckingSink sink;
  const Screen::Options options{.size = {.columns = 13, .rows = 5}, .history = 20};
  Screen whole(options, &sink);
  Screen cut_up(options);
  std::unique_ptr<Screen> copy;
  size_t left = cut;
  for (const Step& step : Steps(rest)) {
    if (step.resize) {
      whole.Resize(step.size);
      cut_up.Resize(step.size);
      if (copy) copy->Resize(step.size);
      continue;
    }
    whole.Feed(step.bytes);
    if (copy) {
      cut_up.Feed(step.bytes);
      copy->Feed(step.bytes);
      continue;
    }
    const size_t part = std::min(left, step.bytes.size());
    cut_up.Feed(step.bytes.substr(0, part));
    left -= part;
    if (left == 0) {
      auto restored = Screen::Restore(cut_up.Snapshot());
      Require(restored.has_value());
      copy = std::move(*restored);
      copy->Feed(step.bytes.substr(part));
    }
    cut_up.Feed(step.bytes.substr(part));
  }
  Check(whole);
  const std::string snapshot = whole.Snapshot();
  // Without a sink nothing is reported, so which rows are unseen may differ; not what they show.
  Require(ScreenText(cut_up) == ScreenText(whole));
  Require(cut_up.cursor().x == whole.cursor().x && cut_up.cursor().y == whole.cursor().y);
  if (copy) Require(copy->Snapshot() == cut_up.Snapshot());
  Require(Screen::Restore(snapshot).has_value());
}

void RunSnapshot(std::string_view bytes) {
  auto restored = Screen::Restore(bytes);
  if (!restored) return;
  Screen& screen = **restored;
  Check(screen);
  const std::string once = screen.Snapshot();
  auto again = Screen::Restore(once);
  Require(again.has_value());
  Require((*again)->Snapshot() == once);
  for (Screen* one : {&screen, again->get()}) {
    one->Feed("\x1B\\x\u4E2D\u0301\x1B[L\x1B[2@\r\n\x1B[1;31m\x1B[J\x1B[?1049l\x1B[3M\x1B[9P");
    one->Resize({.columns = 7, .rows = 3});
    one->Feed(
        "\n\n\n\x1B"
        "8y");
    Check(*one);
  }
  Require(screen.Snapshot() == (*again)->Snapshot());
}

}  // namespace
}  // namespace secure_exec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 0xFF) {
    secure_exec::RunSnapshot(rest);
  } else {
    secure_exec::Run(rest, rest.size() * data[0] / 254);
  }
  return 0;
}
