// Reading JSON that a server or a file may have made up: what is missing or of another type is
// empty, never an exception.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace secure_exec {

// The member, or a null where `object` is no object or has none.
inline const nlohmann::json& JsonMember(const nlohmann::json& object, const char* key) {
  static const nlohmann::json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found != object.end() ? *found : null;
}

inline std::string JsonText(const nlohmann::json& object, const char* key) {
  const nlohmann::json& member = JsonMember(object, key);
  return member.is_string() ? member.get<std::string>() : "";
}

// Deeper than anything that Kubernetes stores, and far from what a stack holds.
inline constexpr int kMaxJsonDepth = 500;

// Whether arrays and objects are in each other more than `levels` deep.
inline bool NestsDeeper(const nlohmann::json& json, int levels) {
  if (!json.is_structured()) return false;
  if (levels == 0) return true;
  return std::any_of(json.begin(), json.end(),
                     [&](const nlohmann::json& item) { return NestsDeeper(item, levels - 1); });
}

// No exceptions; invalid UTF-8 in strings is replaced. Empty, which JSON never is: it nests deeper
// than kMaxJsonDepth. nlohmann's parser takes any depth, its writer recurses.
inline std::string JsonDump(const nlohmann::json& json) {
  if (NestsDeeper(json, kMaxJsonDepth)) return "";
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace secure_exec
