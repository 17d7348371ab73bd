// One mapping of a YAML document, read as Go's decoder reads it into a struct: a field of another
// type than the struct's is an error, in Go's words; unknown fields are ignored; of a field given
// twice the last counts; null is as good as absent.
//
// The calls throw YamlError, and yaml-cpp's exceptions: whoever parses a document catches both.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/kubeconfig/yaml_scalar.h"

namespace secure_exec {

struct YamlError {
  std::string message;
};

// Why a document cannot be read: yaml-cpp's words, without the text of the document that it appends
// to some ("unknown escape character: x"): that could be a secret, or rewrite a terminal.
std::string YamlWords(const YAML::Exception& error);

// What Go's decoder calls it: "number", "array", "object".
std::string_view JsonName(YamlKind kind);

// Go's words for a document that is a `json_name` in place of an object with apiVersion and kind.
std::string NoVersionAndKind(std::string_view json_name);

class YamlMapping {
 public:
  // `path` is Go's name for it in messages: "Cluster.clusters.cluster". A null is an empty mapping.
  YamlMapping(const YAML::Node& node, std::string path, std::string_view go_type);

  // The last field of that name; nullopt if there is none, or null.
  std::optional<YAML::Node> Find(std::string_view name) const;
  std::string String(std::string_view name) const;
  bool Bool(std::string_view name) const;
  // Base64, in which Go allows line ends.
  std::string Data(std::string_view name) const;
  // A path, absolute. Empty stays empty.
  std::string Path(std::string_view name, const std::filesystem::path& directory) const;
  std::vector<std::string> Strings(std::string_view name) const;
  std::map<std::string, std::string> StringMap(std::string_view name) const;
  std::map<std::string, std::vector<std::string>> StringLists(std::string_view name) const;

  [[noreturn]] static void Mismatch(YamlKind kind, std::string_view where,
                                    std::string_view go_type);

 private:
  std::string Join(std::string_view name) const;
  // Each of the mapping's fields as `read` reads it.
  template <class Value>
  std::map<std::string, Value> Each(std::string_view name, std::string_view go_type,
                                    Value (YamlMapping::*read)(std::string_view) const) const;

  YAML::Node node_;
  std::string path_;
};

}  // namespace secure_exec
