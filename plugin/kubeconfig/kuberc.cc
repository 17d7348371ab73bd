#include "plugin/kubeconfig/kuberc.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>

#include "base/ascii.h"
#include "base/go_quote.h"
#include "plugin/kubeconfig/local_file.h"
#include "plugin/kubeconfig/look_path.h"
#include "plugin/kubeconfig/yaml_mapping.h"

namespace secure_exec {
namespace {

constexpr std::string_view kGroup = "kubectl.config.k8s.io/";

template <class... Args>
tl::unexpected<Error> Refuse(fmt::format_string<Args...> format, Args&&... args) {
  return Fail(ErrorKind::kVerbatim, "error occurred while applying preferences {}",
              fmt::format(format, std::forward<Args>(args)...));
}

// Documents end at lines of "---", before YAML is looked at: a broken one does not spoil the
// others.
std::vector<std::string> SplitDocuments(std::string_view text) {
  std::vector<std::string> documents(1);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    if (line.starts_with("---") && TrimSpace(line.substr(3)).empty()) {
      documents.emplace_back();
    } else {
      documents.back() += line;
    }
    text.remove_prefix(end);
  }
  std::erase_if(documents, [](const std::string& document) { return TrimSpace(document).empty(); });
  return documents;
}

struct Preference {
  std::string policy;
  std::optional<std::vector<std::string>> allowlist;
  bool beta = false;  // v1alpha1 has no policy
};

std::vector<std::string> ReadAllowlist(const YAML::Node& list) {
  const std::string where = "Preference.credentialPluginAllowlist";
  if (const YamlKind kind = KindOf(list); kind != YamlKind::kSequence) {
    YamlMapping::Mismatch(kind, where, "[]v1beta1.AllowlistEntry");
  }
  std::vector<std::string> commands;
  for (const auto& item : list) {
    const YamlMapping entry(item, where, "v1beta1.AllowlistEntry");
    // `name` is what `command` was called first.
    const std::string name = entry.String("name");
    const std::string command = entry.String("command");
    if (!name.empty() && !command.empty() && name != command) {
      throw YamlError{fmt::format("{}: name and command are both given, and differ", where)};
    }
    commands.push_back(command.empty() ? name : command);
  }
  return commands;
}

Preference Read(const YAML::Node& document) {
  const YamlMapping top(document, "Preference", "v1beta1.Preference");
  const std::string version = top.String("apiVersion");
  const std::string kind = top.String("kind");
  if (kind != "Preference" || (version != fmt::format("{}v1beta1", kGroup) &&
                               version != fmt::format("{}v1alpha1", kGroup))) {
    throw YamlError{
        fmt::format("no kind {} is registered for version {}", GoQuote(kind), GoQuote(version))};
  }
  Preference preference;
  preference.beta = version.ends_with("v1beta1");
  preference.policy = top.String("credentialPluginPolicy");
  if (const auto list = top.Find("credentialPluginAllowlist")) {
    preference.allowlist = ReadAllowlist(*list);
  }
  return preference;
}

Result<PluginPolicy> Judge(Preference preference, const std::string& file) {
  PluginPolicy policy;
  policy.file = file;
  if (!preference.beta) {
    if (!preference.policy.empty() || preference.allowlist) {
      policy.problem = fmt::format("{}: {}v1alpha1 has no credentialPluginPolicy: make it v1beta1",
                                   file, kGroup);
    }
    return policy;
  }
  if (preference.policy == "Allowlist") {
    policy.type = PluginPolicy::Type::kAllowlist;
  } else if (preference.policy == "DenyAll") {
    policy.type = PluginPolicy::Type::kDenyAll;
  } else if (!preference.policy.empty() && preference.policy != "AllowAll") {
    return Refuse("unknown plugin policy: {}", GoQuote(preference.policy));
  }
  if (policy.type != PluginPolicy::Type::kAllowlist) {
    if (!preference.allowlist) return policy;
    return Refuse(
        "misconfigured credential plugin allowlist: plugin policy is \"{}\" but allowlist is "
        "non-nil",
        preference.policy);
  }
  if (!preference.allowlist) {
    return Refuse("credential plugin policy set to \"Allowlist\", but allowlist is unspecified");
  }
  if (preference.allowlist->empty()) {
    return Refuse(
        "credential plugin policy set to \"Allowlist\", but allowlist is empty; use \"DenyAll\" "
        "policy instead");
  }
  policy.allowed = std::move(*preference.allowlist);
  for (size_t i = 0; i < policy.allowed.size(); ++i) {
    const std::string& entry = policy.allowed[i];
    if (entry.empty()) {
      return Refuse("misconfigured credential plugin allowlist: empty allowlist entry #{}", i + 1);
    }
    std::string normal = std::filesystem::path(entry).lexically_normal().string();
    if (normal.size() > 1 && normal.back() == '/') normal.pop_back();
    if (normal != entry)
      return Refuse("non-normalized file path: {} vs {}", GoQuote(entry), GoQuote(normal));
  }
  return policy;
}

}  // namespace

Result<PluginPolicy> ParseKuberc(std::string_view text, const std::string& file) {
  std::string why;
  for (const std::string& document : SplitDocuments(text)) {
    std::string problem;
    try {
      return Judge(Read(YAML::Load(document)), file);
    } catch (const YamlError& error) {
      problem = error.message;
    } catch (const YAML::Exception& error) {
      problem = "yaml: " + YamlWords(error);
    } catch (const std::exception& error) {
      problem = fmt::format("yaml: {}", error.what());
    }
    if (why.empty()) why = std::move(problem);
  }
  if (why.empty()) {
    PluginPolicy everything;
    everything.file = file;
    return everything;
  }
  return Fail(ErrorKind::kFormat, "no valid preferences found in {}: {}", file, why);
}

Result<PluginPolicy> LoadPluginPolicy(const std::optional<std::string>& flag,
                                      const Environment& environment) {
  const auto variable = environment("KUBERC");
  if (AsciiLower(environment("KUBECTL_KUBERC").value_or("")) == "false") {
    if (!flag) return PluginPolicy();
    return Fail(ErrorKind::kUsage,
                "unknown flag: --kuberc\n"
                "See 'kubectl secure-exec --help' for usage.");
  }
  if (flag && flag->empty()) return Refuse("kuberc file is not found");
  if (variable == "off") {
    if (!flag) return PluginPolicy();
    return Refuse(
        "kuberc error disabling kuberc via KUBERC=off and passing kuberc flag are mutually "
        "exclusive");
  }
  const bool asked_for = flag || variable;
  std::string file = flag ? *flag : variable.value_or("");
  if (!asked_for) {
    const auto home = environment("HOME");
    if (!home) return PluginPolicy();
    file = *home + "/.kube/kuberc";
  }
  Error error;
  if (const auto text = ReadLocalFile(file, kMaxKubeconfigBytes); !text) {
    if (!asked_for && text.error().error_number == ENOENT) return PluginPolicy();
    error = {ErrorKind::kFormat, text.error().text};
  } else {
    auto policy = ParseKuberc(*text, file);
    if (policy || policy.error().kind != ErrorKind::kFormat) return policy;
    error = policy.error();
  }
  if (asked_for) return Refuse("kuberc error kuberc: {}", error.message);
  PluginPolicy policy;
  policy.file = file;
  policy.problem = error.message;
  return policy;
}

Result<void> CheckPluginPolicy(const PluginPolicy& policy, const std::string& command) {
  const auto refuse = [](const std::string& why) {
    return Fail(ErrorKind::kVerbatim, "Unable to connect to the server: getting credentials: {}",
                why);
  };
  if (!policy.problem.empty()) {
    return refuse(fmt::format("plugin \"{}\" not allowed: whether it may run is not known: {}",
                              command, policy.problem));
  }
  if (policy.type == PluginPolicy::Type::kAllowAll) return {};
  if (policy.type == PluginPolicy::Type::kDenyAll) {
    return refuse(fmt::format("plugin \"{}\" not allowed: policy set to \"DenyAll\"", command));
  }
  const auto allows = [&](const std::string& entry) {
    return std::find(policy.allowed.begin(), policy.allowed.end(), entry) != policy.allowed.end();
  };
  if (allows(command)) return {};
  const auto path = LookPath(command);
  if (!path) {
    return refuse(fmt::format(
        "plugin path \"{}\" cannot be resolved for credential plugin allowlist check: exec: "
        "\"{}\": {}",
        command, command, path.error()));
  }
  // An entry that is a name stands for what it is on $PATH.
  if (allows(*path) ||
      std::any_of(policy.allowed.begin(), policy.allowed.end(), [&](const std::string& entry) {
        const auto found = LookPath(entry);
        return found && *found == *path;
      })) {
    return {};
  }
  return refuse(
      fmt::format("plugin path \"{}\" is not permitted by the credential plugin allowlist", *path));
}

}  // namespace secure_exec
