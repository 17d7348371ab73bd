// For tests: a small screen and words for what is on it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "replay/screen/text.h"

namespace secure_exec {

// What a sink heard, a line each.
class SinkLog : public ScreenSink {
 public:
  std::vector<std::string> lines;

 private:
  void RowScrolledOff(const Screen& screen, const Row& row) override {
    std::string text = "scrolled ";
    AppendRowText(screen.palette(), row, screen.columns(), text);
    lines.emplace_back(TrimEnd(text));
    if (row.wrapped) lines.back() += "\\";
  }
  void RowLosesText(const Screen& screen, int y) override {
    lines.push_back("lost " + RowText(screen, y));
  }
};

class ScreenTest : public testing::Test {
 protected:
  // 10 columns, 4 rows.
  SinkLog sink_;
  Screen screen_{{.size = {.columns = 10, .rows = 4}}, &sink_};

  void Feed(std::string_view bytes) { screen_.Feed(bytes); }
  std::string Text() const { return ScreenText(screen_); }
  std::string At() const {
    return std::to_string(screen_.cursor().x) + "," + std::to_string(screen_.cursor().y);
  }
  const Style& StyleAt(int x, int y) const {
    return screen_.palette().style(screen_.row(y).At(static_cast<size_t>(x)).style);
  }
  void FillRows() { Feed("one\r\ntwo\r\nthree\r\nfour"); }
};

}  // namespace secure_exec
