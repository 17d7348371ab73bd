// A program's manual as data, so that --help and the man page say the same. Texts are plain: a
// paragraph ends at an empty line, and lines that begin with two spaces stand as they are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace secure_exec {

struct ManualItem {
  std::string term;  // "-c, --container NAME", "KUBECONFIG", "120"
  std::string text;
};

struct ManualSection {
  std::string title;
  std::string text;  // before the items
  std::vector<ManualItem> items;
  bool subsection = false;  // of the section before it
};

struct ManualPage {
  std::string name;     // "kubectl-secure_exec", as the file is called
  std::string typed;    // "kubectl secure-exec", as it is typed
  std::string summary;  // "run a command in a container, and record the session"
  std::vector<ManualSection> sections;
};

// A text for a terminal: filled to kHelpWidth columns, each line behind `indent` spaces. Ends with
// a newline, or is empty.
constexpr size_t kHelpWidth = 80;
std::string FillText(std::string_view text, size_t indent);

// A section for a terminal: "Title:", its text, and its items in two columns, of which the second
// begins at `column`; a term that does not fit has its text below.
std::string SectionText(const ManualSection& section, size_t column);
std::string ItemsText(const std::vector<ManualItem>& items, size_t column);

}  // namespace secure_exec
