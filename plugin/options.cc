#include "plugin/options.h"

#include <algorithm>
#include <boost/program_options/value_semantic.hpp>
#include <charconv>
#include <limits>
#include <string_view>

#include "plugin/flag_parser.h"

namespace secure_exec {
namespace {

namespace po = boost::program_options;

constexpr std::string_view kSeeUsage = "\nSee 'kubectl secure-exec --help' for usage.";
constexpr std::string_view kSeeHelp = "\nSee 'kubectl secure-exec -h' for help and examples";

po::options_description Declarations() {
  const auto text = [] { return po::value<std::string>(); };
  const auto flag = [] { return po::value<std::string>()->implicit_value("true"); };
  po::options_description declared;
  declared.add_options()                    //
      ("container,c", text())               //
      ("stdin,i", flag())                   //
      ("tty,t", flag())                     //
      ("quiet,q", flag())                   //
      ("help,h", flag())                    //
      ("version", flag())                   //
      ("record-stdin", text())              //
      ("record-stdout", text())             //
      ("record-stderr", text())             //
      ("record-limit", text())              //
      ("status-file", text())               //
      ("protocol", text())                  //
      ("namespace,n", text())               //
      ("context", text())                   //
      ("kubeconfig", text())                //
      ("cluster", text())                   //
      ("user", text())                      //
      ("server,s", text())                  //
      ("token", text())                     //
      ("username", text())                  //
      ("password", text())                  //
      ("as", text())                        //
      ("as-uid", text())                    //
      ("as-group", text())                  //
      ("as-user-extra", text())             //
      ("certificate-authority", text())     //
      ("client-certificate", text())        //
      ("client-key", text())                //
      ("insecure-skip-tls-verify", flag())  //
      ("tls-server-name", text())           //
      ("request-timeout", text());
  return declared;
}

// Flags of kubectl exec that this version lacks. Most change who asks, or how; so each is refused
// by name, and none is ignored.
constexpr std::string_view kNotYet[] = {"cache-dir",
                                        "disable-compression",
                                        "filename",
                                        "kuberc",
                                        "profile",
                                        "match-server-version",
                                        "profile-output",
                                        "v",
                                        "vmodule",
                                        "warnings-as-errors",
                                        "log-flush-frequency",
                                        "pod-running-timeout"};

// Says more about what pflag only calls unknown.
std::string ExplainUnknown(const std::string& message) {
  std::string_view name = message;
  for (std::string_view prefix : {"unknown flag: --", "unknown shorthand flag: '"}) {
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    if (prefix.ends_with('\'')) {
      name = name[0] == 'f' ? "filename" : name[0] == 'v' ? "v" : "";
    }
    if (std::find(std::begin(kNotYet), std::end(kNotYet), name) != std::end(kNotYet)) {
      return fmt::format("{} (kubectl exec has it; this version of kubectl secure-exec does not)",
                         message);
    }
  }
  return message;
}

class OptionReader {
 public:
  explicit OptionReader(const std::vector<std::string>& args)
      : declared_(Declarations()), parsed_(ParseFlags(declared_, args)) {}

  Result<Options> Read() {
    if (!parsed_) {
      return Fail(ErrorKind::kUsage, "{}{}", ExplainUnknown(parsed_.error().message), kSeeUsage);
    }
    Options options;
    options.container = Text("container").value_or("");
    options.stdin_open = Flag("stdin");
    options.tty = Flag("tty");
    options.quiet = Flag("quiet");
    ReadAccess(options.access);
    for (int channel = 0; channel < kChannels; ++channel) {
      const std::string name = fmt::format("record-{}", ChannelName(static_cast<Channel>(channel)));
      if (auto read = ReadMode(name, options.record[channel]); !read) {
        return tl::unexpected(read.error());
      }
    }
    if (auto read = ReadLimit(options.record_limit); !read) return tl::unexpected(read.error());
    if (const auto file = Text("status-file")) {
      if (file->empty()) return Invalid("status-file", "", "a file's name is wanted");
      options.status_file = *file;
    }
    if (const auto protocol = Text("protocol")) {
      if (*protocol != "auto" && *protocol != "spdy")
        return Invalid("protocol", *protocol, "must be auto or spdy");
      if (*protocol == "spdy") options.protocol = ProtocolChoice::kSpdy;
    }
    if (Flag("help")) {
      options.action = Options::Action::kHelp;
    } else if (Flag("version")) {
      options.action = Options::Action::kVersion;
    } else if (auto read = ReadTargetAndCommand(options); !read) {
      return tl::unexpected(read.error());
    }
    return options;
  }

 private:
  std::optional<std::string> Text(const std::string& name) const {
    const auto& value = parsed_->values[name];
    if (value.empty()) return std::nullopt;
    return value.as<std::string>();
  }
  bool Flag(const std::string& name) const { return Text(name) == "true"; }

  tl::unexpected<Error> Invalid(const std::string& name, const std::string& value,
                                const std::string& why) const {
    return Fail(ErrorKind::kUsage, "{}{}", InvalidArgument(declared_, name, value, why), kSeeUsage);
  }

  void ReadAccess(AccessFlags& access) const {
    access.kubeconfig = Text("kubeconfig");
    access.context = Text("context");
    access.cluster = Text("cluster");
    access.user = Text("user");
    access.name_space = Text("namespace");
    access.server = Text("server");
    access.token = Text("token");
    access.username = Text("username");
    access.password = Text("password");
    access.as = Text("as");
    access.as_uid = Text("as-uid");
    for (const auto& [name, value] : parsed_->given) {
      if (name == "as-group") access.as_groups.push_back(value);
      if (name == "as-user-extra") access.as_user_extra.push_back(value);
    }
    access.certificate_authority = Text("certificate-authority");
    access.client_certificate = Text("client-certificate");
    access.client_key = Text("client-key");
    access.tls_server_name = Text("tls-server-name");
    if (Text("insecure-skip-tls-verify")) {
      access.insecure_skip_tls_verify = Flag("insecure-skip-tls-verify");
    }
    access.request_timeout = Text("request-timeout").value_or("");
  }

  Result<void> ReadMode(const std::string& name, std::optional<RecordMode>& mode) const {
    const auto text = Text(name);
    if (!text) return {};
    for (RecordMode each : {RecordMode::kAll, RecordMode::kDigest, RecordMode::kOff}) {
      if (*text == RecordModeName(each)) mode = each;
    }
    if (mode) return {};
    return Invalid(name, *text, "must be all, digest or off");
  }

  Result<void> ReadLimit(uint64_t& limit) const {
    const auto text = Text("record-limit");
    if (!text) return {};
    static constexpr std::string_view kWhy =
        "must be a number of bytes, which k, M, G, Ki, Mi or Gi may follow";
    const char* end = text->data() + text->size();
    uint64_t number = 0;
    const auto [rest, problem] = std::from_chars(text->data(), end, number);
    if (problem == std::errc::result_out_of_range) {
      return Invalid("record-limit", *text, "is too large");
    }
    const std::string_view suffix(rest, static_cast<size_t>(end - rest));
    static constexpr std::pair<std::string_view, uint64_t> kSuffixes[] = {
        {"", 1},         {"k", 1'000},    {"M", 1'000'000}, {"G", 1'000'000'000},
        {"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}};
    const auto found = std::find_if(std::begin(kSuffixes), std::end(kSuffixes),
                                    [&](const auto& each) { return each.first == suffix; });
    if (problem != std::errc() || found == std::end(kSuffixes)) {
      return Invalid("record-limit", *text, std::string(kWhy));
    }
    if (number > std::numeric_limits<uint64_t>::max() / found->second) {
      return Invalid("record-limit", *text, "is too large");
    }
    limit = number * found->second;
    return {};
  }

  // kubectl exec's own checks, in its order and with its texts.
  Result<void> ReadTargetAndCommand(Options& options) {
    const auto& arguments = parsed_->arguments;
    // kubectl 1.36 and older silently use the first of several arguments before "--".
    if (arguments.size() > 1) {
      return Fail(ErrorKind::kUsage,
                  "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] "
                  "instead{}",
                  kSeeHelp);
    }
    if (arguments.empty() || arguments[0].empty()) {
      return Fail(ErrorKind::kUsage, "pod, type/name or --filename must be specified");
    }
    if (!parsed_->rest || parsed_->rest->empty()) {
      return Fail(ErrorKind::kUsage, "you must specify at least one command for the container");
    }
    options.command = std::move(*parsed_->rest);
    return ReadTarget(arguments[0], options.target.typed);
  }

  static Result<void> ReadTarget(const std::string& typed, std::string& target) {
    target = typed;
    if (const size_t slash = typed.find('/'); slash != std::string::npos) {
      std::string type = typed.substr(0, slash);
      target = typed.substr(slash + 1);
      if (target.find('/') != std::string::npos) {
        return Fail(ErrorKind::kUsage,
                    "arguments in resource/name form may not have more than one slash");
      }
      if (type.empty() || target.empty()) {
        return Fail(ErrorKind::kUsage,
                    "arguments in resource/name form must have a single resource and name");
      }
      std::transform(type.begin(), type.end(), type.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      if (type != "pod" && type != "pods" && type != "po") {
        return Fail(ErrorKind::kUsage,
                    "{} is no pod: this version takes POD or pod/POD only; \"kubectl get pods\" "
                    "lists them",
                    GoQuote(typed));
      }
    }
    if (const std::string why = PathSegmentProblem(target); !why.empty()) {
      return Fail(ErrorKind::kUsage, "invalid resource name {}: [{}]", GoQuote(target), why);
    }
    return {};
  }

  const po::options_description declared_;
  Result<ParsedFlags> parsed_;
};

}  // namespace

Result<Options> ParseOptions(const std::vector<std::string>& args) {
  return OptionReader(args).Read();
}

std::string HelpText() {
  return R"(Execute a command in a container, as kubectl exec does, and record it.

Usage:
  kubectl secure-exec POD [-c CONTAINER] [flags] -- COMMAND [args...]

Examples:
  kubectl secure-exec mypod -- date                   # run one command
  kubectl secure-exec mypod -c app -it -- sh          # a shell in container "app"
  kubectl secure-exec mypod -i -- psql < query.sql    # feed it a file

Flags:
  -c, --container NAME   default: the pod's default-container annotation, or its first container
  -i, --stdin            pass stdin to the container
  -t, --tty              stdin is a TTY; needs -i
  -q, --quiet            only print output from the remote session
      --record-stdin, --record-stdout, --record-stderr all|digest|off
                         what is kept of a channel (all; stdin of a TTY: off)
      --record-limit N   bytes a channel, with k, M, G, Ki, Mi or Gi (1Gi); beyond it digests
      --status-file F    write how the session ended, and whose exit code it was
      --protocol P       auto: WebSocket, and SPDY where it is refused; spdy: SPDY alone
  -h, --help             --version

As in kubectl: -n/--namespace, --context, --kubeconfig, --cluster, --user, -s/--server, --token,
--username, --password, --as, --as-uid, --as-group, --as-user-extra,
--certificate-authority, --client-certificate, --client-key, --insecure-skip-tls-verify,
--tls-server-name, --request-timeout.

"kubectl secure-replay" lists, checks and plays the recordings.
)";
}

}  // namespace secure_exec
