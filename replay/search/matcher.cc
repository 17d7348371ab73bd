#include "replay/search/matcher.h"

#include <re2/re2.h>

namespace secure_exec {

struct Matcher::Patterns {
  Options options;
  RE2 line;       // on one line
  RE2 lines;      // on many: finds candidates, that `line` confirms
  bool anywhere;  // `lines` can be trusted to find all: nothing in it is bound to the text's ends

  Patterns(const std::string& one, const std::string& many, const RE2::Options& re2, bool ok,
           Options o)
      : options(o), line(one, re2), lines(many, re2), anywhere(ok) {}
};

Result<Matcher> Matcher::Create(std::string_view pattern, Options options) {
  RE2::Options re2(RE2::Quiet);
  re2.set_case_sensitive(!options.ignore_case);
  re2.set_never_nl(true);
  std::string expression = options.fixed
                               ? RE2::QuoteMeta(re2::StringPiece(pattern.data(), pattern.size()))
                               : std::string(pattern);
  if (!options.fixed) {
    // By itself, so that the error speaks of what was written.
    const RE2 given(expression, re2);
    if (!given.ok()) {
      return Fail(ErrorKind::kUsage, "pattern \"{}\": {} (-F searches for it as text)", pattern,
                  given.error());
    }
  }
  if (options.word) expression = "\\b(?:" + expression + ")\\b";
  const bool anywhere = options.fixed || (expression.find("\\A") == std::string::npos &&
                                          expression.find("\\z") == std::string::npos);
  auto patterns =
      std::make_unique<Patterns>(expression, "(?m:" + expression + ")", re2, anywhere, options);
  if (!patterns->line.ok() || !patterns->lines.ok()) {
    return Fail(ErrorKind::kUsage, "pattern \"{}\": {}", pattern, patterns->line.error());
  }
  return Matcher(std::move(patterns));
}

Matcher::Matcher(std::unique_ptr<Patterns> patterns) : patterns_(std::move(patterns)) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

bool Matcher::Wants(std::string_view line) const {
  return patterns_->line.Match({line.data(), line.size()}, 0, line.size(), RE2::UNANCHORED, nullptr,
                               0) != patterns_->options.invert;
}

Matcher::Range Matcher::Find(std::string_view line, size_t from) const {
  re2::StringPiece match;
  if (!patterns_->line.Match({line.data(), line.size()}, from, line.size(), RE2::UNANCHORED, &match,
                             1)) {
    return {kNone, kNone};
  }
  const auto begin = static_cast<size_t>(match.data() - line.data());
  return {begin, begin + match.size()};
}

size_t Matcher::FindLine(std::string_view lines, size_t from) const {
  const bool jump = patterns_->anywhere && !patterns_->options.invert;
  const re2::StringPiece text(lines.data(), lines.size());
  while (from < lines.size()) {
    size_t begin = from;
    if (jump) {
      re2::StringPiece match;
      if (!patterns_->lines.Match(text, from, lines.size(), RE2::UNANCHORED, &match, 1)) {
        return kNone;
      }
      const auto at = static_cast<size_t>(match.data() - lines.data());
      // An empty match may be behind the last line feed, where no line is.
      if (at >= lines.size()) return kNone;
      const size_t before = at == 0 ? kNone : lines.rfind('\n', at - 1);
      begin = before == kNone ? 0 : before + 1;
    }
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    if (Wants(lines.substr(begin, end - begin))) return begin;
    from = end + 1;
  }
  return kNone;
}

}  // namespace secure_exec
