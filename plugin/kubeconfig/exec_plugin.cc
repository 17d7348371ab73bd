#include "plugin/kubeconfig/exec_plugin.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/bytes.h"
#include "base/go_time.h"
#include "base/json.h"
#include "base/unique_fd.h"
#include "plugin/kubeconfig/look_path.h"
#include "plugin/kubeconfig/yaml_mapping.h"

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

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string Shown(std::string text) {
  if (text.size() > 100) text.resize(100);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c >= 0x7f; }, '?');
  return text;
}

// What Go's decoder calls a value, in "cannot unmarshal number into …".
std::string_view JsonName(const Json& value) {
  if (value.is_boolean()) return "bool";
  return value.is_object() || value.is_array() || value.is_number() || value.is_string()
             ? value.type_name()
             : "null";
}

// The string fields of an object, wiped as they are taken. The first of another type is kept as the
// problem, in Go's words: they name types, and quote nothing.
class Fields {
 public:
  // `path` is Go's name for the object: "ExecCredentialStatus.status".
  Fields(Json& object, std::string path) : object_(object), path_(std::move(path)) {}

  std::string Take(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return {};
    if (!found->is_string()) {
      if (problem_.empty()) {
        problem_ =
            fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type string",
                        JsonName(*found), path_, name);
      }
      return {};
    }
    auto& value = found->get_ref<std::string&>();
    std::string text = value;
    OPENSSL_cleanse(value.data(), value.size());
    return text;
  }
  bool Has(const char* name) const {
    const auto found = object_.find(name);
    return found != object_.end() && !found->is_null();
  }
  const std::string& problem() const { return problem_; }

 private:
  Json& object_;
  std::string path_, problem_;
};

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
  if (mode.empty() && exec.api_version != "client.authentication.k8s.io/v1beta1" &&
      exec.api_version != "client.authentication.k8s.io/v1alpha1") {
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
  Json document = IsBlank(text) ? Json::object() : ParseJson(text, kMaxExecCredentialDepth);
  constexpr std::string_view kNoVersion = "couldn't get version/kind; json parse error: ";
  // The parser's own words quote what it read.
  if (document.is_discarded()) {
    return Refuse("decoding stdout: {}not a JSON object", kNoVersion);
  }
  if (!document.is_object()) {
    return Refuse("decoding stdout: {}", NoVersionAndKind(JsonName(document)));
  }
  Fields top(document, "");
  std::string kind = top.Take("kind");
  std::string version = top.Take("apiVersion");
  if (!top.problem().empty()) return Refuse("decoding stdout: {}{}", kNoVersion, top.problem());
  // As in Go, where the answer is decoded over one that has these.
  if (kind.empty()) kind = "ExecCredential";
  if (version.empty()) version = fmt::format("{}__internal", kGroup);
  const std::string served = version.starts_with(kGroup) ? version.substr(kGroup.size()) : "";
  if (kind != "ExecCredential" ||
      (served != "v1" && served != "v1beta1" && served != "__internal")) {
    return Refuse(
        "decoding stdout: no kind \"{}\" is registered for version \"{}\" in scheme "
        "\"pkg/client/auth/exec/exec.go:64\"",
        Shown(kind), Shown(version));
  }
  if (version != api_version) {
    return Refuse("exec plugin is configured to use API version {}, plugin returned version {}",
                  api_version, version);
  }
  const auto status = document.find("status");
  if (status == document.end() || status->is_null()) {
    return Refuse("exec plugin didn't return a status field");
  }
  if (!status->is_object()) {
    return Refuse(
        "decoding stdout: json: cannot unmarshal {} into Go struct field ExecCredential.status of "
        "type {}.ExecCredentialStatus",
        JsonName(*status), served);
  }
  Fields fields(*status, "ExecCredentialStatus.status");
  ExecCredential credential;
  const bool expires = fields.Has("expirationTimestamp");
  const std::string expiry = fields.Take("expirationTimestamp");
  credential.token = fields.Take("token");
  credential.certificate_pem = fields.Take("clientCertificateData");
  credential.key_pem = fields.Take("clientKeyData");
  if (!fields.problem().empty()) return Refuse("decoding stdout: {}", fields.problem());
  if (expires) {
    const auto time = ParseGoTime(expiry);
    if (!time) return Refuse("decoding stdout: {}", time.error());
    credential.expires_wall_ns = *time;
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

Result<std::optional<int64_t>> AddExecCredential(ClusterAccess& access) {
  const ExecPlugin& plugin = *access.exec;
  const std::string& command = plugin.stanza.command;
  const std::string& mode = plugin.stanza.interactive_mode;
  const bool interactive = mode != "Never" && ::isatty(STDIN_FILENO) == 1;
  if (mode == "Always" && !interactive) {
    return Refuse("exec plugin cannot support interactive mode: standard input is not a terminal");
  }
  if (auto allowed = CheckPluginPolicy(plugin.policy, command); !allowed) {
    return tl::unexpected(allowed.error());
  }
  // A path is run as it stands, whatever it is: the operating system's words say what is wrong.
  std::string file = command;
  if (command.find('/') == std::string::npos) {
    const auto found = LookPath(command);
    if (!found) {
      const std::string& hint = plugin.stanza.install_hint;
      return Refuse("exec: executable {} not found{}{}", command, kNotInstalled,
                    hint.empty() ? "" : "\n\n" + hint);
    }
    file = *found;
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
  return credential->expires_wall_ns;
}

}  // namespace secure_exec
