#include "tools/manual/roff.h"

#include <fmt/format.h>

namespace secure_exec {
namespace {

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

bool IsCapital(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLetter(char c) { return IsCapital(c) || (c >= 'a' && c <= 'z'); }

// A word of a text: flags are bold, and where `values` are told, so are words in capitals, slanted.
std::string Word(std::string_view word, bool values) {
  size_t begin = 0, end = 0;
  while (begin < word.size() && (word[begin] == '(' || word[begin] == '[' || word[begin] == '"'))
    ++begin;
  const std::string_view rest = word.substr(begin);
  if (rest.size() > 1 && rest[0] == '-') {
    while (end < rest.size() && (IsLetter(rest[end]) || rest[end] == '-')) ++end;
    if (rest.substr(0, end).find_first_not_of('-') == std::string_view::npos) end = 0;
  }
  const char* font = "B";
  if (end == 0 && values) {
    while (end < rest.size() && IsCapital(rest[end])) ++end;
    if (end == 1) end = 0;
    font = "I";
  }
  if (end == 0) return EscapeRoff(word);
  const std::string_view behind = rest.substr(end);
  return fmt::format("{}\\f{}{}\\fR{}", EscapeRoff(word.substr(0, begin)), font,
                     EscapeRoff(rest.substr(0, end)),
                     values && behind.size() > 1 ? Word(behind, true) : EscapeRoff(behind));
}

std::string Words(std::string_view line, bool values) {
  std::string out;
  while (!line.empty()) {
    const size_t space = line.find(' ');
    out += Word(line.substr(0, space), values);
    if (space == std::string_view::npos) break;
    out += ' ';
    line = line.substr(space + 1);
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

// Whether a word ends a sentence: "it.", not "~." and not "e.g.,".
bool EndsSentence(std::string_view word) {
  if (word.size() < 2 || word.back() != '.') return false;
  const char before = word[word.size() - 2];
  return IsLetter(before) || before == ')' || before == '"' || (before >= '0' && before <= '9');
}

// roff knows a sentence's end at a line's end alone, so each has lines of its own. They are short,
// which mandoc asks for.
std::string Sentences(std::string_view text) {
  constexpr size_t kLineBytes = 78;
  std::string out, line;
  const auto end_line = [&] {
    if (line.starts_with('.')) out += "\\&";
    out += line + '\n';
    line.clear();
  };
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view plain = text.substr(0, space);
    const std::string word = Word(plain, false);
    text = space == std::string_view::npos ? "" : text.substr(space + 1);
    if (!line.empty() && line.size() + 1 + word.size() > kLineBytes) end_line();
    if (!line.empty()) line += ' ';
    line += word;
    if (EndsSentence(plain)) end_line();
  }
  if (!line.empty()) end_line();
  return out;
}

// `paragraph`: the macro that begins one.
std::string Text(std::string_view text, std::string_view paragraph, bool values) {
  std::string out;
  bool literal = false, gap = false;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
    const bool indented = line.starts_with("  ");
    if (literal && !indented) out += ".fi\n";
    if (line.empty()) gap = true;
    if (!line.empty() && gap) {
      out += fmt::format("{}\n", paragraph);
      gap = false;
    }
    if (indented && !literal) out += ".nf\n";
    if (indented) out += Words(line.substr(2), values) + "\n";
    if (!indented && !line.empty()) out += Sentences(line);
    literal = indented;
  }
  return literal ? out + ".fi\n" : out;
}

std::string Term(const std::string& term) {
  return term.starts_with('-') ? Words(term, true) : fmt::format("\\fB{}\\fR", EscapeRoff(term));
}

}  // namespace

std::string EscapeRoff(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (c) {
      case '\xE2':  // an ellipsis, the only character of the texts that ASCII lacks
        if (text.substr(i, 3) != "\xE2\x80\xA6") break;
        out += "\\[u2026]";
        i += 2;
        break;
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '"':
        out += "\\(dq";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string RoffPage(const ManualPage& page, const std::string& date, const std::string& source) {
  std::string out = fmt::format(
      ".\\\" Made by tools/manual from the texts of the program's help.\n"
      ".TH {} 1 {} \"{}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n",
      EscapeRoff(Upper(page.name)), date, source, EscapeRoff(page.name), EscapeRoff(page.summary));
  for (const ManualSection& section : page.sections) {
    const bool synopsis = section.title == "Synopsis";
    out += section.subsection ? fmt::format(".SS {}\n", EscapeRoff(section.title))
                              : fmt::format(".SH {}\n", EscapeRoff(Upper(section.title)));
    out += Text(section.text, ".PP", synopsis || section.subsection);
    for (const ManualItem& item : section.items) {
      out += fmt::format(".TP\n{}\n{}", Term(item.term), Text(item.text, ".IP", false));
    }
  }
  return out;
}

}  // namespace secure_exec
