#include "plugin/kubeconfig/config_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/go_quote.h"
#include "plugin/kubeconfig/yaml_mapping.h"

namespace secure_exec {
namespace {

// What tells the three lists of a file apart.
struct ListNames {
  std::string_view list, item, go_named, go_item;
};
constexpr ListNames kClusters = {"clusters", "cluster", "NamedCluster", "Cluster"};
constexpr ListNames kUsers = {"users", "user", "NamedAuthInfo", "AuthInfo"};
constexpr ListNames kContexts = {"contexts", "context", "NamedContext", "Context"};

// clusters: [{name: NAME, cluster: {...}}, ...]
template <class Stanza, class Read>
std::map<std::string, Stanza> ReadList(const YamlMapping& top, const ListNames& names, Read read) {
  std::map<std::string, Stanza> stanzas;
  const auto list = top.Find(names.list);
  if (!list) return stanzas;
  const std::string where = fmt::format("Config.{}", names.list);
  if (const YamlKind kind = KindOf(*list); kind != YamlKind::kSequence) {
    YamlMapping::Mismatch(kind, where, fmt::format("[]v1.{}", names.go_named));
  }
  for (const auto& item : *list) {
    const YamlMapping named(item, where, fmt::format("v1.{}", names.go_named));
    // Go names a field by its struct and its way from the top.
    const std::string name =
        YamlMapping(item, fmt::format("{}.{}", names.go_named, names.list), "").String("name");
    const auto body = named.Find(names.item);
    const std::string inner = fmt::format("{}.{}.{}", names.go_item, names.list, names.item);
    const YamlMapping fields(body ? *body : YAML::Node(), inner,
                             fmt::format("v1.{}", names.go_item));
    if (!stanzas.emplace(name, read(fields)).second) {
      throw YamlError{
          fmt::format("error converting *[]{} into *map[string]*api.{}: duplicate name {} in "
                      "list",
                      names.go_named, names.go_item, GoQuote(name))};
    }
  }
  return stanzas;
}

std::optional<ExecStanza> ReadExec(const YamlMapping& user,
                                   const std::filesystem::path& directory) {
  const auto node = user.Find("exec");
  if (!node) return std::nullopt;
  const YamlMapping fields(*node, "ExecConfig.users.user.exec", "v1.ExecConfig");
  ExecStanza exec;
  exec.api_version = fields.String("apiVersion");
  exec.command = fields.String("command");
  // A bare name is looked for on PATH; anything else is a path from the file's folder.
  if (exec.command.find('/') != std::string::npos) exec.command = fields.Path("command", directory);
  exec.interactive_mode = fields.String("interactiveMode");
  exec.install_hint = fields.String("installHint");
  exec.args = fields.Strings("args");
  exec.provide_cluster_info = fields.Bool("provideClusterInfo");
  if (const auto list = fields.Find("env")) {
    if (const YamlKind kind = KindOf(*list); kind != YamlKind::kSequence) {
      YamlMapping::Mismatch(kind, "ExecConfig.users.user.exec.env", "[]v1.ExecEnvVar");
    }
    for (const auto& item : *list) {
      const YamlMapping variable(item, "ExecEnvVar.users.user.exec.env", "v1.ExecEnvVar");
      exec.env.emplace_back(variable.String("name"), variable.String("value"));
    }
  }
  return exec;
}

constexpr size_t kMaxExtensionNodes = 10'000;

void CheckSize(const YAML::Node& node, size_t& budget) {
  if (budget-- == 0) throw YamlError{"yaml: the extension for credential plugins is too large"};
  if (node.IsSequence()) {
    for (const auto& item : node) CheckSize(item, budget);
  } else if (node.IsMap()) {
    for (const auto& entry : node) CheckSize(entry.second, budget);
  }
}

// YAML to JSON, with keys sorted as Go sorts them.
nlohmann::json ToJson(const YAML::Node& node) {
  switch (KindOf(node)) {
    case YamlKind::kBool:
      return *YamlBool(node.Scalar());
    case YamlKind::kNumber: {
      auto number = nlohmann::json::parse(node.Scalar(), nullptr, false);
      if (number.is_discarded()) throw YamlError{"yaml: a number that JSON has not"};
      return number;
    }
    case YamlKind::kString:
      return node.Scalar();
    case YamlKind::kSequence: {
      auto list = nlohmann::json::array();
      for (const auto& item : node) list.push_back(ToJson(item));
      return list;
    }
    case YamlKind::kMap: {
      auto object = nlohmann::json::object();
      for (const auto& entry : node) object[entry.first.Scalar()] = ToJson(entry.second);
      return object;
    }
    case YamlKind::kNull:
    case YamlKind::kForeign:
      break;
  }
  return nullptr;
}

// The cluster's extension for plugins, with a bound on what aliases can make of a small file.
std::string ReadExecConfig(const YamlMapping& cluster) {
  const auto list = cluster.Find("extensions");
  if (!list || !list->IsSequence()) return {};
  for (const auto& item : *list) {
    if (!item.IsMap()) continue;
    const YamlMapping named(item, "NamedExtension.clusters.cluster.extensions",
                            "v1.NamedExtension");
    const auto name = named.Find("name");
    if (!name || !name->IsScalar() || name->Scalar() != "client.authentication.k8s.io/exec")
      continue;
    const auto extension = named.Find("extension");
    if (!extension) return {};
    size_t budget = kMaxExtensionNodes;
    CheckSize(*extension, budget);
    return ToJson(*extension).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  return {};
}

Kubeconfig Read(const YAML::Node& document, const std::string& file) {
  if (const YamlKind kind = KindOf(document); kind != YamlKind::kMap && kind != YamlKind::kNull) {
    throw YamlError{NoVersionAndKind(JsonName(kind))};
  }
  const YamlMapping top(document, "Config", "v1.Config");
  const std::string version = top.String("apiVersion");
  const std::string kind = top.String("kind");
  if ((!version.empty() && version != "v1") || (!kind.empty() && kind != "Config")) {
    throw YamlError{fmt::format(
        "no kind {} is registered for version {} in scheme "
        "\"k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50\"",
        GoQuote(kind.empty() ? "Config" : kind), GoQuote(version.empty() ? "v1" : version))};
  }
  std::error_code ignored;
  const std::filesystem::path directory = std::filesystem::absolute(file, ignored).parent_path();

  Kubeconfig config;
  config.current_context = top.String("current-context");
  config.current_context_file = file;
  config.clusters = ReadList<ClusterStanza>(top, kClusters, [&](const YamlMapping& fields) {
    ClusterStanza cluster;
    cluster.file = file;
    cluster.server = fields.String("server");
    cluster.tls_server_name = fields.String("tls-server-name");
    cluster.proxy_url = fields.String("proxy-url");
    cluster.certificate_authority = fields.Path("certificate-authority", directory);
    cluster.certificate_authority_data = fields.Data("certificate-authority-data");
    cluster.insecure_skip_tls_verify = fields.Bool("insecure-skip-tls-verify");
    cluster.exec_config = ReadExecConfig(fields);
    return cluster;
  });
  config.users = ReadList<UserStanza>(top, kUsers, [&](const YamlMapping& fields) {
    UserStanza user;
    user.file = file;
    user.client_certificate = fields.Path("client-certificate", directory);
    user.client_certificate_data = fields.Data("client-certificate-data");
    user.client_key = fields.Path("client-key", directory);
    user.client_key_data = fields.Data("client-key-data");
    user.token = fields.String("token");
    user.token_file = fields.Path("tokenFile", directory);
    user.username = fields.String("username");
    user.password = fields.String("password");
    user.as = fields.String("as");
    user.as_uid = fields.String("as-uid");
    user.as_groups = fields.Strings("as-groups");
    user.as_user_extra = fields.StringLists("as-user-extra");
    user.exec = ReadExec(fields, directory);
    if (const auto node = fields.Find("auth-provider")) {
      const YamlMapping provider(*node, "AuthProviderConfig.users.user.auth-provider",
                                 "v1.AuthProviderConfig");
      user.auth_provider = {provider.String("name"), provider.StringMap("config")};
    }
    return user;
  });
  config.contexts = ReadList<ContextStanza>(top, kContexts, [&](const YamlMapping& fields) {
    return ContextStanza{.file = file,
                         .cluster = fields.String("cluster"),
                         .user = fields.String("user"),
                         .name_space = fields.String("namespace")};
  });
  return config;
}

}  // namespace

Result<Kubeconfig> ParseKubeconfig(std::string_view text, const std::string& path) {
  std::string why;
  try {
    return Read(YAML::Load(std::string(text)), path);
  } catch (const YamlError& error) {
    why = error.message;
  } catch (const YAML::Exception& error) {
    why = error.mark.is_null()
              ? fmt::format("yaml: {}", YamlWords(error))
              : fmt::format("yaml: line {}: {}", error.mark.line + 1, YamlWords(error));
  } catch (const std::exception& error) {
    why = fmt::format("yaml: {}", error.what());
  }
  return Fail(ErrorKind::kConfig, "error loading config file \"{}\": {}", path, why);
}

void MergeKubeconfig(Kubeconfig& config, Kubeconfig other) {
  config.clusters.merge(other.clusters);
  config.users.merge(other.users);
  config.contexts.merge(other.contexts);
  if (config.current_context.empty()) {
    config.current_context = std::move(other.current_context);
    config.current_context_file = std::move(other.current_context_file);
  }
}

}  // namespace secure_exec
