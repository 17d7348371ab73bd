#include "replay/manual.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/program.h"

namespace secure_exec {
namespace {

constexpr const char* kTitle =
    "Watches, searches and checks the recordings of kubectl secure-exec.\n";

constexpr const char* kSynopsis =
    "  kubectl secure-replay [--store DIR] COMMAND [options] [REC...]\n";

constexpr const char* kRecordings =
    "REC is an id, the start of one, \"last\", or the path of a .cast.zst, .cast.zst.age or .cast "
    "file. Encrypted ones need --identity FILE, or SECURE_EXEC_IDENTITY=FILE.\n";

constexpr const char* kExamples =
    "  kubectl secure-replay ls\n"
    "  kubectl secure-replay play last --max-idle 2\n"
    "  kubectl secure-replay grep -i 'delete .*namespace'\n";

constexpr const char* kMoreExamples =
    "  kubectl secure-replay ls --namespace 'prod*' --since 2h --exit '!0'\n"
    "  kubectl secure-replay show last --at 1:30\n"
    "  kubectl secure-replay export last --format v3 -o session.cast\n"
    "  kubectl secure-replay verify last --signer user-key.pub.pem\n"
    "  kubectl secure-replay prune --older 90d          # shows what --delete would remove\n";

ManualSection Description() {
  return {"Description",
          fmt::format(
              "Lists, shows, searches and checks what kubectl secure-exec recorded. It needs no "
              "cluster. "
              "Plain asciicasts, version 2 and 3, of whatever program work everywhere too.\n"
              "\n{}\n"
              "Recordings are looked for in --store DIR, or SECURE_EXEC_STORE, or "
              "~/.local/share/secure-exec/recordings. All times of day are UTC. Options follow the "
              "command and mix with its arguments; -- ends them. \"kubectl secure-replay help "
              "COMMAND\" "
              "shows what follows here for one command.\n",
              kRecordings),
          {}};
}

ManualSection ExitStatus() {
  return {"Exit status",
          "Of grep and verify, as told above. Of the others:",
          {{"0", "it is done"},
           {"1", "an error, which was told"},
           {"130", "playing was interrupted"},
           {"141", "whoever read the output went away"}}};
}

ManualSection EnvironmentVariables() {
  return {"Environment",
          "",
          {{"SECURE_EXEC_STORE", "the directory of recordings, an absolute path"},
           {"SECURE_EXEC_IDENTITY", "a file of age identities, where --identity names none"},
           {"XDG_DATA_HOME", "where secure-exec/recordings and your key are; else ~/.local/share"},
           {"USER", "who you are, for keys export --format signers"}}};
}

ManualSection Files() {
  return {
      "Files",
      "",
      {{"~/.local/share/secure-exec/recordings", "recordings, CONTEXT/NAMESPACE/POD/ID.cast.zst"},
       {"ID.cast.zst.age, ID.seal", "an encrypted one, and its signed seal"},
       {"ID.notes", "what note wrote"},
       {"ID.recovered.cast.zst", "what recover made"},
       {"~/.local/share/secure-exec/user-key.pem", "the key that signs your recordings"},
       {"~/.local/share/secure-exec/user-key.pub.pem", "its public half, for who verifies them"}}};
}

ManualSection Security() {
  return {"Security",
          "Nothing that was recorded acts on the terminal of who reads it: sequences that ask, "
          "tell, write the "
          "clipboard, change the title or hide text never come through, in no command but cat "
          "--raw, which "
          "writes to a terminal only with --force.\n"
          "\n"
          "What ls, play or grep show is not verified. verify is what says whether a recording is "
          "whole, "
          "unaltered, and whose it is; it trusts no key because the recording has it, and exits "
          "with 0 only "
          "where --signer, --signers or --audit-log vouch for it. Copies that export makes, and "
          "notes, prove "
          "nothing.\n",
          {}};
}

size_t Column(const std::vector<ManualItem>& items) {
  size_t column = 0;
  for (const ManualItem& item : items) column = std::max(column, item.term.size() + 4);
  return column;
}

std::vector<ManualItem> CommandItems() {
  std::vector<ManualItem> items;
  for (const Command* command : Commands()) {
    items.push_back({std::string(command->name), std::string(command->summary)});
  }
  items.push_back({"help", "help for a command"});
  return items;
}

ManualSection CommandSection(const Command& command) {
  std::string text = fmt::format("  kubectl secure-replay {} {}\n\n{}.\n", command.name,
                                 command.synopsis, command.summary);
  text[text.find("\n\n") + 2] ^= 'a' ^ 'A';  // summaries begin with a small letter
  if (!command.details.empty()) text += fmt::format("\n{}", command.details);
  ManualSection section{std::string(command.name), std::move(text), OptionItems(command.options),
                        true};
  for (ManualItem& item : section.items) item.term.erase(0, item.term.find_first_not_of(' '));
  return section;
}

}  // namespace

std::string ReplayHelp() {
  const std::vector<ManualItem> commands = CommandItems();
  return fmt::format("{}\nusage: {}\n{}\n{}\n{}\n\"man kubectl-secure-replay\" tells all of it.\n",
                     kTitle, kSynopsis + 2, ItemsText(commands, Column(commands)),
                     FillText(kRecordings, 0), kExamples);
}

std::string CommandHelp(const Command& command) {
  std::string text = fmt::format("{}\n\nusage: kubectl secure-replay {} {}\n\n", command.summary,
                                 command.name, command.synopsis);
  if (!command.details.empty()) text += fmt::format("{}\n", FillText(command.details, 0));
  const std::vector<ManualItem> options = OptionItems(AllOptions(command));
  return text + ItemsText(options, Column(options));
}

ManualPage ReplayManual() {
  ManualPage page{"kubectl-secure_replay",
                  "kubectl secure-replay",
                  "watch, search and check recorded sessions",
                  {}};
  std::vector<ManualItem> common = OptionItems(CommonOptions());
  for (ManualItem& item : common) item.term.erase(0, item.term.find_first_not_of(' '));
  page.sections = {{"Synopsis", kSynopsis, {}},
                   Description(),
                   {"Options", "Every command has these beside its own:", std::move(common)},
                   {"Commands", "", {}}};
  for (const Command* command : Commands()) page.sections.push_back(CommandSection(*command));
  const ManualSection examples{"Examples", std::string(kExamples) + kMoreExamples, {}};
  const ManualSection see_also{
      "See also",
      "kubectl-secure_exec(1), kubectl(1), age(1), age-keygen(1), asciinema(1), zstd(1)\n",
      {}};
  for (ManualSection section :
       {ExitStatus(), EnvironmentVariables(), Files(), examples, Security(), see_also}) {
    page.sections.push_back(std::move(section));
  }
  return page;
}

}  // namespace secure_exec
