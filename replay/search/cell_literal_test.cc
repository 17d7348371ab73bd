#include "replay/search/cell_literal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "replay/search/matcher.h"
#include "replay/search/seen_text.h"

namespace secure_exec {
namespace {

class Hits : public SeenTextListener {
 public:
  explicit Hits(std::string_view pattern) : matcher_(*Matcher::Create(pattern, {.fixed = true})) {}

  std::vector<std::string> lines;
  size_t asked = 0;

 private:
  bool Wants(std::string_view line) override {
    ++asked;
    return matcher_.Wants(line);
  }
  size_t FindLine(std::string_view text, size_t from) override {
    return matcher_.FindLine(text, from);
  }
  void Seen(const SeenLine& line) override {
    lines.push_back(fmt::format("{}-{} {}{} {} {}", line.began_us, line.ended_us, line.line,
                                line.full_screen ? "s" : "", line.text,
                                line.TimeAt(matcher_.Find(line.text, 0).begin)));
  }
  Matcher matcher_;
};

struct Answer {
  std::vector<std::string> lines;
  size_t asked = 0;
};

// An event of "\x01" makes the window another size.
Answer Search(const std::vector<std::string>& events, const std::string& text, bool told) {
  Hits hits(text);
  SeenText seen({.size = {.columns = 12, .rows = 4}, .literal = told ? text : ""}, hits);
  int64_t now = 0;
  int columns = 12;
  for (const std::string& event : events) {
    ++now;
    if (event == "\x01") {
      columns = 24 - columns + now % 3;
      seen.Resize({.columns = columns, .rows = 3 + static_cast<int>(now % 3)}, now);
    } else {
      seen.Feed(event, now);
    }
  }
  seen.Finish(++now);
  return {std::move(hits.lines), hits.asked};
}

TEST(CellLiteralTest, TheSameLinesAsWithoutIt) {
  std::mt19937 random(1);
  const char* pieces[] = {
      "a",       "b",       "ab",          "a b",         " ",         "aab",
      "b a",     "\r\n",    "\r",          "\n",          "\b",        "\x1B[C",
      "\x1B[D",  "\x1B[A",  "\x1B[H",      "\x1B[2;3H",   "\x1B[3;9H", "\x1B[K",
      "\x1B[1K", "\x1B[@",  "\x1B[P",      "\x1B[2X",     "\x1B[L",    "\x1B[M",
      "\x1B[J",  "\x1B[2J", "\x1B[4h",     "\x1B[4l",     "\u6F22",    "a\u0301",
      "b\u0301", "\x1B[1m", "\x1B[?1049h", "\x1B[?1049l", "\x1B[2;3r", "\x1B[r"};
  for (const char* text :
       {"a", "ab", "a b", "ba ", "a  b", "\u6F22", "aba", "abab", "baabb", "ab aab"}) {
    for (int round = 0; round < 2000; ++round) {
      std::vector<std::string> events;
      for (int i = 0; i < 25; ++i) {
        std::string& event = events.emplace_back();
        if (random() % 20 == 0) {
          event = "\x01";
          continue;
        }
        for (unsigned n = 1 + random() % 3; n > 0; --n) {
          event += pieces[random() % std::size(pieces)];
        }
        // Rows that join, as those of full-screen programs do.
        if (random() % 6 == 0) event += random() % 2 == 0 ? "babaabbaaaab" : "\x1B[2;12Hababb";
      }
      ASSERT_EQ(Search(events, text, true).lines, Search(events, text, false).lines)
          << text << testing::PrintToString(events);
    }
  }
}

TEST(CellLiteralTest, WhatCannotHaveComeIsNotAskedFor) {
  EXPECT_EQ(Search({"d", "u", "\r\n"}, "du", true).asked, 1u);
  EXPECT_EQ(Search({"x", "y", "\r\n"}, "du", true).asked, 0u);
  // Nor in a line of many rows; but where it may cross the end of one.
  const std::string wide(20, 'x');
  EXPECT_EQ(Search({wide, "y", "\x1B[Hz"}, "du", true).asked, 0u);
  EXPECT_GT(Search({wide, "\x1B[1;12Hd", "y"}, "du", true).asked, 0u);
  EXPECT_GT(Search({"x", "y", "\r\n"}, "d\u00FC", true).asked, 0u);
}

}  // namespace
}  // namespace secure_exec
