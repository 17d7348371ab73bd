// docs/schema and the parser say the same: the same keys, the same words; and what the one takes of
// the examples and of many mistakes, the other takes too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "plugin/kubeconfig/yaml_scalar.h"
#include "plugin/policy/policy_file.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

std::string ReadDocument(const std::string& name) {
  std::ifstream file(std::string(SECURE_EXEC_DOCS) + "/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Json Schema(const std::string& name) { return Json::parse(ReadDocument("schema/" + name)); }

std::set<std::string> KeysOf(const Json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

std::set<std::string> SettingKeys(bool config) {
  std::set<std::string> keys;
  for (const SettingEntry& entry : SettingTable()) {
    if (!config || entry.files == SettingEntry::Files::kBoth) keys.insert(entry.key);
  }
  return keys;
}

// As much of JSON Schema as ours use; a keyword that is not known here fails the test.
class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  bool Takes(const Json& value) { return Takes(root_, value); }

 private:
  bool Takes(const Json& schema, const Json& value) {
    return std::all_of(schema.items().begin(), schema.items().end(), [&](const auto& keyword) {
      return Holds(schema, keyword.key(), keyword.value(), value);
    });
  }

  static bool IsOf(const std::string& type, const Json& value) {
    return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
           (type == "integer" && value.is_number_integer()) ||
           (type == "number" && value.is_number()) || (type == "null" && value.is_null());
  }

  bool Holds(const Json& schema, const std::string& keyword, const Json& wanted,
             const Json& value) {
    if (keyword == "description" || keyword == "title" || keyword[0] == '$') {
      if (keyword != "$ref") return true;
      const std::string name = wanted.get<std::string>().substr(std::string("#/$defs/").size());
      return Takes(root_.at("$defs").at(name), value);
    }
    if (keyword == "type") {
      if (wanted.is_string()) return IsOf(wanted, value);
      return std::any_of(wanted.begin(), wanted.end(),
                         [&](const Json& type) { return IsOf(type, value); });
    }
    if (keyword == "enum") return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
    if (keyword == "oneOf") {
      return std::count_if(wanted.begin(), wanted.end(),
                           [&](const Json& each) { return Takes(each, value); }) == 1;
    }
    if (keyword == "properties") {
      if (!value.is_object()) return true;
      return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& each) {
        return !value.contains(each.key()) || Takes(each.value(), value.at(each.key()));
      });
    }
    if (keyword == "additionalProperties") {
      EXPECT_EQ(wanted, false);
      if (!value.is_object()) return true;
      return std::all_of(value.items().begin(), value.items().end(), [&](const auto& each) {
        return schema.at("properties").contains(each.key());
      });
    }
    if (keyword == "required") {
      return std::all_of(wanted.begin(), wanted.end(), [&](const Json& key) {
        return value.is_object() && value.contains(key.get<std::string>());
      });
    }
    if (keyword == "items") {
      return !value.is_array() || std::all_of(value.begin(), value.end(), [&](const Json& item) {
        return Takes(wanted, item);
      });
    }
    if (keyword == "minItems") return !value.is_array() || value.size() >= wanted.get<size_t>();
    if (keyword == "maxItems") return !value.is_array() || value.size() <= wanted.get<size_t>();
    if (keyword == "minProperties") {
      return !value.is_object() || value.size() >= wanted.get<size_t>();
    }
    if (keyword == "pattern") {
      return !value.is_string() ||
             RE2::PartialMatch(value.get<std::string>(), RE2(wanted.get<std::string>()));
    }
    if (keyword == "minLength" || keyword == "maxLength") {
      if (!value.is_string()) return true;
      const size_t size = value.get<std::string>().size();  // ASCII here
      return keyword == "minLength" ? size >= wanted.get<size_t>() : size <= wanted.get<size_t>();
    }
    if (keyword == "minimum") return !value.is_number() || value >= wanted;
    if (keyword == "maximum") return !value.is_number() || value <= wanted;
    ADD_FAILURE() << "keyword " << keyword;
    return false;
  }

  const Json& root_;
};

// As a schema's user would load it: `off` is a word, as in YAML 1.2.
Json ToJson(const YAML::Node& node) {
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& item : node) list.push_back(ToJson(item));
    return list;
  }
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = ToJson(entry.second);
    return object;
  }
  if (node.IsNull()) return nullptr;
  const std::string& text = node.Scalar();
  if (node.Tag() == "?" && (text == "true" || text == "false")) return text == "true";
  if (node.Tag() == "?" && KindOf(node) == YamlKind::kNumber) {
    Json number = Json::parse(text, nullptr, false);
    if (number.is_number()) return number;
  }
  return text;
}

bool ParserTakes(const std::string& text, bool config) {
  YamlProblems problems;
  if (config) {
    (void)ParseConfig(text, "x", problems);
  } else {
    (void)ParsePolicy(text, "x", problems);
  }
  return problems.empty();
}

TEST(Schema, ThePolicysKeysAreTheParsers) {
  const Json schema = Schema("policy.schema.json");
  EXPECT_EQ(KeysOf(schema["$defs"]["settings"]["properties"]), SettingKeys(false));
  EXPECT_EQ(KeysOf(schema["$defs"]["match"]["properties"]),
            std::set<std::string>(kMatchKeys.begin(), kMatchKeys.end()));
  EXPECT_EQ(KeysOf(schema["$defs"]["rule"]["properties"]),
            (std::set<std::string>{"name", "match", "set", "deny"}));
  EXPECT_EQ(KeysOf(schema["properties"]), (std::set<std::string>{"version", "audit", "rules"}));
  std::set<std::string> audit = SettingKeys(false);
  std::erase_if(audit, [](const std::string& key) { return !key.starts_with("audit_"); });
  EXPECT_EQ(KeysOf(schema["properties"]["audit"]["properties"]), audit);
}

TEST(Schema, TheUsersKeysAreTheParsers) {
  std::set<std::string> wanted = SettingKeys(true);
  wanted.insert("version");
  EXPECT_EQ(KeysOf(Schema("config.schema.json")["properties"]), wanted);
}

TEST(Schema, BothSayTheSameOfASetting) {
  const Json policy = Schema("policy.schema.json")["$defs"]["settings"]["properties"];
  const Json config = Schema("config.schema.json")["properties"];
  for (const std::string& key : SettingKeys(true)) EXPECT_EQ(policy[key], config[key]) << key;
}

TEST(Schema, EveryWordOfAnEnumIsTaken) {
  const Json settings = Schema("policy.schema.json")["$defs"]["settings"]["properties"];
  for (const auto& [key, value] : settings.items()) {
    if (!value.contains("enum")) continue;
    for (const std::string word : value["enum"]) {
      Options options;
      const std::string why = FindSetting(key)->set(options, {word});
      EXPECT_EQ(why, "") << key << " " << word;
    }
    Options options;
    EXPECT_NE(FindSetting(key)->set(options, {"nonsense"}), "") << key;
  }
}

TEST(Schema, TheExamplesAreTaken) {
  for (const std::string name : {"policy", "config"}) {
    const std::string text = ReadDocument("examples/" + name + ".yaml");
    EXPECT_TRUE(ParserTakes(text, name == "config")) << name;
    const Json schema = Schema(name + ".schema.json");
    EXPECT_TRUE(Validator(schema).Takes(ToJson(YAML::Load(text)))) << name;
  }
}

TEST(Schema, TheGuidesExamplesAreTaken) {
  const std::string guide = ReadDocument("policy.md");
  int found = 0;
  for (size_t at = guide.find("```yaml\n"); at != guide.npos; at = guide.find("```yaml\n", at)) {
    at += std::string("```yaml\n").size();
    const std::string text = guide.substr(at, guide.find("```", at) - at);
    const bool config = text.find("rules:") == text.npos;
    EXPECT_TRUE(ParserTakes(text, config)) << text;
    const Json schema = Schema(config ? "config.schema.json" : "policy.schema.json");
    EXPECT_TRUE(Validator(schema).Takes(ToJson(YAML::Load(text)))) << text;
    ++found;
  }
  EXPECT_GE(found, 2);
}

TEST(Schema, MistakesAreTakenByNeither) {
  const Json schema = Schema("policy.schema.json");
  const std::string rule = "version: 1\nrules:\n- name: r\n  ";
  const std::string mistakes[] = {
      "rules: []",
      "version: 1",
      "version: 2\nrules: []",
      "version: 1\nrules: {}",
      "version: 1\nrules: []\nmore: 1",
      "version: 1\naudit: {leash: kill}\nrules: []",
      "version: 1\naudit: {audit_required: 1}\nrules: []",
      "version: 1\nrules:\n- {}",
      "version: 1\nrules:\n- set: {leash: kill}",
      "version: 1\nrules:\n- name: ''\n  set: {leash: kill}",
      rule + "match: {pod: x}",
      rule + "set: {leash: kill}\n  deny: x",
      rule + "match: {}\n  set: {leash: kill}",
      rule + "match: {pod: []}\n  set: {leash: kill}",
      rule + "match: {pod: ''}\n  set: {leash: kill}",
      rule + "match: {node: x}\n  set: {leash: kill}",
      rule + "set: [leash]",
      rule + "set: {leash: kil}",
      rule + "set: {leash: [kill]}",
      rule + "set: {idle_timeout: 5}",
      rule + "set: {idle_timeout: -5m}",
      rule + "set: {idle_timeout: soon}",
      rule + "set: {record_limit: 1KiB}",
      rule + "set: {record_limit: -1}",
      rule + "set: {record: yes}",
      rule + "set: {record_stdout: echoed}",
      rule + "set: {anchor: 1}",
      rule + "set: {anchor_every: off}",
      rule + "set: {recipients: []}",
      rule + "set: {recipients: [ssh-ed25519]}",
      rule + "set: {store: here}",
      rule + "set: {store: \"/a/{pod}\"}",
      rule + "set: {on_end: /bin/true}",
      rule + "set: {on_end: []}",
      rule + "set: {confirm: true}",
      rule + "set: {reason: true}",
      rule + "set: {banner: [a]}",
      rule + "set: {idle-timeout: 5m}",
  };
  for (const std::string& text : mistakes) {
    EXPECT_FALSE(ParserTakes(text, false)) << text;
    EXPECT_FALSE(Validator(schema).Takes(ToJson(YAML::Load(text)))) << text;
  }
}

TEST(Schema, WhatIsRightIsTakenByBoth) {
  const Json schema = Schema("policy.schema.json");
  const std::string rule = "version: 1\nrules:\n- name: r\n  ";
  const std::string right[] = {
      "version: 1\nrules: []",
      rule + "deny: no",
      rule + "match: {pod: 7, namespace: [a, '*']}\n  set: {leash: off}",
      rule + "set: {idle_timeout: 0, max_duration: off, record_limit: 0}",
      rule + "set: {idle_timeout: 1h30m, record_limit: 1.5Gi, anchor_every: 90s}",
      rule + "set: {end_foreground_jobs: true, audit_required: false}",
      rule + "set: {store: \"{home}/x/{user}\", on_end: [/bin/x, 7]}",
      rule + "set: {}",
  };
  for (const std::string& text : right) {
    EXPECT_TRUE(ParserTakes(text, false)) << text;
    EXPECT_TRUE(Validator(schema).Takes(ToJson(YAML::Load(text)))) << text;
  }
}

}  // namespace
}  // namespace secure_exec
