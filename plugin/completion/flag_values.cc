#include "plugin/completion/flag_values.h"

#include <algorithm>
#include <iterator>

namespace secure_exec {
namespace {

constexpr std::string_view kInputModes[] = {"all", "echoed", "digest", "off"};
constexpr std::string_view kOutputModes[] = {"all", "digest", "off"};
constexpr std::string_view kUnechoed[] = {"masked", "all", "encrypted"};
constexpr std::string_view kLeash[] = {"hangup", "kill", "off"};
constexpr std::string_view kEscape[] = {"auto", "always", "off"};
constexpr std::string_view kIdleOn[] = {"any", "input"};
constexpr std::string_view kProtocols[] = {"auto", "v5", "v4", "spdy"};
constexpr std::string_view kExplain[] = {"text", "json"};
constexpr std::string_view kProfiles[] = {"none",         "cpu",   "heap",  "goroutine",
                                          "threadcreate", "block", "mutex", "trace"};
constexpr std::string_view kHelp[] = {"all"};
constexpr std::string_view kShells[] = {"bash", "zsh", "fish"};
constexpr std::string_view kSyslog[] = {"unix:/dev/log", "udp:", "tcp:"};
constexpr std::string_view kVerbosity[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"};

constexpr FlagValues kValues[] = {
    {"container", ValueKind::kContainer},
    {"filename", ValueKind::kFile},
    {"pod-running-timeout", ValueKind::kFree},
    {"help", ValueKind::kWords, kHelp},
    {"audit-file", ValueKind::kFile},
    {"audit-syslog", ValueKind::kWords, kSyslog},
    {"check-policy", ValueKind::kFile},
    {"completion", ValueKind::kWords, kShells},
    {"escape", ValueKind::kWords, kEscape},
    {"idle-on", ValueKind::kWords, kIdleOn},
    {"idle-timeout", ValueKind::kFree},
    {"leash", ValueKind::kWords, kLeash},
    {"max-duration", ValueKind::kFree},
    {"reap", ValueKind::kRecording},
    {"reason", ValueKind::kFree},
    {"anchor-every", ValueKind::kFree},
    {"explain", ValueKind::kWords, kExplain},
    {"protocol", ValueKind::kWords, kProtocols},
    {"recipient", ValueKind::kFree},
    {"record-limit", ValueKind::kFree},
    {"record-stderr", ValueKind::kWords, kOutputModes},
    {"record-stdin", ValueKind::kWords, kInputModes},
    {"record-stdout", ValueKind::kWords, kOutputModes},
    {"record-unechoed", ValueKind::kWords, kUnechoed},
    {"status-file", ValueKind::kFile},
    {"signing-key", ValueKind::kFile},
    {"as", ValueKind::kFree},
    {"as-group", ValueKind::kFree},
    {"as-uid", ValueKind::kFree},
    {"as-user-extra", ValueKind::kFree},
    {"cache-dir", ValueKind::kDirectory},
    {"certificate-authority", ValueKind::kFile},
    {"client-certificate", ValueKind::kFile},
    {"client-key", ValueKind::kFile},
    {"cluster", ValueKind::kCluster},
    {"context", ValueKind::kContext},
    {"kubeconfig", ValueKind::kFile},
    {"kuberc", ValueKind::kFile},
    {"log-flush-frequency", ValueKind::kFree},
    {"namespace", ValueKind::kNamespace},
    {"password", ValueKind::kFree},
    {"profile", ValueKind::kWords, kProfiles},
    {"profile-output", ValueKind::kFile},
    {"request-timeout", ValueKind::kFree},
    {"server", ValueKind::kFree},
    {"tls-server-name", ValueKind::kFree},
    {"token", ValueKind::kFree},
    {"user", ValueKind::kUser},
    {"username", ValueKind::kFree},
    {"v", ValueKind::kWords, kVerbosity},
    {"vmodule", ValueKind::kFree},
};

}  // namespace

const FlagValues* FindFlagValues(std::string_view flag) {
  const auto found = std::find_if(std::begin(kValues), std::end(kValues),
                                  [&](const FlagValues& each) { return each.flag == flag; });
  return found == std::end(kValues) ? nullptr : found;
}

bool IsRepeatable(std::string_view flag) {
  constexpr std::string_view kRepeatable[] = {"filename", "recipient", "as-group", "as-user-extra"};
  return std::find(std::begin(kRepeatable), std::end(kRepeatable), flag) != std::end(kRepeatable);
}

}  // namespace secure_exec
