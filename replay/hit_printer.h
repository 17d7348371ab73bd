// What grep prints of a recording's hits: lines for people, or a JSON object each. Safe for any
// terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/cast/header.h"
#include "replay/search/matcher.h"
#include "replay/search/session_search.h"

namespace secure_exec {

struct HitStyle {
  bool json = false;
  bool colour = false;
  bool names = false;    // say which recording
  bool numbers = false;  // of lines
  bool only_matching = false;
  bool raw = false;       // texts are any bytes
  bool inverted = false;  // there are no matches in the lines
};

class HitPrinter {
 public:
  // What is referred to outlives it. `name`: of the recording, for people, to be named to the next
  // command.
  HitPrinter(const HitStyle& style, const Matcher& matcher, const CastHeader& header,
             std::string name, std::string path);

  // In the order in which they were found.
  void Print(const SearchHit& hit, std::string& out);
  // What waits of the last one's context.
  void Finish(std::string& out);

 private:
  // The end of the context of what was printed last.
  struct Last {
    Channel channel = Channel::kStdout;
    bool full_screen = false;
    uint64_t line = 0;
    size_t width = 0;  // of what stands before its text
    std::vector<std::string> after;
  };

  void PrintLine(const SearchHit& hit, Matcher::Range match, std::string& out);
  void PrintBefore(const SearchHit& hit, std::string& out);
  void PrintContext(std::string_view text, size_t width, std::string& out) const;
  void PrintJson(const SearchHit& hit, std::string& out) const;
  void Add(std::string_view text, std::string_view colour, std::string& out);
  void AddText(std::string_view text, std::string& out) const;
  void AddMatches(std::string_view text, std::string& out) const;
  std::vector<Matcher::Range> Matches(std::string_view text) const;

  const HitStyle& style_;
  const Matcher& matcher_;
  const CastHeader& header_;
  const std::string name_;
  const std::string path_;
  size_t width_ = 0;  // of what stands before a line's text
  Last last_;
};

}  // namespace secure_exec
