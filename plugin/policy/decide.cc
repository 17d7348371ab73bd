#include "plugin/policy/decide.h"

#include <re2/re2.h>

#include <algorithm>
#include <string_view>

#include "base/vt/safe_text.h"
#include "recorder/store/store.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxRecordedValue = 512;

void ReplaceAll(std::string& text, std::string_view what, const std::string& with) {
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

class Decider {
 public:
  Decider(const Options& options, const Rules& rules, const Facts& facts)
      : rules_(rules), facts_(facts) {
    out_.options = options;
  }

  Decision Run() {
    NoteFlags();
    for (const FileSetting& setting : rules_.config.settings) ApplyDefault(setting);
    if (rules_.policy) ApplyPolicy(*rules_.policy);
    CheckRecording();
    if (const std::string why = ReasonMismatch(out_.options); !why.empty()) {
      Refuse(fmt::format("{}--reason {}", Where("reason_pattern"), why));
    }
    return std::move(out_);
  }

 private:
  bool Given(std::string_view flag) const {
    const auto& given = out_.options.given;
    return !flag.empty() && std::find(given.begin(), given.end(), flag) != given.end();
  }
  bool GivenFor(const SettingEntry& entry) const {
    return Given(entry.flag) || (std::string_view(entry.key) == "anchor" && Given("anchor-every"));
  }

  // The first refusal is the one that is told.
  void Refuse(std::string text, ErrorKind kind = ErrorKind::kPolicy) {
    if (!out_.refusal) out_.refusal = Error{kind, std::move(text)};
  }
  // "FILE:LINE: rule "NAME": " of the rule's setting, or "".
  std::string Where(std::string_view key) const {
    if (rule_ == nullptr) return "";
    for (const FileSetting& each : rule_->settings) {
      if (each.entry->key == key) {
        return fmt::format("{}:{}: rule \"{}\": ", rules_.policy->file, each.line, rule_->name);
      }
    }
    return "";
  }

  void Note(const SettingEntry& entry, std::string source) {
    std::string value = entry.text(out_.options);
    for (SettingSource& each : out_.sources) {
      if (each.key != entry.key) continue;
      each.value = std::move(value);
      each.source = std::move(source);
      return;
    }
    out_.sources.push_back({entry.key, std::move(value), std::move(source)});
  }

  void NoteFlags() {
    for (const SettingEntry& entry : SettingTable()) {
      if (GivenFor(entry)) Note(entry, fmt::format("--{}", entry.flag));
    }
  }

  // Options with nothing but this setting; nullopt where it cannot be used for this user.
  std::optional<Options> Alone(const FileSetting& setting, const std::string& file) {
    std::vector<std::string> values = setting.values;
    for (std::string& value : values) {
      if (setting.entry->shape == SettingEntry::Shape::kPlace && !Fill(value)) {
        Refuse(fmt::format("{}:{}: {}: this account has no name or home directory", file,
                           setting.line, setting.entry->key),
               ErrorKind::kConfig);
        return std::nullopt;
      }
    }
    Options alone;
    // It was tried when the file was read; a value that was filled in can still fail.
    if (const std::string why = setting.entry->set(alone, values); !why.empty()) {
      Refuse(fmt::format("{}:{}: {}: {}", file, setting.line, setting.entry->key, SafeLine(why)),
             ErrorKind::kConfig);
      return std::nullopt;
    }
    return alone;
  }

  // {user} becomes one file name, so that it cannot lead elsewhere.
  bool Fill(std::string& value) const {
    const bool user = value.find("{user}") != value.npos;
    const bool home = value.find("{home}") != value.npos;
    if ((user && facts_.local_user.empty()) || (home && !facts_.home.starts_with('/')))
      return false;
    if (user) ReplaceAll(value, "{user}", SafeName(facts_.local_user));
    if (home) ReplaceAll(value, "{home}", facts_.home);
    return true;
  }

  void ApplyDefault(const FileSetting& setting) {
    if (GivenFor(*setting.entry)) return;
    const auto alone = Alone(setting, rules_.config.file);
    if (!alone) return;
    setting.entry->copy(*alone, out_.options);
    configured_.push_back(setting.entry);
    Note(*setting.entry, fmt::format("{}:{}", rules_.config.file, setting.line));
  }

  void ApplyPolicy(const Policy& policy) {
    out_.policy = BoundPolicy{.file = policy.file, .sha256 = policy.sha256};
    // Before anything can refuse the session, for they are to hear of that.
    for (const FileSetting& setting : policy.audit) Bind(setting, policy);
    Matcher matcher(facts_);
    const auto rule = matcher.First(policy);
    out_.identity = matcher.identity();
    if (!rule) {
      out_.refusal = rule.error();
      return;
    }
    rule_ = *rule;
    if (rule_ == nullptr) return;
    out_.policy->rule = rule_->name;
    out_.policy->line = rule_->line;
    if (rule_->deny) {
      return Refuse(fmt::format("{}:{}: rule \"{}\" refuses the session: {}", policy.file,
                                rule_->deny_line, rule_->name, SafeLine(*rule_->deny)));
    }
    for (const FileSetting& setting : rule_->settings) Bind(setting, policy);
    for (const FileSetting& setting : rule_->settings) {
      std::string value = setting.entry->text(out_.options);
      if (value.size() > kMaxRecordedValue) value.resize(kMaxRecordedValue);
      out_.policy->settings.emplace_back(setting.entry->key, std::move(value));
    }
  }

  void Bind(const FileSetting& setting, const Policy& policy) {
    const SettingEntry& entry = *setting.entry;
    const auto bound = Alone(setting, policy.file);
    if (!bound) return;
    const std::string who =
        rule_ != nullptr ? fmt::format("rule \"{}\"", rule_->name) : std::string("audit");
    const std::string where = fmt::format("{}:{}, {}", policy.file, setting.line, who);
    const bool adds = entry.shape == SettingEntry::Shape::kTexts;
    const bool chosen = GivenFor(entry) || std::find(configured_.begin(), configured_.end(),
                                                     &entry) != configured_.end();
    if (chosen && !adds && !entry.loosens(out_.options, *bound)) {
      // As the rule has it, or stricter.
      if (entry.text(out_.options) == entry.text(*bound)) return Note(entry, where);
      for (SettingSource& each : out_.sources) {
        if (each.key == entry.key) each.source += fmt::format(", stricter than {}", where);
      }
      return;
    }
    if (GivenFor(entry) && !adds) {
      Refuse(fmt::format("{}:{}: {} sets {} to {}, and --{} {} loosens that: leave the flag out",
                         policy.file, setting.line, who, entry.key, SafeLine(entry.text(*bound)),
                         FlagFor(entry), ShownFlag(entry)));
    }
    entry.copy(*bound, out_.options);
    Note(entry, where);
  }

  std::string_view FlagFor(const SettingEntry& entry) const {
    return Given(entry.flag) ? entry.flag : "anchor-every";
  }
  std::string ShownFlag(const SettingEntry& entry) const {
    const std::string text = entry.text(out_.options);
    return text.empty() ? "(its default)" : text;
  }

  // Promise 2: unrecorded where the policy allows it and the user asked for it.
  void CheckRecording() {
    Options& options = out_.options;
    if (!options.no_record) return CheckWeakened();
    if (!options.record_required) {
      // What would be kept of it, and where, has no subject.
      options.anchor = false;
      options.anchor_every_ns = 0;
      options.on_end.clear();
      return;
    }
    const std::string where = Where("record");
    Refuse(fmt::format("{}--no-record: {}: leave it out", where,
                       !where.empty()     ? "the session must be recorded"
                       : rule_ != nullptr ? fmt::format("rule \"{}\" of {} does not allow it",
                                                        rule_->name, rules_.policy->file)
                       : rules_.policy.has_value()
                           ? fmt::format("no rule of {} allows it", rules_.policy->file)
                           : std::string("only a policy can allow it, and there is none")));
  }

  // Where the rule says that there is a recording, flags and config.yaml leave no hole in it.
  void CheckWeakened() {
    const Options& options = out_.options;
    if (Where("record").empty() || !options.record_required) return;
    for (const auto& [key, channel] : {std::pair("record_stdout", Channel::kStdout),
                                       std::pair("record_stderr", Channel::kStderr)}) {
      const auto& mode = options.record[static_cast<int>(channel)];
      if (mode.value_or(RecordMode::kAll) == RecordMode::kAll || !Where(key).empty()) continue;
      Refuse(fmt::format("{}{}: {}: the session must be recorded: leave it out", Where("record"),
                         key, RecordModeName(*mode)));
    }
    if (options.record_limit < Options().record_limit && Where("record_limit").empty()) {
      Refuse(fmt::format("{}record_limit: {} bytes: the session must be recorded: leave it out",
                         Where("record"), options.record_limit));
    }
  }

  const Rules& rules_;
  const Facts& facts_;
  const Rule* rule_ = nullptr;
  std::vector<const SettingEntry*> configured_;  // by config.yaml
  Decision out_;
};

}  // namespace

Decision Decide(const Options& options, const Rules& rules, const Facts& facts) {
  return Decider(options, rules, facts).Run();
}

std::string ReasonMismatch(const Options& options) {
  if (options.reason.empty() || options.reason_pattern.empty()) return "";
  if (RE2::PartialMatch(options.reason, RE2(options.reason_pattern, RE2::Quiet))) return "";
  return fmt::format(
      "is not of the form that is wanted: {}",
      SafeLine(options.reason_hint.empty() ? options.reason_pattern : options.reason_hint));
}

}  // namespace secure_exec
