#include "plugin/options_table.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/completion/reply.h"
#include "base/go_bool.h"
#include "base/go_duration.h"
#include "base/go_quote.h"
#include "base/quantity.h"
#include "plugin/audit/syslog_address.h"
#include "plugin/reason.h"
#include "plugin/string_slice.h"

namespace secure_exec {
namespace {

// Each anchor is a request and closes a frame.
constexpr int64_t kMinAnchorEveryNs = 10 * kSecond;

// A flag that is a text, whatever it is.
template <std::optional<std::string> AccessFlags::*field>
std::string SetAccess(CommandLine& line, const std::string& value) {
  line.options.access.*field = value;
  return "";
}

template <std::vector<std::string> AccessFlags::*field>
std::string AddAccess(CommandLine& line, const std::string& value) {
  (line.options.access.*field).push_back(value);
  return "";
}

template <bool Options::*field>
std::string SetBoolean(CommandLine& line, const std::string& value) {
  line.options.*field = value == "true";
  return "";
}

// Flags whose subject kubectl secure-exec does not have (docs/flags.md says why, for each).
std::string Ignore(CommandLine&, const std::string&) { return ""; }

template <Channel channel>
std::string SetRecord(CommandLine& line, const std::string& value) {
  constexpr bool kInput = channel == Channel::kStdin;
  for (const RecordMode mode :
       {RecordMode::kAll, RecordMode::kDigest, RecordMode::kOff, RecordMode::kEchoed}) {
    if (value != RecordModeName(mode) || (mode == RecordMode::kEchoed && !kInput)) continue;
    line.options.record[static_cast<int>(channel)] = mode;
    return "";
  }
  return kInput ? "must be all, echoed, digest or off" : "must be all, digest or off";
}

std::string SetRecordLimit(CommandLine& line, const std::string& value) {
  const auto bytes = ParseByteQuantity(value);
  if (!bytes) return bytes.error().message;
  line.options.record_limit = *bytes;
  return "";
}

std::string AddRecipient(CommandLine& line, const std::string& value) {
  const auto recipient = AgeRecipient::Parse(value);
  if (!recipient) return recipient.error().message;
  auto& all = line.options.recipients;
  if (std::find(all.begin(), all.end(), *recipient) == all.end()) all.push_back(*recipient);
  return "";
}

std::string SetAnchorEvery(CommandLine& line, const std::string& value) {
  const auto ns = ParseGoDuration(value);
  if (!ns) return ns.error().message;
  if (*ns < kMinAnchorEveryNs) return "must be 10s at least";
  line.options.anchor_every_ns = *ns;
  line.options.anchor = true;
  return "";
}

std::string SetStatusFile(CommandLine& line, const std::string& value) {
  if (value.empty()) return "a file's name is wanted";
  line.options.status_file = value;
  return "";
}

std::string SetSigningKey(CommandLine& line, const std::string& value) {
  if (value.empty()) return "a file's name is wanted";
  line.options.signing_key = value;
  return "";
}

// A duration of zero or more; "0" and "off" are none.
Result<int64_t> ParseLimit(const std::string& value) {
  if (value == "off") return 0;
  const auto ns = ParseGoDuration(value);
  if (!ns) return tl::unexpected(ns.error());
  if (*ns < 0) return Fail(ErrorKind::kUsage, "must be zero or more");
  return *ns;
}

std::string SetIdleTimeout(CommandLine& line, const std::string& value) {
  const auto ns = ParseLimit(value);
  if (!ns) return ns.error().message;
  line.options.idle_timeout_ns = *ns;
  return "";
}

std::string SetMaxDuration(CommandLine& line, const std::string& value) {
  const auto ns = ParseLimit(value);
  if (!ns) return ns.error().message;
  line.options.max_duration_ns = *ns;
  return "";
}

template <auto field, auto... choices>
std::string SetChoice(CommandLine& line, const std::string& value,
                      std::initializer_list<std::string_view> names, const char* error) {
  const std::remove_reference_t<decltype(line.options.*field)> values[] = {choices...};
  for (size_t i = 0; i < names.size(); ++i) {
    if (value != names.begin()[i]) continue;
    line.options.*field = values[i];
    return "";
  }
  return error;
}

std::string SetIdleOn(CommandLine& line, const std::string& value) {
  return SetChoice<&Options::idle_on, Options::IdleOn::kAny, Options::IdleOn::kInput>(
      line, value, {"any", "input"}, "must be any or input");
}

std::string SetEscape(CommandLine& line, const std::string& value) {
  using Escape = Options::Escape;
  return SetChoice<&Options::escape, Escape::kAuto, Escape::kAlways, Escape::kOff>(
      line, value, {"auto", "always", "off"}, "must be auto, always or off");
}

std::string SetLeash(CommandLine& line, const std::string& value) {
  using Leash = Options::Leash;
  return SetChoice<&Options::leash, Leash::kHangup, Leash::kKill, Leash::kOff>(
      line, value, {"hangup", "kill", "off"}, "must be hangup, kill or off");
}

std::string SetAuditFile(CommandLine& line, const std::string& value) {
  if (value.empty()) return "a file's name is wanted";
  line.options.audit_file = value;
  return "";
}

std::string SetAuditSyslog(CommandLine& line, const std::string& value) {
  const auto address = ParseSyslogAddress(value);
  if (!address) return address.error().message;
  line.options.audit_syslog = value;
  return "";
}

std::string SetUnechoed(CommandLine& line, const std::string& value) {
  using Unechoed = Options::Unechoed;
  return SetChoice<&Options::unechoed, Unechoed::kMasked, Unechoed::kAll, Unechoed::kEncrypted>(
      line, value, {"masked", "all", "encrypted"}, "must be masked, all or encrypted");
}

template <std::string Options::*field>
std::string SetText(CommandLine& line, const std::string& value) {
  line.options.*field = value;
  return "";
}

std::string SetCompletion(CommandLine& line, const std::string& value) {
  line.options.completion = value;
  return CompletionShellNamed(value) ? "" : "must be bash, zsh or fish";
}

std::string SetReason(CommandLine& line, const std::string& value) {
  line.options.reason = std::string(TrimSpace(value));
  return ReasonProblem(line.options.reason);
}

std::string SetProtocol(CommandLine& line, const std::string& value) {
  constexpr std::pair<std::string_view, ProtocolChoice> kChoices[] = {
      {"auto", ProtocolChoice::kAuto},
      {"v5", ProtocolChoice::kV5},
      {"v4", ProtocolChoice::kV4},
      {"spdy", ProtocolChoice::kSpdy}};
  for (const auto& [name, choice] : kChoices) {
    if (value != name) continue;
    line.options.protocol = choice;
    return "";
  }
  return "must be auto, v5, v4 or spdy";
}

std::string SetExplain(CommandLine& line, const std::string& value) {
  if (value != "text" && value != "json") return "must be text or json";
  line.options.explain = value == "json" ? Options::Explain::kJson : Options::Explain::kText;
  return "";
}

// pflag's StringSlice: several occurrences add up.
std::string AddFiles(CommandLine& line, const std::string& value) {
  const auto files = ParseStringSlice(value);
  if (!files) return files.error().message;
  auto& all = line.options.target.files;
  all.insert(all.end(), files->begin(), files->end());
  return "";
}

std::string SetPodTimeout(CommandLine& line, const std::string& value) {
  const auto ns = ParseGoDuration(value);
  if (!ns) return ns.error().message;
  line.options.target.pod_timeout_ns = *ns;  // CheckRequest() wants it above zero
  return "";
}

// strconv.ParseInt(text, 10, 32): why not, or "".
std::string ParseGoInt32(std::string_view text, int& number) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  uint64_t magnitude = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, problem] = std::from_chars(digits.data(), end, magnitude);
  const bool too_large = problem == std::errc::result_out_of_range;
  if (!too_large && (problem != std::errc() || rest != end)) {
    return fmt::format("strconv.ParseInt: parsing {}: invalid syntax", GoQuote(text));
  }
  const uint64_t most = uint64_t{std::numeric_limits<int32_t>::max()} + (negative ? 1 : 0);
  if (too_large || magnitude > most) {
    return fmt::format("strconv.ParseInt: parsing {}: value out of range", GoQuote(text));
  }
  const auto value = static_cast<int64_t>(magnitude);
  number = static_cast<int>(negative ? -value : value);
  return "";
}

std::string SetVerbosity(CommandLine& line, const std::string& value) {
  return ParseGoInt32(value, line.options.verbosity);
}

// klog's, per source file of kubectl's: nothing here has those names.
std::string CheckVmodule(CommandLine&, const std::string& value) {
  constexpr const char* kSyntax = "syntax error: expect comma-separated list of filename=N";
  for (std::string_view rest = value; !rest.empty();) {
    const size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    if (item.empty()) continue;
    const size_t equals = item.find('=');
    int level = 0;
    if (equals == 0 || equals == std::string_view::npos ||
        !ParseGoInt32(item.substr(equals + 1), level).empty()) {
      return kSyntax;
    }
    if (level < 0) return "negative value for vmodule level";
  }
  return "";
}

// Go's own flag package has one text for all that it cannot read.
std::string CheckFlushFrequency(CommandLine&, const std::string& value) {
  return ParseGoDuration(value) ? "" : "parse error";
}

// A boolean, as in kubectl, or "all".
std::string SetHelp(CommandLine& line, const std::string& value) {
  const Result<bool> help = value == "all" ? true : ParseGoBool(value);
  if (!help) return help.error().message;
  line.help = *help;
  line.help_all = value == "all";
  return "";
}

constexpr const char* kBoolean = "true";

constexpr FlagEntry kFlags[] = {
    // kubectl exec's
    {"container,c", nullptr,
     [](CommandLine& line, const std::string& value) {
       line.options.container = value;
       return std::string();
     }},
    {"filename,f", nullptr, AddFiles},
    {"pod-running-timeout", nullptr, SetPodTimeout},
    {"quiet,q", kBoolean, SetBoolean<&Options::quiet>},
    {"stdin,i", kBoolean, SetBoolean<&Options::stdin_open>},
    {"tty,t", kBoolean, SetBoolean<&Options::tty>},
    {"help,h", "1", SetHelp},
    // ours
    {"audit-file", nullptr, SetAuditFile},
    {"audit-required", kBoolean, SetBoolean<&Options::audit_required>},
    {"audit-syslog", nullptr, SetAuditSyslog},
    {"check-policy", nullptr, SetText<&Options::check_policy>},
    {"completion", nullptr, SetCompletion},
    {"escape", nullptr, SetEscape},
    {"idle-on", nullptr, SetIdleOn},
    {"idle-timeout", nullptr, SetIdleTimeout},
    {"install-completion", kBoolean, SetBoolean<&Options::install_completion>},
    {"leash", nullptr, SetLeash},
    {"max-duration", nullptr, SetMaxDuration},
    {"no-record", kBoolean, SetBoolean<&Options::no_record>},
    {"reap", nullptr, SetText<&Options::reap>},
    {"reason", nullptr, SetReason},
    {"anchor", kBoolean, SetBoolean<&Options::anchor>},
    {"anchor-every", nullptr, SetAnchorEvery},
    {"explain", "text", SetExplain},
    {"protocol", nullptr, SetProtocol},
    {"recipient", nullptr, AddRecipient},
    {"record-limit", nullptr, SetRecordLimit},
    {"record-stderr", nullptr, SetRecord<Channel::kStderr>},
    {"record-stdin", nullptr, SetRecord<Channel::kStdin>},
    {"record-stdout", nullptr, SetRecord<Channel::kStdout>},
    {"record-unechoed", nullptr, SetUnechoed},
    {"status-file", nullptr, SetStatusFile},
    {"signing-key", nullptr, SetSigningKey},
    {"uninstall-completion", kBoolean, SetBoolean<&Options::uninstall_completion>},
    {"version", kBoolean,
     [](CommandLine& line, const std::string& value) {
       line.version = value == "true";
       return std::string();
     }},
    // kubectl's global flags
    {"as", nullptr, SetAccess<&AccessFlags::as>},
    {"as-group", nullptr, AddAccess<&AccessFlags::as_groups>},
    {"as-uid", nullptr, SetAccess<&AccessFlags::as_uid>},
    {"as-user-extra", nullptr, AddAccess<&AccessFlags::as_user_extra>},
    {"cache-dir", nullptr, Ignore},
    {"certificate-authority", nullptr, SetAccess<&AccessFlags::certificate_authority>},
    {"client-certificate", nullptr, SetAccess<&AccessFlags::client_certificate>},
    {"client-key", nullptr, SetAccess<&AccessFlags::client_key>},
    {"cluster", nullptr, SetAccess<&AccessFlags::cluster>},
    {"context", nullptr, SetAccess<&AccessFlags::context>},
    {"disable-compression", kBoolean, Ignore},
    {"insecure-skip-tls-verify", kBoolean,
     [](CommandLine& line, const std::string& value) {
       line.options.access.insecure_skip_tls_verify = value == "true";
       return std::string();
     }},
    {"kubeconfig", nullptr, SetAccess<&AccessFlags::kubeconfig>},
    {"kuberc", nullptr, SetAccess<&AccessFlags::kuberc>},
    {"log-flush-frequency", nullptr, CheckFlushFrequency},
    {"match-server-version", kBoolean, SetBoolean<&Options::match_server_version>},
    {"namespace,n", nullptr, SetAccess<&AccessFlags::name_space>},
    {"password", nullptr, SetAccess<&AccessFlags::password>},
    {"profile", nullptr,
     [](CommandLine& line, const std::string& value) {
       line.profile = value;
       return std::string();
     }},
    {"profile-output", nullptr, Ignore},
    {"request-timeout", nullptr,
     [](CommandLine& line, const std::string& value) {
       line.options.access.request_timeout = value;  // ResolveAccess() reads it, as kubectl does
       return std::string();
     }},
    {"server,s", nullptr, SetAccess<&AccessFlags::server>},
    {"tls-server-name", nullptr, SetAccess<&AccessFlags::tls_server_name>},
    {"token", nullptr, SetAccess<&AccessFlags::token>},
    {"user", nullptr, SetAccess<&AccessFlags::user>},
    {"username", nullptr, SetAccess<&AccessFlags::username>},
    {"v,v", nullptr, SetVerbosity},
    {"vmodule", nullptr, CheckVmodule},
    {"warnings-as-errors", kBoolean, Ignore},
};

}  // namespace

std::span<const FlagEntry> FlagTable() { return kFlags; }

}  // namespace secure_exec
