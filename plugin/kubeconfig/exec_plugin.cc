#include "plugin/kubeconfig/exec_plugin.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "plugin/kubeconfig/local_file.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kGroup = "client.authentication.k8s.io/";
constexpr std::string_view kNotInstalled =
    "\n\nIt looks like you are trying to use a client-go credential plugin that is not "
    "installed.\n\n"
    "To learn more about this feature, consult the documentation available at:\n      "
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
    "#client-go-credential-plugins";

template <class... Args>
tl::unexpected<Error> Refuse(fmt::format_string<Args...> format, Args&&... args) {
  return Fail(ErrorKind::kVerbatim, "Unable to connect to the server: getting credentials: {}",
              fmt::format(format, std::forward<Args>(args)...));
}

// Forgets a secret when it goes out of scope.
class Wiped {
 public:
  ~Wiped() { OPENSSL_cleanse(text.data(), text.size()); }
  std::string text;
};

std::string Shown(std::string text) {
  if (text.size() > 100) text.resize(100);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c >= 0x7f; }, '?');
  return text;
}

// A string field of `object`; false if it is there and something else.
bool TakeString(Json& object, const char* name, std::string& text) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return true;
  if (!found->is_string()) return false;
  auto& value = found->get_ref<std::string&>();
  text = value;
  OPENSSL_cleanse(value.data(), value.size());
  return true;
}

// Our environment with the plugin's additions, which win.
std::vector<std::string> PluginEnvironment(const ExecPlugin& plugin, const std::string& info) {
  std::vector<std::pair<std::string, std::string>> added = plugin.stanza.env;
  added.emplace_back("KUBERNETES_EXEC_INFO", info);
  std::vector<std::string> all;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) all.emplace_back(*each);
  for (const auto& [name, value] : added) {
    std::erase_if(all,
                  [&name = name](const std::string& old) { return old.starts_with(name + "="); });
    all.push_back(name + "=" + value);
  }
  return all;
}

// The file that `command` names, found on PATH where it has no '/'; empty if there is none. A
// directory of PATH that is not absolute does not count, as with Go.
std::string FindCommand(const std::string& command) {
  if (command.find('/') != std::string::npos) return command;
  const char* variable = ::getenv("PATH");
  const std::string path = variable == nullptr ? "" : variable;
  for (size_t from = 0; from <= path.size();) {
    const size_t colon = std::min(path.find(':', from), path.size());
    const std::string file = path.substr(from, colon - from) + "/" + command;
    if (path[from] == '/' && ::access(file.c_str(), X_OK) == 0) return file;
    from = colon + 1;
  }
  return {};
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// 0 and the process, or an errno.
int Spawn(const ExecPlugin& plugin, const std::string& file, const std::string& info,
          bool interactive, int stdout_fd, pid_t& process) {
  std::vector<std::string> arguments = {plugin.stanza.command};
  arguments.insert(arguments.end(), plugin.stanza.args.begin(), plugin.stanza.args.end());
  std::vector<std::string> environment = PluginEnvironment(plugin, info);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  if (!interactive) {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  posix_spawn_file_actions_adddup2(&actions, stdout_fd, STDOUT_FILENO);
  sigset_t signals;
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const int problem = ::posix_spawn(&process, file.c_str(), &actions, &attributes,
                                    Pointers(arguments).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return problem;
}

// All that comes until the end, or an errno; EFBIG beyond the limit.
int ReadAll(int fd, std::string& text) {
  // Never moved while it grows: no copies of a secret are left in the heap.
  text.reserve(kMaxExecCredentialBytes + 16384);
  char buffer[16384];
  int problem = 0;
  while (problem == 0) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count == 0) break;
    if (count < 0) {
      problem = errno == EINTR ? 0 : errno;
      continue;
    }
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > kMaxExecCredentialBytes) problem = EFBIG;
  }
  OPENSSL_cleanse(buffer, sizeof buffer);
  return problem;
}

}  // namespace

Result<void> CheckExecStanza(const std::string& user, const ExecStanza& exec) {
  const auto missing = [&](std::string_view what) {
    return Fail(ErrorKind::kConfig, "{} must be specified for {} to use exec authentication plugin",
                what, user);
  };
  if (exec.command.empty()) return missing("command");
  if (exec.api_version.empty()) return missing("apiVersion");
  for (const auto& [name, value] : exec.env) {
    if (name.empty()) return missing("env variable name");
  }
  const std::string& mode = exec.interactive_mode;
  if (mode.empty() && exec.api_version != "client.authentication.k8s.io/v1beta1") {
    return missing("interactiveMode");
  }
  if (!mode.empty() && mode != "Never" && mode != "IfAvailable" && mode != "Always") {
    return Fail(ErrorKind::kConfig, "invalid interactiveMode for {}: \"{}\"", user, mode);
  }
  if (exec.api_version != "client.authentication.k8s.io/v1" &&
      exec.api_version != "client.authentication.k8s.io/v1beta1") {
    return Fail(ErrorKind::kConfig, "exec plugin: invalid apiVersion \"{}\"", exec.api_version);
  }
  return {};
}

Result<ExecCredential> ParseExecCredential(std::string_view text, const std::string& api_version) {
  bool deep = false;
  Json document = Json::parse(
      text,
      [&](int depth, Json::parse_event_t, Json&) {
        deep = deep || depth > kMaxExecCredentialDepth;
        return !deep;
      },
      false);
  // The parser's own words quote what it read.
  if (deep || document.is_discarded() || !document.is_object()) {
    return Refuse(
        "decoding stdout: couldn't get version/kind; json parse error: not a JSON object");
  }
  const auto malformed = [](std::string_view field) {
    return Refuse("decoding stdout: {} is not of the type that an ExecCredential has", field);
  };
  std::string kind;
  std::string version;
  if (!TakeString(document, "kind", kind)) return malformed("kind");
  if (!TakeString(document, "apiVersion", version)) return malformed("apiVersion");
  if (kind.empty()) return Refuse("decoding stdout: Object 'Kind' is missing");
  if (kind != "ExecCredential" || !version.starts_with(kGroup)) {
    return Refuse("decoding stdout: no kind \"{}\" is registered for version \"{}\"", Shown(kind),
                  Shown(version));
  }
  if (version != api_version) {
    return Refuse("exec plugin is configured to use API version {}, plugin returned version {}",
                  api_version, Shown(version));
  }
  const auto status = document.find("status");
  if (status == document.end() || status->is_null()) {
    return Refuse("exec plugin didn't return a status field");
  }
  if (!status->is_object()) return malformed("status");
  ExecCredential credential;
  std::string expires;  // both our requests are made at once: nothing is kept until then
  if (!TakeString(*status, "token", credential.token)) return malformed("status.token");
  if (!TakeString(*status, "clientCertificateData", credential.certificate_pem)) {
    return malformed("status.clientCertificateData");
  }
  if (!TakeString(*status, "clientKeyData", credential.key_pem)) {
    return malformed("status.clientKeyData");
  }
  if (!TakeString(*status, "expirationTimestamp", expires)) {
    return malformed("status.expirationTimestamp");
  }
  if (credential.token.empty() && credential.certificate_pem.empty() &&
      credential.key_pem.empty()) {
    return Refuse("exec plugin didn't return a token or cert/key pair");
  }
  if (credential.certificate_pem.empty() != credential.key_pem.empty()) {
    return Refuse("exec plugin returned only certificate or key, not both");
  }
  // It becomes a header's value.
  if (!std::all_of(credential.token.begin(), credential.token.end(),
                   [](char c) { return c > ' ' && c < 0x7f; })) {
    return Fail(ErrorKind::kVerbatim,
                "Unable to connect to the server: net/http: invalid header field value for "
                "\"Authorization\"");
  }
  return credential;
}

std::string ExecInfo(const ExecPlugin& plugin, const ClusterAccess& access, bool interactive) {
  nlohmann::ordered_json spec;
  if (plugin.stanza.provide_cluster_info) {
    auto& cluster = spec["cluster"];
    cluster["server"] = access.server;
    if (!access.tls_server_name.empty()) cluster["tls-server-name"] = access.tls_server_name;
    if (access.insecure) cluster["insecure-skip-tls-verify"] = true;
    if (!access.ca_pem.empty()) {
      cluster["certificate-authority-data"] = Base64Encode(access.ca_pem);
    }
    cluster["config"] = plugin.cluster_config.empty()
                            ? nlohmann::ordered_json()
                            : nlohmann::ordered_json::parse(plugin.cluster_config, nullptr, false);
  }
  spec["interactive"] = interactive;
  nlohmann::ordered_json info;
  info["kind"] = "ExecCredential";
  info["apiVersion"] = plugin.stanza.api_version;
  info["spec"] = std::move(spec);
  return info.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<void> AddExecCredential(ClusterAccess& access) {
  const ExecPlugin& plugin = *access.exec;
  const std::string& command = plugin.stanza.command;
  const std::string& mode = plugin.stanza.interactive_mode;
  const bool interactive = mode != "Never" && ::isatty(STDIN_FILENO) == 1;
  if (mode == "Always" && !interactive) {
    return Refuse("exec plugin cannot support interactive mode: standard input is not a terminal");
  }
  const std::string file = FindCommand(command);
  if (file.empty()) {
    const std::string& hint = plugin.stanza.install_hint;
    return Refuse("exec: executable {} not found{}{}", command, kNotInstalled,
                  hint.empty() ? "" : "\n\n" + hint);
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Refuse("exec: {}", GoErrnoText(errno));
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  pid_t process = 0;
  if (const int problem = Spawn(plugin, file, ExecInfo(plugin, access, interactive), interactive,
                                writer.get(), process);
      problem != 0) {
    return Refuse("exec: fork/exec {}: {}", file, GoErrnoText(problem));
  }
  writer.Reset(-1);
  Wiped printed;
  const int problem = ReadAll(reader.get(), printed.text);
  if (problem != 0) ::kill(process, SIGKILL);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (problem == EFBIG) {
    return Refuse("exec: executable {} printed more than {} KiB", command,
                  kMaxExecCredentialBytes >> 10);
  }
  if (problem != 0) return Refuse("exec: {}", GoErrnoText(problem));
  if (status != 0) {
    return Refuse("exec: executable {} failed with exit code {}", command,
                  WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  }
  auto credential = ParseExecCredential(printed.text, plugin.stanza.api_version);
  if (!credential) return tl::unexpected(credential.error());
  access.token = std::move(credential->token);
  access.client_certificate_pem = std::move(credential->certificate_pem);
  access.client_key_pem = std::move(credential->key_pem);
  return {};
}

Result<void> CheckPluginPolicy(const Environment& environment) {
  auto file = environment("KUBERC");
  if (!file) {
    const auto home = environment("HOME");
    if (!home) return {};
    file = *home + "/.kube/kuberc";
  }
  const auto text = ReadLocalFile(*file, kMaxKubeconfigBytes);
  if (!text && text.error().error_number == ENOENT) return {};
  if (!text) return Fail(ErrorKind::kConfig, "kuberc: {}", text.error().text);
  if (text->find("credentialPlugin") == std::string::npos) return {};
  return Fail(ErrorKind::kConfig,
              "kuberc: {} has a policy for credential plugins, which this version cannot follow: "
              "give --token",
              *file);
}

}  // namespace secure_exec
