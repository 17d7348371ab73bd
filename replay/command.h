// What a command is, and what it may touch. Each command is one file with one function; the table
// is in program.cc.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "base/result.h"
#include "recorder/recording.h"
#include "replay/identities.h"
#include "replay/options.h"
#include "replay/output.h"
#include "replay/pacer.h"

namespace secure_exec {

// The outside world, passed in so that tests can be it.
struct World {
  Output& out;
  Output& err;
  Environment environment;
  Pacer& pacer;
  PassphrasePrompt prompt = PromptOnTerminal;
  IdentitySource identities = nullptr;  // of the command line; set by RunReplay
};

struct Command {
  std::string_view name;
  std::string_view summary;   // one line, for the list of commands
  std::string_view synopsis;  // what follows the name
  std::string_view details;   // paragraphs of help; ends with a newline or is empty
  std::span<const OptionSpec> options;
  size_t min_arguments = 0;
  size_t max_arguments = 0;
  // For completion: which of them are REC, from 0 (last below first: none), and what else the first
  // can be.
  size_t first_recording = 1, last_recording = 0;
  std::span<const std::string_view> words = {};
  int error_exit = 1;  // where the command's other exit codes have meanings
  int usage_exit = 1;
  // The exit code. What went wrong on the way and did not end the command was said on world.err.
  Result<int> (*run)(const Arguments& arguments, World& world) = nullptr;
};

extern const Command kLsCommand;
extern const Command kInfoCommand;
extern const Command kCatCommand;
extern const Command kPlayCommand;
extern const Command kShowCommand;
extern const Command kGrepCommand;
extern const Command kExportCommand;
extern const Command kNoteCommand;
extern const Command kVerifyCommand;
extern const Command kRecoverCommand;
extern const Command kPruneCommand;
extern const Command kKeysCommand;
extern const Command kCompletionCommand;

// The store that --store or the environment names. kRecording, kUsage.
Result<std::string> StoreOf(const Arguments& arguments, const World& world);
// The path that a REC argument means (ResolveRecording), without needing a store for a path.
Result<std::string> FindRecording(const Arguments& arguments, const World& world,
                                  const std::string& name);
Result<std::unique_ptr<Recording>> OpenRecording(const Arguments& arguments, const World& world,
                                                 const std::string& name);

// "error: …" and "note: …", one line on world.err, safe for a terminal.
void SayError(World& world, const Error& error);
void SayNote(World& world, std::string_view text);

}  // namespace secure_exec
