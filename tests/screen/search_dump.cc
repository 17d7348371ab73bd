// The search in sessions, for tests. Reads requests, a JSON object a line:
//   {"columns": 80, "rows": 24, "steps": ["<base64 of bytes>", [COLUMNS, ROWS], ...],
//    "needles": ["text", ...]}
// and answers each with a line: for each needle the lines that have it, as
// [TEXT, FIRST STEP, LAST STEP, FULL SCREEN].
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/bytes.h"
#include "replay/search/matcher.h"
#include "replay/search/seen_text.h"

namespace secure_exec {
namespace {

class Collector : public SeenTextListener {
 public:
  explicit Collector(const Matcher& matcher) : matcher_(matcher) {}
  nlohmann::json hits = nlohmann::json::array();

 private:
  bool Wants(std::string_view line) override { return matcher_.Wants(line); }
  size_t FindLine(std::string_view lines, size_t from) override {
    return matcher_.FindLine(lines, from);
  }
  void Seen(const SeenLine& line) override {
    hits.push_back({line.text, line.began_us, line.ended_us, line.full_screen});
  }

  const Matcher& matcher_;
};

std::string Answer(const std::string& line) {
  const auto request = nlohmann::json::parse(line);
  nlohmann::json answer = nlohmann::json::array();
  for (const auto& needle : request["needles"]) {
    const auto matcher = Matcher::Create(needle.get<std::string>(), {.fixed = true});
    if (!matcher) return "[]";
    Collector collector(*matcher);
    SeenText text({.size = {.columns = request["columns"], .rows = request["rows"]}}, collector);
    int64_t now = 0;
    for (const auto& step : request["steps"]) {
      if (step.is_string()) {
        std::string bytes;
        if (!Base64DecodeAppend(step.get<std::string>(), bytes)) return "[]";
        text.Feed(bytes, now++);
      } else {
        text.Resize({.columns = step[0], .rows = step[1]}, now++);
      }
    }
    text.Finish(now);
    answer.push_back(std::move(collector.hits));
  }
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
