#include "plugin/kubeconfig/yaml_mapping.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"

namespace secure_exec {

std::string YamlWords(const YAML::Exception& error) {
  return error.msg.substr(0, error.msg.find(": "));
}

std::string_view JsonName(YamlKind kind) {
  switch (kind) {
    case YamlKind::kNull:
      return "null";
    case YamlKind::kBool:
      return "bool";
    case YamlKind::kNumber:
      return "number";
    case YamlKind::kString:
      return "string";
    case YamlKind::kSequence:
      return "array";
    case YamlKind::kMap:
      return "object";
    case YamlKind::kForeign:
      break;
  }
  return "value with a tag of its own";
}

std::string NoVersionAndKind(std::string_view json_name) {
  return fmt::format(
      "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of "
      "type "
      "struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
      "\"json:\\\"kind,omitempty\\\"\" }}",
      json_name);
}

YamlMapping::YamlMapping(const YAML::Node& node, std::string path, std::string_view go_type)
    : node_(node), path_(std::move(path)) {
  const YamlKind kind = KindOf(node);
  if (kind == YamlKind::kMap) {
    for (const auto& entry : node_) {
      if (entry.first.IsScalar() && entry.first.Scalar() == "<<" && entry.first.Tag() != "!") {
        throw YamlError{"yaml: merge keys (<<) are not supported: write the fields out"};
      }
    }
  } else if (kind != YamlKind::kNull) {
    Mismatch(kind, path_, go_type);
  }
}

std::optional<YAML::Node> YamlMapping::Find(std::string_view name) const {
  std::optional<YAML::Node> found;
  if (!node_.IsMap()) return found;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar() || entry.first.Scalar() != name) continue;
    found.reset();
    if (KindOf(entry.second) != YamlKind::kNull) found.emplace(entry.second);
  }
  return found;
}

std::string YamlMapping::String(std::string_view name) const {
  const auto node = Find(name);
  if (!node) return {};
  if (const YamlKind kind = KindOf(*node); kind != YamlKind::kString) {
    Mismatch(kind, Join(name), "string");
  }
  return node->Scalar();
}

bool YamlMapping::Bool(std::string_view name) const {
  const auto node = Find(name);
  if (!node) return false;
  if (const YamlKind kind = KindOf(*node); kind != YamlKind::kBool) {
    Mismatch(kind, Join(name), "bool");
  }
  return *YamlBool(node->Scalar());
}

std::string YamlMapping::Data(std::string_view name) const {
  const std::string text = String(name);
  std::string packed = text;
  std::erase_if(packed, [](char c) { return c == '\n' || c == '\r'; });
  std::string bytes;
  if (Base64DecodeAppend(packed, bytes)) return bytes;
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n";
  throw YamlError{fmt::format("illegal base64 data at input byte {} of {}",
                              std::min(text.find_first_not_of(kAlphabet), text.size()),
                              Join(name))};
}

std::string YamlMapping::Path(std::string_view name, const std::filesystem::path& directory) const {
  const std::string path = String(name);
  return path.empty() ? path : (directory / path).lexically_normal().string();
}

std::vector<std::string> YamlMapping::Strings(std::string_view name) const {
  std::vector<std::string> strings;
  const auto node = Find(name);
  if (!node) return strings;
  if (const YamlKind kind = KindOf(*node); kind != YamlKind::kSequence) {
    Mismatch(kind, Join(name), "[]string");
  }
  for (const auto& item : *node) {
    const YamlKind kind = KindOf(item);
    if (kind != YamlKind::kString && kind != YamlKind::kNull) {
      Mismatch(kind, Join(name), "string");
    }
    strings.push_back(kind == YamlKind::kNull ? "" : item.Scalar());
  }
  return strings;
}

template <class Value>
std::map<std::string, Value> YamlMapping::Each(std::string_view name, std::string_view go_type,
                                               Value (YamlMapping::*read)(std::string_view)
                                                   const) const {
  std::map<std::string, Value> values;
  const auto node = Find(name);
  if (!node) return values;
  const YamlMapping fields(*node, Join(name), go_type);
  for (const auto& entry : *node) {
    if (!entry.first.IsScalar()) throw YamlError{"yaml: invalid map key"};
    values[entry.first.Scalar()] = (fields.*read)(entry.first.Scalar());
  }
  return values;
}

std::map<std::string, std::string> YamlMapping::StringMap(std::string_view name) const {
  return Each(name, "map[string]string", &YamlMapping::String);
}

std::map<std::string, std::vector<std::string>> YamlMapping::StringLists(
    std::string_view name) const {
  return Each(name, "map[string][]string", &YamlMapping::Strings);
}

void YamlMapping::Mismatch(YamlKind kind, std::string_view where, std::string_view go_type) {
  throw YamlError{fmt::format("json: cannot unmarshal {} into Go struct field {} of type {}",
                              JsonName(kind), where, go_type)};
}

std::string YamlMapping::Join(std::string_view name) const {
  return fmt::format("{}.{}", path_, name);
}

}  // namespace secure_exec
