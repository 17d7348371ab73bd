// Reading JSON that a server or a file may have made up: what is missing or of another type is
// empty, never an exception.
#pragma once

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

// No exceptions; invalid UTF-8 in strings is replaced.
inline std::string JsonDump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace secure_exec
