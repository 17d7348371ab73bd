// What a YAML value is to kubectl. Go's decoder resolves plain scalars by YAML 1.1 (with `y` and
// `on` as booleans) and refuses a boolean or a number where a string is wanted; yaml-cpp gives the
// text alone. The rules are those of go-yaml v2's resolve.go.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string_view>

namespace secure_exec {

// kForeign: a tag that is not one of JSON's types (!!binary, !custom).
enum class YamlKind { kNull, kBool, kNumber, kString, kSequence, kMap, kForeign };

YamlKind KindOf(const YAML::Node& node);

// y, yes, on, true, n, no, off, false in their three spellings.
std::optional<bool> YamlBool(std::string_view plain);

}  // namespace secure_exec
