#include "replay/search/matcher.h"

#include <re2/re2.h>

#include <cstring>

namespace secure_exec {

namespace {

// A text that matches itself and nothing else, and lies within a line.
bool IsLiteral(std::string_view pattern, const Matcher::Options& options) {
  const std::string_view special = options.fixed ? "\n" : "\n\\.+*?()|[]{}^$";
  return !pattern.empty() && pattern.find_first_of(special) == std::string_view::npos &&
         !options.ignore_case && !options.word && !options.line;
}

// What may make an expression mean another thing in many lines than in each: the text's ends, and ^
// and $ that are told to be them.
constexpr char kOfTheWholeText[] = R"(\\A|\\z|\(\?[a-zA-Z]*-[a-zA-Z]*m)";

}  // namespace

struct Matcher::Patterns {
  Options options;
  RE2 line;       // on one line
  RE2 lines;      // on many: finds candidates, that `line` confirms
  bool anywhere;  // `lines` can be trusted to find all: nothing in it is bound to the text's ends
  std::unique_ptr<RE2> next;  // of words: on one line, but not at its beginning
  std::string literal;  // the pattern, where searching for it as bytes is the same; else empty

  // Where the literal is; kNone: not there.
  size_t FindLiteral(std::string_view text, size_t from) const {
    // memmem begins with a table, which does not pay for one line.
    constexpr size_t kShort = 1024;
    if (text.size() - from < kShort) return text.find(literal, from);
    const void* const at =
        ::memmem(text.data() + from, text.size() - from, literal.data(), literal.size());
    return at == nullptr ? kNone : static_cast<size_t>(static_cast<const char*>(at) - text.data());
  }
  Patterns(const std::string& one, const std::string& many, const RE2::Options& re2, bool ok,
           Options o)
      : options(o), line(one, re2), lines(many, re2), anywhere(ok) {}
};

Result<Matcher> Matcher::Create(std::string_view pattern, Options options) {
  RE2::Options re2(RE2::Quiet);
  re2.set_case_sensitive(!options.ignore_case);
  re2.set_never_nl(true);
  if (options.bytes) re2.set_encoding(RE2::Options::EncodingLatin1);
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
  // A \Q that is not closed would quote what is put behind it here.
  if (!RE2("(?:" + expression + ")", re2).ok()) expression += "\\E";
  const bool anywhere = options.fixed || !RE2::PartialMatch(expression, kOfTheWholeText);
  // Neighbours are looked at, as grep does: \b would want a word within.
  std::string next;
  if (options.line) {
    expression = "^(?:" + expression + ")$";
  } else if (options.word) {
    const std::string other = options.bytes ? "\\W" : "[^\\pL\\pN_]";
    next = other + "(" + expression + ")(?:" + other + "|$)";
    expression = "(?:^|" + other + ")(" + expression + ")(?:" + other + "|$)";
  }
  auto patterns =
      std::make_unique<Patterns>(expression, "(?m:" + expression + ")", re2, anywhere, options);
  if (!patterns->line.ok() || !patterns->lines.ok()) {
    return Fail(ErrorKind::kUsage, "pattern \"{}\": {}", pattern,
                patterns->line.ok() ? patterns->lines.error() : patterns->line.error());
  }
  if (!next.empty()) patterns->next = std::make_unique<RE2>(next, re2);
  if (IsLiteral(pattern, options)) patterns->literal = pattern;
  return Matcher(std::move(patterns));
}

Matcher::Matcher(std::unique_ptr<Patterns> patterns) : patterns_(std::move(patterns)) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

bool Matcher::inverted() const { return patterns_->options.invert; }

std::string_view Matcher::literal() const {
  return inverted() ? std::string_view() : patterns_->literal;
}

bool Matcher::Wants(std::string_view line) const {
  if (!patterns_->literal.empty()) {
    return (patterns_->FindLiteral(line, 0) != kNone) != patterns_->options.invert;
  }
  return patterns_->line.Match({line.data(), line.size()}, 0, line.size(), RE2::UNANCHORED, nullptr,
                               0) != patterns_->options.invert;
}

Matcher::Range Matcher::Find(std::string_view line, size_t from) const {
  re2::StringPiece found[2];  // with its neighbours, and without
  const int groups = patterns_->next ? 2 : 1;
  const RE2* pattern = &patterns_->line;
  if (patterns_->next && from > 0) {
    // The character before it is a neighbour.
    pattern = patterns_->next.get();
    --from;
    while (!patterns_->options.bytes && from > 0 &&
           (static_cast<unsigned char>(line[from]) & 0xC0) == 0x80) {
      --from;
    }
  }
  if (!pattern->Match({line.data(), line.size()}, from, line.size(), RE2::UNANCHORED, found,
                      groups)) {
    return {kNone, kNone};
  }
  const re2::StringPiece match = found[groups - 1];
  const auto begin = static_cast<size_t>(match.data() - line.data());
  return {begin, begin + match.size()};
}

size_t Matcher::FindLine(std::string_view lines, size_t from) const {
  const bool jump = patterns_->anywhere && !patterns_->options.invert;
  const re2::StringPiece text(lines.data(), lines.size());
  while (from < lines.size()) {
    size_t begin = from;
    if (jump && !patterns_->literal.empty()) {
      const size_t at = patterns_->FindLiteral(lines, from);
      if (at == kNone) return kNone;
      const size_t before = at == 0 ? kNone : lines.rfind('\n', at - 1);
      return before == kNone ? 0 : before + 1;
    }
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
