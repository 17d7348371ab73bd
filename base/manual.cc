#include "base/manual.h"

#include <fmt/format.h>

namespace secure_exec {
namespace {

constexpr size_t kIndent = 2;

// Puts the words of paragraphs into lines.
class Filler {
 public:
  explicit Filler(size_t indent) : indent_(indent) {}

  void Add(std::string_view line) {
    while (!line.empty()) {
      const size_t space = line.find(' ');
      const std::string_view word = line.substr(0, space);
      line = space == std::string_view::npos ? "" : line.substr(space + 1);
      if (word.empty()) continue;
      if (!line_.empty() && indent_ + line_.size() + 1 + word.size() > kHelpWidth) Break();
      if (!line_.empty()) line_ += ' ';
      line_ += word;
    }
  }

  void Break() {
    if (!line_.empty()) Literal(line_);
    line_.clear();
  }

  void Literal(std::string_view line) {
    if (!line.empty()) out_.append(indent_, ' ').append(line);
    out_ += '\n';
  }

  std::string Take() {
    Break();
    return std::move(out_);
  }

 private:
  const size_t indent_;
  std::string line_, out_;
};

}  // namespace

std::string FillText(std::string_view text, size_t indent) {
  Filler filler(indent);
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
    if (line.empty() || line.starts_with("  ")) {
      filler.Break();
      filler.Literal(line);
    } else {
      filler.Add(line);
    }
  }
  return filler.Take();
}

std::string ItemsText(const std::vector<ManualItem>& items, size_t column) {
  std::string out;
  for (const ManualItem& item : items) {
    std::string text = FillText(item.text, column);
    const size_t width = kIndent + item.term.size();
    if (width + 2 <= column && !text.empty()) {
      text.replace(0, width, fmt::format("{:>{}}", item.term, width));
      out += text;
    } else {
      out += fmt::format("{:>{}}\n{}", item.term, width, text);
    }
  }
  return out;
}

std::string SectionText(const ManualSection& section, size_t column) {
  std::string out = section.title + ":\n";
  if (!section.text.empty()) out += FillText(section.text, kIndent);
  if (!section.text.empty() && !section.items.empty()) out += '\n';
  return out + ItemsText(section.items, column);
}

}  // namespace secure_exec
