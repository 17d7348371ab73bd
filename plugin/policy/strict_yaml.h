// YAML for files that must say what they mean: config.yaml and policy.yaml. Unlike a kubeconfig
// (plugin/kubeconfig/yaml_mapping.h), which is read as Go reads it, here an unknown key, a key
// given twice, a value of another type and a second document are errors, each with its line and
// column, and all of them are told at once.
//
// Hostile documents: at most kMaxBytes; UTF-8 without control characters (yaml-cpp takes a U+0004
// for the end of the file and would drop what follows); nesting as deep as yaml-cpp takes (500
// levels). Callers look only as deep as they expect, so that aliases cannot grow or go round.
#pragma once

#include <yaml-cpp/node/node.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secure_exec {

struct YamlProblem {
  int line = 0, column = 0;  // from 1; 0: the file as a whole
  std::string text;          // safe to show
};
using YamlProblems = std::vector<YamlProblem>;

inline constexpr size_t kMaxStrictYamlBytes = 256 << 10;
inline constexpr size_t kMaxYamlTextBytes = 4096;
inline constexpr size_t kMaxYamlTexts = 256;

// "FILE:LINE:COLUMN: TEXT"
std::string ProblemText(const std::string& file, const YamlProblem& problem);
void AddProblem(YamlProblems& problems, const YAML::Node& at, std::string text);

// The one document of `text`; nullopt, and why in `problems`, if there is none.
std::optional<YAML::Node> LoadStrictYaml(std::string_view text, YamlProblems& problems);

struct YamlEntry {
  std::string key;
  YAML::Node key_node, value;
  int line = 0;  // the key's
};
// The entries of a mapping in their order. What is no mapping gives none and a problem that calls
// it `what`; a key given twice counts once, and is
// a problem, as is one without a value.
std::vector<YamlEntry> ReadEntries(const YAML::Node& node, std::string_view what,
                                   YamlProblems& problems);
// The problem of a key that nobody knows; `known` is for a hint where it looks like one of them.
void RefuseKey(const YamlEntry& entry, std::string_view what,
               const std::vector<std::string_view>& known, YamlProblems& problems);

// A scalar's text: a word, a number or a boolean as it is written ("off").
std::optional<std::string> ReadText(const YAML::Node& node, std::string_view what,
                                    YamlProblems& problems);
std::optional<bool> ReadBool(const YAML::Node& node, std::string_view what, YamlProblems& problems);
// A list of scalars that has one at least, or, where `single` allows it, one scalar.
std::optional<std::vector<std::string>> ReadTexts(const YAML::Node& node, std::string_view what,
                                                  bool single, YamlProblems& problems);

}  // namespace secure_exec
