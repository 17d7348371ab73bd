#include "plugin/policy/settings.h"

#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/clock.h"
#include "base/go_duration.h"
#include "base/vt/safe_text.h"
#include "plugin/options_table.h"

namespace secure_exec {
namespace {

using Values = std::vector<std::string>;
using Shape = SettingEntry::Shape;
using Files = SettingEntry::Files;

constexpr int64_t kMaxOnEndNs = 10 * 60 * kSecond;
constexpr size_t kMaxHint = 200;
constexpr int64_t kMaxPatternMemory = 1 << 20;

// ---- setting -------------------------------------------------------------------------------

std::string SetByFlag(std::string_view flag, Options& options, const std::string& value) {
  for (const FlagEntry& entry : FlagTable()) {
    const std::string_view declared = entry.declared;
    if (declared.substr(0, declared.find(',')) != flag) continue;
    CommandLine line;
    line.options = std::move(options);
    std::string why = entry.set(line, value);
    options = std::move(line.options);
    return why;
  }
  return "has no flag";
}

template <size_t N>
struct Name {
  constexpr Name(const char (&text)[N]) { std::copy_n(text, N, chars); }
  char chars[N];
};

template <Name flag>
std::string ByFlag(Options& options, const Values& values) {
  for (const std::string& value : values) {
    if (std::string why = SetByFlag(flag.chars, options, value); !why.empty()) return why;
  }
  return "";
}

template <bool Options::*field>
std::string SetBool(Options& options, const Values& values) {
  options.*field = values[0] == "true";
  return "";
}

std::string SetRecordRequired(Options& options, const Values& values) {
  options.record_required = values[0] == "required";
  return values[0] == "required" || values[0] == "optional" ? "" : "must be required or optional";
}

std::string SetReasonRequired(Options& options, const Values& values) {
  options.reason_required = values[0] == "required";
  return values[0] == "required" || values[0] == "optional" ? "" : "must be required or optional";
}

std::string SetReasonPattern(Options& options, const Values& values) {
  RE2::Options quiet(RE2::Quiet);
  quiet.set_max_mem(kMaxPatternMemory);
  const RE2 pattern(values[0], quiet);
  if (!pattern.ok()) return "is no RE2 expression: " + SafeLine(pattern.error());
  options.reason_pattern = values[0];
  return "";
}

std::string SetReasonHint(Options& options, const Values& values) {
  if (values[0].size() > kMaxHint || SafeLine(values[0]) != values[0]) {
    return fmt::format("must be one line of at most {} bytes", kMaxHint);
  }
  options.reason_hint = values[0];
  return "";
}

std::string SetConfirm(Options& options, const Values& values) {
  constexpr std::pair<std::string_view, Options::Confirm> kChoices[] = {
      {"none", Options::Confirm::kNo},
      {"namespace", Options::Confirm::kNamespace},
      {"pod", Options::Confirm::kPod},
      {"context", Options::Confirm::kContext}};
  for (const auto& [name, choice] : kChoices) {
    if (values[0] != name) continue;
    options.confirm = choice;
    return "";
  }
  return "must be none, namespace, pod or context";
}

bool IsPlace(const std::string& path) {
  return path.starts_with('/') || path.starts_with("{home}/");
}

std::string PlaceProblem(const std::string& path) {
  if (!IsPlace(path)) return "must be an absolute path; it may begin with {home}";
  for (size_t at = path.find('{'); at != path.npos; at = path.find('{', at + 1)) {
    const std::string_view rest = std::string_view(path).substr(at);
    if (!rest.starts_with("{user}") && !rest.starts_with("{home}")) {
      return "has a { that begins neither {user} nor {home}";
    }
  }
  return "";
}

template <std::string Options::*field>
std::string SetPlace(Options& options, const Values& values) {
  options.*field = values[0];
  return PlaceProblem(values[0]);
}

std::string SetBanner(Options& options, const Values& values) {
  options.banner = values[0];
  return "";
}

std::string SetOnEnd(Options& options, const Values& values) {
  options.on_end = values;
  return values[0].starts_with('/') ? "" : "must begin with a program's absolute path";
}

std::string SetOnEndTimeout(Options& options, const Values& values) {
  const auto ns = ParseGoDuration(values[0]);
  if (!ns) return ns.error().message;
  if (*ns < kSecond || *ns > kMaxOnEndNs) return "must be 1s to 10m";
  options.on_end_timeout_ns = *ns;
  return "";
}

// ---- strictness ----------------------------------------------------------------------------

// A limit where zero is none and less is stricter.
bool LimitLoosens(int64_t wanted, int64_t bound) {
  return bound != 0 && (wanted == 0 || wanted > bound);
}

template <auto field>
bool Differs(const Options& wanted, const Options& bound) {
  return wanted.*field != bound.*field;
}

template <Channel channel>
bool RecordDiffers(const Options& wanted, const Options& bound) {
  constexpr int i = static_cast<int>(channel);
  return wanted.record[i] != bound.record[i];
}

// Of a boolean where true is the stricter one.
template <bool Options::*field>
bool Drops(const Options& wanted, const Options& bound) {
  return bound.*field && !(wanted.*field);
}

int Strictness(Options::Leash leash) {
  return leash == Options::Leash::kKill ? 2 : leash == Options::Leash::kHangup ? 1 : 0;
}

bool Never(const Options&, const Options&) { return false; }

// ---- copying -------------------------------------------------------------------------------

template <auto field>
void Copy(const Options& from, Options& to) {
  to.*field = from.*field;
}

template <Channel channel>
void CopyRecord(const Options& from, Options& to) {
  to.record[static_cast<int>(channel)] = from.record[static_cast<int>(channel)];
}

void AddRecipients(const Options& from, Options& to) {
  for (const AgeRecipient& each : from.recipients) {
    if (std::find(to.recipients.begin(), to.recipients.end(), each) == to.recipients.end()) {
      to.recipients.push_back(each);
    }
  }
}

// ---- text ----------------------------------------------------------------------------------

template <bool Options::*field>
std::string BoolText(const Options& options) {
  return options.*field ? "true" : "false";
}

template <std::string Options::*field>
std::string Text(const Options& options) {
  return SafeLine(options.*field);
}

template <Channel channel>
std::string RecordText(const Options& options) {
  const auto& mode = options.record[static_cast<int>(channel)];
  return mode ? std::string(RecordModeName(*mode)) : "";
}

std::string RecipientsText(const Options& options) {
  std::vector<std::string> texts;
  for (const AgeRecipient& each : options.recipients) texts.push_back(each.Text());
  return fmt::format("{}", fmt::join(texts, " "));
}

std::string OnEndText(const Options& options) {
  return SafeLine(fmt::format("{}", fmt::join(options.on_end, " ")));
}

constexpr SettingEntry kSettings[] = {
    {"idle_timeout", "idle-timeout", Shape::kText, Files::kBoth, ByFlag<"idle-timeout">,
     [](const Options& wanted, const Options& bound) {
       return bound.idle_timeout_ns &&
              (!wanted.idle_timeout_ns ||
               LimitLoosens(*wanted.idle_timeout_ns, *bound.idle_timeout_ns));
     },
     Copy<&Options::idle_timeout_ns>,
     [](const Options& options) {
       return options.idle_timeout_ns ? LimitText(*options.idle_timeout_ns) : "";
     }},
    {"idle_on", "idle-on", Shape::kText, Files::kBoth, ByFlag<"idle-on">,
     [](const Options& wanted, const Options& bound) { return wanted.idle_on < bound.idle_on; },
     Copy<&Options::idle_on>,
     [](const Options& options) -> std::string {
       return options.idle_on == Options::IdleOn::kInput ? "input" : "any";
     }},
    {"end_foreground_jobs", "", Shape::kBool, Files::kBoth, SetBool<&Options::end_foreground_jobs>,
     Drops<&Options::end_foreground_jobs>, Copy<&Options::end_foreground_jobs>,
     BoolText<&Options::end_foreground_jobs>},
    {"max_duration", "max-duration", Shape::kText, Files::kBoth, ByFlag<"max-duration">,
     [](const Options& wanted, const Options& bound) {
       return LimitLoosens(wanted.max_duration_ns, bound.max_duration_ns);
     },
     Copy<&Options::max_duration_ns>,
     [](const Options& options) { return LimitText(options.max_duration_ns); }},
    {"leash", "leash", Shape::kText, Files::kBoth, ByFlag<"leash">,
     [](const Options& wanted, const Options& bound) {
       return Strictness(wanted.leash) < Strictness(bound.leash);
     },
     Copy<&Options::leash>,
     [](const Options& options) -> std::string {
       return options.leash == Options::Leash::kKill  ? "kill"
              : options.leash == Options::Leash::kOff ? "off"
                                                      : "hangup";
     }},
    {"escape", "escape", Shape::kText, Files::kBoth, ByFlag<"escape">, Differs<&Options::escape>,
     Copy<&Options::escape>,
     [](const Options& options) -> std::string {
       return options.escape == Options::Escape::kAlways ? "always"
              : options.escape == Options::Escape::kOff  ? "off"
                                                         : "auto";
     }},
    {"record", "", Shape::kText, Files::kPolicy, SetRecordRequired,
     Drops<&Options::record_required>, Copy<&Options::record_required>,
     [](const Options& options) -> std::string {
       return options.record_required ? "required" : "optional";
     }},
    {"record_stdin", "record-stdin", Shape::kText, Files::kBoth, ByFlag<"record-stdin">,
     RecordDiffers<Channel::kStdin>, CopyRecord<Channel::kStdin>, RecordText<Channel::kStdin>},
    {"record_stdout", "record-stdout", Shape::kText, Files::kBoth, ByFlag<"record-stdout">,
     RecordDiffers<Channel::kStdout>, CopyRecord<Channel::kStdout>, RecordText<Channel::kStdout>},
    {"record_stderr", "record-stderr", Shape::kText, Files::kBoth, ByFlag<"record-stderr">,
     RecordDiffers<Channel::kStderr>, CopyRecord<Channel::kStderr>, RecordText<Channel::kStderr>},
    {"record_limit", "record-limit", Shape::kText, Files::kBoth, ByFlag<"record-limit">,
     Differs<&Options::record_limit>, Copy<&Options::record_limit>,
     [](const Options& options) { return fmt::format("{}", options.record_limit); }},
    {"stdin_fallback", "record-unechoed", Shape::kText, Files::kBoth, ByFlag<"record-unechoed">,
     Differs<&Options::unechoed>, Copy<&Options::unechoed>,
     [](const Options& options) -> std::string {
       return options.unechoed == Options::Unechoed::kAll         ? "all"
              : options.unechoed == Options::Unechoed::kEncrypted ? "encrypted"
                                                                  : "masked";
     }},
    {"recipients", "recipient", Shape::kTexts, Files::kBoth, ByFlag<"recipient">, Never,
     AddRecipients, RecipientsText},
    {"store", "", Shape::kPlace, Files::kBoth, SetPlace<&Options::store>, Differs<&Options::store>,
     Copy<&Options::store>, Text<&Options::store>},
    {"signing_key", "signing-key", Shape::kPlace, Files::kBoth, SetPlace<&Options::signing_key>,
     Differs<&Options::signing_key>, Copy<&Options::signing_key>, Text<&Options::signing_key>},
    {"anchor", "anchor", Shape::kBool, Files::kBoth, SetBool<&Options::anchor>,
     Drops<&Options::anchor>, Copy<&Options::anchor>, BoolText<&Options::anchor>},
    {"anchor_every", "anchor-every", Shape::kText, Files::kBoth, ByFlag<"anchor-every">,
     [](const Options& wanted, const Options& bound) {
       return LimitLoosens(wanted.anchor_every_ns, bound.anchor_every_ns);
     },
     Copy<&Options::anchor_every_ns>,
     [](const Options& options) { return LimitText(options.anchor_every_ns); }},
    {"reason", "", Shape::kText, Files::kPolicy, SetReasonRequired,
     Drops<&Options::reason_required>, Copy<&Options::reason_required>,
     [](const Options& options) -> std::string {
       return options.reason_required ? "required" : "optional";
     }},
    {"reason_pattern", "", Shape::kText, Files::kPolicy, SetReasonPattern,
     Differs<&Options::reason_pattern>, Copy<&Options::reason_pattern>,
     Text<&Options::reason_pattern>},
    {"reason_hint", "", Shape::kText, Files::kPolicy, SetReasonHint, Never,
     Copy<&Options::reason_hint>, Text<&Options::reason_hint>},
    {"confirm", "", Shape::kText, Files::kPolicy, SetConfirm, Differs<&Options::confirm>,
     Copy<&Options::confirm>,
     [](const Options& options) -> std::string {
       switch (options.confirm) {
         case Options::Confirm::kNo:
           break;
         case Options::Confirm::kNamespace:
           return "namespace";
         case Options::Confirm::kPod:
           return "pod";
         case Options::Confirm::kContext:
           return "context";
       }
       return "none";
     }},
    {"banner", "", Shape::kText, Files::kPolicy, SetBanner, Never, Copy<&Options::banner>,
     Text<&Options::banner>},
    {"on_end", "", Shape::kArgv, Files::kBoth, SetOnEnd, Differs<&Options::on_end>,
     Copy<&Options::on_end>, OnEndText},
    {"on_end_timeout", "", Shape::kText, Files::kBoth, SetOnEndTimeout, Never,
     Copy<&Options::on_end_timeout_ns>,
     [](const Options& options) { return LimitText(options.on_end_timeout_ns); }},
    {"audit_file", "audit-file", Shape::kPlace, Files::kBoth, SetPlace<&Options::audit_file>,
     Differs<&Options::audit_file>, Copy<&Options::audit_file>, Text<&Options::audit_file>},
    {"audit_syslog", "audit-syslog", Shape::kText, Files::kBoth, ByFlag<"audit-syslog">,
     Differs<&Options::audit_syslog>, Copy<&Options::audit_syslog>, Text<&Options::audit_syslog>},
    {"audit_required", "audit-required", Shape::kBool, Files::kBoth,
     SetBool<&Options::audit_required>, Drops<&Options::audit_required>,
     Copy<&Options::audit_required>, BoolText<&Options::audit_required>},
};

}  // namespace

std::span<const SettingEntry> SettingTable() { return kSettings; }

const SettingEntry* FindSetting(std::string_view key) {
  const auto found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                  [&](const SettingEntry& entry) { return key == entry.key; });
  return found == std::end(kSettings) ? nullptr : &*found;
}

std::string LimitText(int64_t ns) {
  if (ns == 0) return "off";
  constexpr std::pair<int64_t, const char*> kUnits[] = {
      {3600 * kSecond, "h"}, {60 * kSecond, "m"}, {kSecond, "s"}, {kMillisecond, "ms"}, {1, "ns"}};
  std::string text;
  for (const auto& [unit, name] : kUnits) {
    if (ns / unit == 0) continue;
    text += fmt::format("{}{}", ns / unit, name);
    ns %= unit;
  }
  return text;
}

}  // namespace secure_exec
