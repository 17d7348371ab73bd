#include "plugin/target/label_selector.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/json.h"
#include "plugin/api/status.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxRequirements = 100;
constexpr size_t kMaxValues = 1000;

// What a key or a value may hold; anything else could change what the selector means.
bool IsLabelText(std::string_view text, bool key) {
  const size_t limit = key ? 253 + 1 + 63 : 63;
  return text.size() <= limit && !(key && text.empty()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.' || (key && c == '/');
         });
}

std::string Encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = IsLabelText({&c, 1}, false);
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

// Requirements by their key, as kubectl orders them. `why` is set by what is none.
class Requirements {
 public:
  void AddEqual(const Json& labels) {
    if (labels.is_null()) return;
    if (!labels.is_object()) return Refuse("labels are no map");
    for (const auto& [key, value] : labels.items()) {
      if (!value.is_string()) return Refuse("a label's value is no string");
      Add(key, {value.get<std::string>()}, "=");
    }
  }

  void AddExpressions(const Json& expressions) {
    if (expressions.is_null()) return;
    if (!expressions.is_array()) return Refuse("matchExpressions is no list");
    for (const Json& expression : expressions) {
      const std::string key = JsonText(expression, "key");
      const std::string op = JsonText(expression, "operator");
      const auto values = Values(JsonMember(expression, "values"));
      const bool wants_values = op == "In" || op == "NotIn";
      if (!wants_values && op != "Exists" && op != "DoesNotExist")
        return Refuse(fmt::format("\"{}\" is not a valid label selector operator", op));
      if (wants_values == values.empty())
        return Refuse(fmt::format("values of {}: {}", key,
                                  wants_values
                                      ? "for 'in', 'notin' operators, values set can't be empty"
                                      : "values set must be empty for exists and does not exist"));
      Add(key, values, op);
    }
  }

  const std::string& why() const { return why_; }

  std::string Text() const {
    std::string text;
    for (const auto& [key, requirement] : by_key_) {
      if (!text.empty()) text += ',';
      text += requirement;
    }
    return text;
  }

 private:
  void Refuse(const std::string& why) {
    if (why_.empty()) why_ = why;
  }

  std::vector<std::string> Values(const Json& list) {
    std::vector<std::string> values;
    if (list.is_null()) return values;
    if (!list.is_array() || list.size() > kMaxValues) {
      Refuse("values are no list of strings");
      return values;
    }
    for (const Json& value : list) {
      if (!value.is_string()) Refuse("values are no list of strings");
      values.push_back(value.is_string() ? value.get<std::string>() : "");
    }
    std::sort(values.begin(), values.end());
    return values;
  }

  void Add(const std::string& key, const std::vector<std::string>& values, std::string_view op) {
    if (by_key_.size() >= kMaxRequirements) return Refuse("too many requirements");
    if (!IsLabelText(key, true)) return Refuse(fmt::format("key: Invalid value: \"{}\"", key));
    for (const std::string& value : values) {
      if (!IsLabelText(value, false))
        return Refuse(fmt::format("values[{}]: Invalid value: \"{}\"", key, value));
    }
    const std::string joined = fmt::format("{}", fmt::join(values, ","));
    std::string text = key;
    if (op == "=") text += "=" + joined;
    if (op == "In") text += " in (" + joined + ")";
    if (op == "NotIn") text += " notin (" + joined + ")";
    if (op == "DoesNotExist") text = "!" + key;
    by_key_.emplace(key, text);
  }

  std::multimap<std::string, std::string> by_key_;
  std::string why_;
};

// The types of old API versions that kubectl still knows are among these.
bool HasLabelSelector(const ApiResource& resource) {
  if (resource.Is("batch", "Job")) return resource.version == "v1";
  for (const char* kind : {"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"}) {
    if (resource.Is("apps", kind) || resource.Is("extensions", kind)) return true;
  }
  return false;
}

}  // namespace

Result<std::string> SelectorOf(const Json& object, const ApiResource& resource) {
  const std::string type = SafeForTerminal(GoTypeName(resource));
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorKind::kServer, "cannot attach to {}: {}", type, SafeForTerminal(why));
  };
  const Json& selector = JsonMember(JsonMember(object, "spec"), "selector");
  Requirements requirements;
  const bool service = resource.Is("", "Service");
  if (service || resource.Is("", "ReplicationController")) {
    if (service && (selector.is_null() || selector.empty()))
      return refuse(fmt::format("invalid service '{}': Service is defined without a selector",
                                JsonText(JsonMember(object, "metadata"), "name")));
    requirements.AddEqual(selector);
  } else if (HasLabelSelector(resource)) {
    if (!selector.is_null() && !selector.is_object())
      return refuse("invalid label selector: no map");
    requirements.AddEqual(JsonMember(selector, "matchLabels"));
    requirements.AddExpressions(JsonMember(selector, "matchExpressions"));
  } else {
    return refuse(fmt::format("selector for {} not implemented", type));
  }
  if (!requirements.why().empty()) return refuse("invalid label selector: " + requirements.why());
  const std::string text = requirements.Text();
  if (text.empty())
    return refuse(
        "it has no selector, so that any pod of the namespace would be taken; name the pod");
  return Encode(text);
}

}  // namespace secure_exec
