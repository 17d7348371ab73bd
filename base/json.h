// Reading JSON that a server or a file may have made up: what is missing or of another type is
// empty, never an exception.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace secure_exec {

// `text` as JSON without exceptions: discarded if it is none, or has a value inside more than
// `levels` arrays and objects. What is deeper takes no memory on the way.
inline nlohmann::json ParseJson(std::string_view text, int levels) {
  bool too_deep = false;
  auto json = nlohmann::json::parse(
      text,
      [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        too_deep = too_deep || depth > levels;
        return !too_deep;
      },
      /*allow_exceptions=*/false);
  if (too_deep) return nlohmann::json::value_t::discarded;
  return json;
}

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

// Deeper than what anybody writes, and far from what a stack holds.
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
