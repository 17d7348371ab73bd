#include "plugin/policy/policy_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <set>

#include "base/bytes.h"
#include "base/vt/safe_text.h"
#include "plugin/policy/glob.h"
#include "recorder/container/crypto.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxName = 64;

std::vector<std::string_view> SettingKeys(bool config) {
  std::vector<std::string_view> keys;
  for (const SettingEntry& entry : SettingTable()) {
    if (!config || entry.files == SettingEntry::Files::kBoth) keys.emplace_back(entry.key);
  }
  return keys;
}

std::optional<std::vector<std::string>> ReadValues(const SettingEntry& setting,
                                                   const YAML::Node& node, YamlProblems& problems) {
  using Shape = SettingEntry::Shape;
  if (setting.shape == Shape::kBool) {
    const auto value = ReadBool(node, setting.key, problems);
    if (!value) return std::nullopt;
    return std::vector<std::string>{*value ? "true" : "false"};
  }
  if (setting.shape == Shape::kText || setting.shape == Shape::kPlace) {
    auto value = ReadText(node, setting.key, problems);
    if (!value) return std::nullopt;
    return std::vector<std::string>{std::move(*value)};
  }
  return ReadTexts(node, setting.key, setting.shape == Shape::kTexts, problems);
}

// One setting; nothing where it is wrong.
void ReadSetting(const SettingEntry& setting, const YamlEntry& entry,
                 std::vector<FileSetting>& settings, YamlProblems& problems) {
  auto values = ReadValues(setting, entry.value, problems);
  if (!values) return;
  Options scratch;
  if (const std::string why = setting.set(scratch, *values); !why.empty()) {
    return AddProblem(problems, entry.value, fmt::format("{}: {}", setting.key, SafeLine(why)));
  }
  settings.push_back({&setting, std::move(*values), entry.line});
}

const FileSetting* Find(const std::vector<FileSetting>& settings, std::string_view key) {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const FileSetting& each) { return each.entry->key == key; });
  return found == settings.end() ? nullptr : &*found;
}

// As the flag does: who wants anchors on the way wants anchors.
void ImplyAnchor(const YAML::Node& node, std::vector<FileSetting>& settings,
                 YamlProblems& problems) {
  const FileSetting* every = Find(settings, "anchor_every");
  if (every == nullptr) return;
  const FileSetting* anchor = Find(settings, "anchor");
  if (anchor == nullptr) {
    settings.push_back({FindSetting("anchor"), {"true"}, every->line});
  } else if (anchor->values[0] != "true") {
    AddProblem(problems, node, "anchor_every: has no effect where anchor is false");
  }
}

std::vector<FileSetting> ReadSettings(const YAML::Node& node, YamlProblems& problems) {
  std::vector<FileSetting> settings;
  for (const YamlEntry& entry : ReadEntries(node, "set", problems)) {
    const SettingEntry* setting = FindSetting(entry.key);
    if (setting == nullptr) {
      RefuseKey(entry, "set", SettingKeys(false), problems);
    } else {
      ReadSetting(*setting, entry, settings, problems);
    }
  }
  ImplyAnchor(node, settings, problems);
  return settings;
}

// The sinks that hear of every session, one that is refused too.
std::vector<FileSetting> ReadAudit(const YAML::Node& node, YamlProblems& problems) {
  constexpr std::string_view kPrefix = "audit_";
  std::vector<FileSetting> settings;
  for (const YamlEntry& entry : ReadEntries(node, "audit", problems)) {
    const SettingEntry* setting = FindSetting(entry.key);
    if (setting == nullptr || !entry.key.starts_with(kPrefix)) {
      std::vector<std::string_view> keys = SettingKeys(false);
      std::erase_if(keys, [&](std::string_view key) { return !key.starts_with(kPrefix); });
      RefuseKey(entry, "audit", keys, problems);
    } else {
      ReadSetting(*setting, entry, settings, problems);
    }
  }
  return settings;
}

std::vector<Condition> ReadConditions(const YAML::Node& node, YamlProblems& problems) {
  std::vector<Condition> conditions;
  const size_t before = problems.size();
  const std::vector<YamlEntry> entries = ReadEntries(node, "match", problems);
  if (entries.empty() && problems.size() == before) {
    AddProblem(problems, node, "match: empty; leave it out to match every session");
  }
  for (const YamlEntry& entry : entries) {
    const auto key = std::find(kMatchKeys.begin(), kMatchKeys.end(), entry.key);
    if (key == kMatchKeys.end()) {
      RefuseKey(entry, "match", {kMatchKeys.begin(), kMatchKeys.end()}, problems);
      continue;
    }
    auto globs = ReadTexts(entry.value, entry.key, true, problems);
    if (!globs) continue;
    if (std::find(globs->begin(), globs->end(), "") != globs->end()) {
      AddProblem(problems, entry.value, fmt::format("{}: an empty glob matches nothing", *key));
      continue;
    }
    conditions.push_back(
        {static_cast<MatchKey>(key - kMatchKeys.begin()), std::move(*globs), entry.line});
  }
  return conditions;
}

void ReadName(const YamlEntry& entry, Rule& rule, YamlProblems& problems) {
  auto name = ReadText(entry.value, "name", problems);
  if (!name) return;
  if (name->empty() || name->size() > kMaxName || SafeLine(*name) != *name) {
    return AddProblem(problems, entry.value,
                      fmt::format("name: must be one line of 1 to {} bytes", kMaxName));
  }
  rule.name = std::move(*name);
}

Rule ReadRule(const YAML::Node& node, YamlProblems& problems) {
  Rule rule;
  rule.line = node.Mark().line + 1;
  const size_t before = problems.size();
  bool sets = false;
  for (const YamlEntry& entry : ReadEntries(node, "a rule", problems)) {
    if (entry.key == "name") {
      ReadName(entry, rule, problems);
    } else if (entry.key == "match") {
      rule.conditions = ReadConditions(entry.value, problems);
    } else if (entry.key == "set") {
      rule.settings = ReadSettings(entry.value, problems);
      sets = true;
    } else if (entry.key == "deny") {
      rule.deny = ReadText(entry.value, "deny", problems);
      rule.deny_line = entry.line;
    } else {
      RefuseKey(entry, "a rule", {"name", "match", "set", "deny"}, problems);
    }
  }
  if (problems.size() > before) return rule;
  if (rule.name.empty()) AddProblem(problems, node, "a rule: has no name");
  if (sets == rule.deny.has_value()) {
    AddProblem(problems, node, "a rule: has either set or deny");
  }
  return rule;
}

bool MatchesAll(const Rule& rule) {
  return std::all_of(rule.conditions.begin(), rule.conditions.end(), [](const Condition& each) {
    // A group or a name that the server does not tell matches nothing.
    return each.key <= MatchKey::kContainer &&
           std::any_of(each.globs.begin(), each.globs.end(), GlobMatchesAll);
  });
}

std::vector<Rule> ReadRules(const YAML::Node& node, YamlProblems& problems) {
  std::vector<Rule> rules;
  if (!node.IsSequence() || node.size() > kMaxRules) {
    AddProblem(problems, node, fmt::format("rules: a list of at most {} is wanted", kMaxRules));
    return rules;
  }
  std::set<std::string> names;
  std::string covered_by;  // a rule that matches everything
  for (const auto& item : node) {
    Rule rule = ReadRule(item, problems);
    if (!rule.name.empty() && !names.insert(rule.name).second) {
      AddProblem(problems, item, fmt::format("a rule: the name \"{}\" is given twice", rule.name));
    }
    if (!covered_by.empty()) {
      AddProblem(
          problems, item,
          fmt::format("a rule: is never reached, for \"{}\" matches every session", covered_by));
    } else if (MatchesAll(rule)) {
      covered_by = rule.name;
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

void ReadVersion(const YamlEntry& entry, YamlProblems& problems) {
  const auto version = ReadText(entry.value, "version", problems);
  if (version && *version != "1") {
    AddProblem(problems, entry.value, "version: must be 1, which is all that this program knows");
  }
}

// `read` for each entry of the document; exceptions of yaml-cpp end here.
template <class Read>
void ForEachEntry(std::string_view text, std::string_view what, YamlProblems& problems, Read read) {
  const auto document = LoadStrictYaml(text, problems);
  if (!document) return;
  try {
    for (const YamlEntry& entry : ReadEntries(*document, what, problems)) read(entry);
  } catch (const std::exception&) {
    AddProblem(problems, *document, fmt::format("{}: cannot be read", what));
  }
}

}  // namespace

Policy ParsePolicy(std::string_view text, const std::string& file, YamlProblems& problems) {
  Policy policy;
  policy.file = file;
  policy.sha256 = HexEncode(AsView(Sha256::Of(text)));
  bool version = false, rules = false;
  const size_t before = problems.size();
  ForEachEntry(text, "the policy", problems, [&](const YamlEntry& entry) {
    if (entry.key == "version") {
      ReadVersion(entry, problems);
      version = true;
    } else if (entry.key == "audit") {
      policy.audit = ReadAudit(entry.value, problems);
    } else if (entry.key == "rules") {
      policy.rules = ReadRules(entry.value, problems);
      rules = true;
    } else {
      RefuseKey(entry, "the policy", {"version", "audit", "rules"}, problems);
    }
  });
  // A file that lost its end or its contents must not read as one that binds nothing.
  if (problems.size() == before && !(version && rules)) {
    problems.push_back({0, 0,
                        version ? "has no rules: \"rules: []\" says that there are none"
                                : "has no version: it begins with \"version: 1\""});
  }
  return policy;
}

Config ParseConfig(std::string_view text, const std::string& file, YamlProblems& problems) {
  Config config;
  config.file = file;
  // Here nothing said is nothing wanted.
  if (text.find_first_not_of(" \t\r\n") == text.npos) return config;
  std::optional<YAML::Node> anchor_at;
  ForEachEntry(text, "the file", problems, [&](const YamlEntry& entry) {
    const SettingEntry* setting = FindSetting(entry.key);
    if (entry.key == "version") {
      ReadVersion(entry, problems);
    } else if (setting == nullptr) {
      RefuseKey(entry, "the file", SettingKeys(true), problems);
    } else if (setting->files != SettingEntry::Files::kBoth) {
      AddProblem(
          problems, entry.key_node,
          fmt::format("{}: is for a policy alone, not for a user's own settings", setting->key));
    } else {
      if (entry.key == "anchor_every") anchor_at.emplace(entry.key_node);
      ReadSetting(*setting, entry, config.settings, problems);
    }
  });
  if (anchor_at) ImplyAnchor(*anchor_at, config.settings, problems);
  return config;
}

}  // namespace secure_exec
