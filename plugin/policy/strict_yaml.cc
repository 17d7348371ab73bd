#include "plugin/policy/strict_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <map>
#include <sstream>

#include "base/utf8.h"
#include "base/vt/safe_text.h"
#include "plugin/kubeconfig/yaml_mapping.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxProblems = 100;
constexpr size_t kShownKey = 64;

void Add(YamlProblems& problems, int line, int column, std::string text) {
  if (problems.size() < kMaxProblems) problems.push_back({line, column, std::move(text)});
}

// A key or value of the file as it is shown.
std::string Shown(std::string_view text) {
  if (text.size() <= kShownKey) return SafeLine(text);
  return SafeLine(text.substr(0, kShownKey)) + "…";
}

// Of the byte at `offset`.
void AddAt(YamlProblems& problems, std::string_view text, size_t offset, std::string why) {
  const std::string_view before = text.substr(0, offset);
  const size_t begin = before.rfind('\n') + 1;  // npos + 1 is 0
  Add(problems, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
      static_cast<int>(offset - begin) + 1, std::move(why));
}

bool CheckBytes(std::string_view text, YamlProblems& problems) {
  if (text.size() > kMaxStrictYamlBytes) {
    Add(problems, 0, 0, fmt::format("larger than {} bytes", kMaxStrictYamlBytes));
    return false;
  }
  if (const size_t valid = ValidUtf8Prefix(text); valid < text.size()) {
    AddAt(problems, text, valid, "not UTF-8");
    return false;
  }
  const auto control = std::find_if(text.begin(), text.end(), [](char c) {
    return (c >= 0 && c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
  });
  if (control == text.end()) return true;
  AddAt(problems, text, static_cast<size_t>(control - text.begin()), "a control character");
  return false;
}

// Where each document begins. Nothing else of it is kept.
class DocumentStarts final : public YAML::EventHandler {
 public:
  YAML::Mark last;
  void OnDocumentStart(const YAML::Mark& mark) override { last = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// The start of a second document, if there is one. Not YAML::LoadAll(): of "a\n] [b" it makes empty
// documents until memory is used up, for its parser moves no further.
std::optional<YAML::Mark> SecondDocument(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  if (!parser.HandleNextDocument(starts) || !parser.HandleNextDocument(starts)) return std::nullopt;
  return starts.last;
}

}  // namespace

std::string ProblemText(const std::string& file, const YamlProblem& problem) {
  if (problem.line == 0) return fmt::format("{}: {}", file, problem.text);
  return fmt::format("{}:{}:{}: {}", file, problem.line, problem.column, problem.text);
}

void AddProblem(YamlProblems& problems, const YAML::Node& at, std::string text) {
  const YAML::Mark mark = at.Mark();
  if (mark.is_null()) return Add(problems, 0, 0, std::move(text));
  Add(problems, mark.line + 1, mark.column + 1, std::move(text));
}

std::optional<YAML::Node> LoadStrictYaml(std::string_view text, YamlProblems& problems) {
  if (!CheckBytes(text, problems)) return std::nullopt;
  try {
    const std::string whole(text);
    if (const auto second = SecondDocument(whole)) {
      Add(problems, second->line + 1, second->column + 1, "a second document: a file has one");
      return std::nullopt;
    }
    const YAML::Node document = YAML::Load(whole);
    if (KindOf(document) == YamlKind::kNull) {
      Add(problems, 0, 0, "empty");
      return std::nullopt;
    }
    return document;
  } catch (const YAML::Exception& error) {
    const bool somewhere = !error.mark.is_null();
    Add(problems, somewhere ? error.mark.line + 1 : 0, somewhere ? error.mark.column + 1 : 0,
        "no YAML: " + SafeLine(YamlWords(error)));
  } catch (const std::exception& error) {
    Add(problems, 0, 0, "no YAML");
  }
  return std::nullopt;
}

std::vector<YamlEntry> ReadEntries(const YAML::Node& node, std::string_view what,
                                   YamlProblems& problems) {
  std::vector<YamlEntry> entries;
  if (const YamlKind kind = KindOf(node); kind != YamlKind::kMap) {
    AddProblem(problems, node,
               fmt::format("{}: a mapping is wanted, not a{} {}", what,
                           kind == YamlKind::kSequence ? "n" : "", JsonName(kind)));
    return entries;
  }
  std::map<std::string, int> seen;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      AddProblem(problems, entry.first, fmt::format("{}: a key must be a word", what));
      continue;
    }
    const int line = entry.first.Mark().line + 1;
    const auto [before, is_new] = seen.emplace(entry.first.Scalar(), line);
    if (!is_new) {
      AddProblem(problems, entry.first,
                 fmt::format("{}: \"{}\" is given twice, first in line {}", what,
                             Shown(entry.first.Scalar()), before->second));
      continue;
    }
    if (KindOf(entry.second) == YamlKind::kNull) {
      AddProblem(problems, entry.first,
                 fmt::format("{}: \"{}\" has no value", what, Shown(entry.first.Scalar())));
      continue;
    }
    entries.push_back({entry.first.Scalar(), entry.first, entry.second, line});
  }
  return entries;
}

void RefuseKey(const YamlEntry& entry, std::string_view what,
               const std::vector<std::string_view>& known, YamlProblems& problems) {
  std::string like = entry.key;
  std::replace(like.begin(), like.end(), '-', '_');
  const bool hint = std::find(known.begin(), known.end(), like) != known.end();
  AddProblem(problems, entry.key_node,
             fmt::format("{}: unknown key \"{}\"{}", what, Shown(entry.key),
                         hint ? fmt::format("; did you mean {}?", like) : ""));
}

std::optional<std::string> ReadText(const YAML::Node& node, std::string_view what,
                                    YamlProblems& problems) {
  const YamlKind kind = KindOf(node);
  if (kind != YamlKind::kString && kind != YamlKind::kBool && kind != YamlKind::kNumber) {
    AddProblem(problems, node, fmt::format("{}: a text is wanted, not {}", what, JsonName(kind)));
    return std::nullopt;
  }
  if (node.Scalar().size() > kMaxYamlTextBytes) {
    AddProblem(problems, node, fmt::format("{}: longer than {} bytes", what, kMaxYamlTextBytes));
    return std::nullopt;
  }
  return node.Scalar();
}

std::optional<bool> ReadBool(const YAML::Node& node, std::string_view what,
                             YamlProblems& problems) {
  if (KindOf(node) != YamlKind::kBool) {
    AddProblem(problems, node, fmt::format("{}: must be true or false", what));
    return std::nullopt;
  }
  return YamlBool(node.Scalar());
}

std::optional<std::vector<std::string>> ReadTexts(const YAML::Node& node, std::string_view what,
                                                  bool single, YamlProblems& problems) {
  std::vector<std::string> texts;
  if (KindOf(node) != YamlKind::kSequence) {
    if (!single) {
      AddProblem(problems, node, fmt::format("{}: a list is wanted", what));
      return std::nullopt;
    }
    auto text = ReadText(node, what, problems);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
    return texts;
  }
  if (node.size() == 0 || node.size() > kMaxYamlTexts) {
    AddProblem(problems, node, fmt::format("{}: a list of 1 to {} is wanted", what, kMaxYamlTexts));
    return std::nullopt;
  }
  for (const auto& item : node) {
    auto text = ReadText(item, what, problems);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
  }
  return texts;
}

}  // namespace secure_exec
