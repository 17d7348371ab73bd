#include "replay/program.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/vt/safe_text.h"
#include "recorder/store/store.h"
#include "replay/manual.h"

namespace secure_exec {
namespace {

constexpr const Command* kCommands[] = {
    &kLsCommand,    &kInfoCommand,   &kCatCommand,       &kPlayCommand,   &kShowCommand,
    &kGrepCommand,  &kExportCommand, &kNoteCommand,      &kVerifyCommand, &kRecoverCommand,
    &kPruneCommand, &kKeysCommand,   &kCompletionCommand};

// As a shell reports a program that wrote to a pipe whose reader has gone.
constexpr int kOutputClosedExit = 141;

constexpr OptionSpec kCommonOptions[] = {
    {"store", "DIR", "where the recordings are (default: $SECURE_EXEC_STORE)"},
    {"identity", "FILE", "age identities that open encrypted recordings; may be repeated"},
    {"help,h", nullptr, "this text"},
};

const Command* FindCommand(std::string_view name) {
  for (const Command* command : kCommands) {
    if (command->name == name) return command;
  }
  return nullptr;
}

int UnknownCommand(std::string_view name, World& world) {
  SayError(world,
           {ErrorKind::kUsage,
            fmt::format("unknown command \"{}\"; kubectl secure-replay help lists them", name)});
  return 1;
}

int Help(const std::vector<std::string>& names, World& world) {
  if (names.empty()) {
    world.out.Write(ReplayHelp());
    return 0;
  }
  const Command* command = FindCommand(names[0]);
  if (command == nullptr) return UnknownCommand(names[0], world);
  world.out.Write(CommandHelp(*command));
  return 0;
}

std::vector<std::string> IdentityFiles(const Arguments& arguments, const World& world) {
  std::vector<std::string> files = arguments.All("identity");
  if (!files.empty()) return files;
  if (const auto file = world.environment("SECURE_EXEC_IDENTITY")) files.push_back(*file);
  return files;
}

int RunCommand(const Command& command, const std::vector<std::string>& words,
               const std::optional<std::string>& store, World& world) {
  const auto usage = [&](std::string message) {
    SayError(world, {ErrorKind::kUsage, fmt::format("{}; see kubectl secure-replay {} --help",
                                                    message, command.name)});
    return command.usage_exit;
  };
  auto arguments = ParseArguments(AllOptions(command), words);
  if (!arguments) return usage(arguments.error().message);
  if (arguments->Has("help")) {
    world.out.Write(CommandHelp(command));
    return 0;
  }
  if (store && !arguments->Has("store")) arguments->options["store"] = {*store};
  if (arguments->positional.size() < command.min_arguments) {
    return usage(fmt::format("{} needs {}", command.name, command.synopsis));
  }
  if (arguments->positional.size() > command.max_arguments) {
    return usage(fmt::format("{}: one argument too many: \"{}\"", command.name,
                             arguments->positional[command.max_arguments]));
  }
  world.identities = LoadIdentities(IdentityFiles(*arguments, world), world.prompt);
  const Result<int> code = command.run(*arguments, world);
  if (code) return *code;
  if (code.error().kind != ErrorKind::kOutputClosed) SayError(world, code.error());
  return code.error().kind == ErrorKind::kUsage ? command.usage_exit : command.error_exit;
}

int Dispatch(const std::vector<std::string>& words, World& world) {
  std::optional<std::string> store;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::vector<std::string> rest(words.begin() + static_cast<ptrdiff_t>(i) + 1, words.end());
    if (word == "-h" || word == "--help" || word == "help") return Help(rest, world);
    if (word == "--version" || word == "version") {
      world.out.WriteLine("kubectl-secure_replay " SECURE_EXEC_VERSION);
      return 0;
    }
    if (word == "--store" && i + 1 < words.size()) {
      store = words[++i];
    } else if (word.starts_with("--store=")) {
      store = word.substr(8);
    } else if (word.starts_with('-')) {
      SayError(world, {ErrorKind::kUsage,
                       fmt::format("{}: not an option here; options follow the command", word)});
      return 1;
    } else if (const Command* command = FindCommand(word)) {
      return RunCommand(*command, rest, store, world);
    } else {
      return UnknownCommand(word, world);
    }
  }
  return Help({}, world);
}

}  // namespace

std::span<const Command* const> Commands() { return kCommands; }
std::span<const OptionSpec> CommonOptions() { return kCommonOptions; }

std::vector<OptionSpec> AllOptions(const Command& command) {
  std::vector<OptionSpec> all(command.options.begin(), command.options.end());
  all.insert(all.end(), std::begin(kCommonOptions), std::end(kCommonOptions));
  return all;
}

int RunReplay(const std::vector<std::string>& words, World& world) {
  const int code = Dispatch(words, world);
  world.out.Flush();
  if (world.out.failed()) {
    if (world.out.error()->kind == ErrorKind::kOutputClosed) return kOutputClosedExit;
    SayError(world, *world.out.error());
    world.err.Flush();
    return code == 0 ? 1 : code;
  }
  world.err.Flush();
  return code;
}

Result<std::string> StoreOf(const Arguments& arguments, const World& world) {
  if (!arguments.Has("store")) return StoreRoot(world.environment);
  std::string store = arguments.Get("store");
  std::error_code error;
  if (!std::filesystem::is_directory(store, error)) {
    return Fail(ErrorKind::kNotFound, "--store {}: no such directory", store);
  }
  return store;
}

Result<std::string> FindRecording(const Arguments& arguments, const World& world,
                                  const std::string& name) {
  if (name == "-" || name.find("://") != name.npos) {
    return Fail(ErrorKind::kUsage, "\"{}\" is no file: recordings are read from files alone", name);
  }
  const auto store = StoreOf(arguments, world);
  if (store) return ResolveRecording(*store, name);
  std::error_code ignored;
  if (std::filesystem::exists(name, ignored)) return name;
  return tl::unexpected(store.error());
}

Result<std::unique_ptr<Recording>> OpenRecording(const Arguments& arguments, const World& world,
                                                 const std::string& name) {
  const auto path = FindRecording(arguments, world, name);
  if (!path) return tl::unexpected(path.error());
  return Recording::Open(*path, world.identities);
}

void SayError(World& world, const Error& error) {
  world.out.Flush();  // so that both come in order on one terminal
  world.err.WriteLine(fmt::format("error: {}", SafeLine(error.message)));
  world.err.Flush();
}

void SayNote(World& world, std::string_view text) {
  world.out.Flush();
  world.err.WriteLine(fmt::format("note: {}", SafeLine(text)));
  world.err.Flush();
}

}  // namespace secure_exec
