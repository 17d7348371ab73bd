#include "plugin/options.h"

#include <algorithm>
#include <boost/program_options/value_semantic.hpp>
#include <iterator>
#include <string_view>
#include <utility>

#include "plugin/flag_parser.h"
#include "plugin/options_table.h"

namespace secure_exec {
namespace {

namespace po = boost::program_options;

constexpr std::string_view kSeeUsage = "\nSee 'kubectl secure-exec --help' for usage.";
constexpr std::string_view kSeeHelp = "\nSee 'kubectl secure-exec -h' for help and examples";

po::options_description Declarations() {
  po::options_description declared;
  for (const FlagEntry& entry : FlagTable()) {
    auto* value = po::value<std::string>();
    if (entry.implicit != nullptr) value->implicit_value(entry.implicit);
    declared.add_options()(entry.declared, value);
  }
  return declared;
}

// "container" of "container,c"
std::string_view LongName(const FlagEntry& entry) {
  const std::string_view declared = entry.declared;
  return declared.substr(0, declared.find(','));
}

// Go's profiler has no counterpart here; a name that it does not have is a mistake all the same.
bool IsProfile(std::string_view name) {
  constexpr std::string_view kProfiles[] = {"none",         "cpu",   "heap",  "goroutine",
                                            "threadcreate", "block", "mutex", "trace"};
  return std::find(std::begin(kProfiles), std::end(kProfiles), name) != std::end(kProfiles);
}

// What kubectl does with arguments before it reads the kubeconfig.
Result<void> TakeArguments(ParsedFlags& parsed, Options& options) {
  auto& arguments = parsed.arguments;
  // Where files name the object, an argument without "--" behind it is the start of a command.
  // kubectl 1.36 and older silently use the first of several arguments before "--".
  const bool several = arguments.size() > 1 && !(parsed.rest && parsed.rest->empty());
  if (several || (!arguments.empty() && !options.target.files.empty() && !parsed.rest)) {
    return Fail(ErrorKind::kUsage,
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] "
                "instead{}",
                kSeeHelp);
  }
  if (!arguments.empty()) options.target.typed = std::move(arguments[0]);
  if (parsed.rest) options.command = std::move(*parsed.rest);
  return {};
}

}  // namespace

Result<Options> ParseOptions(const std::vector<std::string>& args) {
  CommandLine line;
  auto parsed = ParseFlags(Declarations(), args,
                           [&](const std::string& name, const std::string& value) -> std::string {
                             for (const FlagEntry& entry : FlagTable()) {
                               if (LongName(entry) != name) continue;
                               line.options.given.push_back(name);
                               return entry.set(line, value);
                             }
                             return "";
                           });
  if (!parsed) return Fail(ErrorKind::kUsage, "{}{}", parsed.error().message, kSeeUsage);
  Options& options = line.options;
  using Action = Options::Action;
  if (line.help || line.version) {
    options.action = !line.help      ? Action::kVersion
                     : line.help_all ? Action::kFullHelp
                                     : Action::kHelp;
    return std::move(options);
  }
  if (!IsProfile(line.profile)) {
    return Fail(ErrorKind::kUsage, "unknown profile '{}'", line.profile);
  }
  if (auto taken = TakeArguments(*parsed, options); !taken) return tl::unexpected(taken.error());
  options.target.name_space_given = !options.access.name_space.value_or("").empty();
  return std::move(options);
}

Result<void> CheckRequest(const Options& options) {
  if (options.target.pod_timeout_ns <= 0) {
    return Fail(ErrorKind::kUsage, "--pod-running-timeout must be higher than zero{}", kSeeHelp);
  }
  if (options.match_server_version) {
    return Fail(ErrorKind::kUsage,
                "--match-server-version cannot be met: kubectl secure-exec has no Kubernetes "
                "version of its own; compare with \"kubectl version\" and leave it out");
  }
  if (options.explain != Options::Explain::kNo) return {};
  if (options.target.typed.empty() && options.target.files.empty()) {
    return Fail(ErrorKind::kUsage, "pod, type/name or --filename must be specified");
  }
  if (options.command.empty()) {
    return Fail(ErrorKind::kUsage, "you must specify at least one command for the container");
  }
  return {};
}

}  // namespace secure_exec
