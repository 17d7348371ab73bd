#include "plugin/manual.h"

#include <fmt/format.h>

#include <algorithm>

#include "plugin/flag_help.h"

namespace secure_exec {
namespace {

constexpr size_t kFullColumn = 30;  // of help texts; a longer flag has its text below

constexpr const char* kTitle =
    "Run a command in a container as kubectl exec does, and record the session.\n";

constexpr const char* kSynopsis =
    "  kubectl secure-exec (POD | TYPE/NAME) [-c NAME] [flags] -- COMMAND [args...]\n";

ManualSection Synopsis() {
  return {"Synopsis",
          std::string(kSynopsis) +
              "  kubectl secure-exec -f FILE [-c NAME] [flags] -- COMMAND [args...]\n"
              "  kubectl secure-exec --explain[=json] [POD | TYPE/NAME] [flags]\n"
              "  kubectl secure-exec --check-policy FILE [POD | TYPE/NAME] [flags]\n"
              "  kubectl secure-exec --reap ID [flags]\n",
          {}};
}

ManualSection Description() {
  return {
      "Description",
      "Runs COMMAND in a container of a pod as kubectl exec does: the same flags, messages and "
      "exit "
      "codes. It is a plugin: kubectl finds the program kubectl-secure_exec on PATH when "
      "\"kubectl secure-exec\" is typed.\n"
      "\n"
      "The session is recorded, in one file: an asciicast, compressed with zstd, with signed "
      "checkpoints between its frames. Nothing is shown before it is recorded; where it cannot be "
      "recorded, the session ends. kubectl secure-replay lists, plays, searches and verifies "
      "recordings.\n"
      "\n"
      "A session that the program ends by itself (idle, too long, no answer) ends with a notice "
      "before, the terminal is given back, and what the session started in the container is hung "
      "up. Without a status from the server the exit code is never 0.\n"
      "\n"
      "Flags are read as kubectl reads them. A name may be written with _ for -; of a flag that is "
      "given twice the last one counts, where it does not add up. A duration is one of Go's: 90s, "
      "1h30m.\n",
      {}};
}

ManualSection Escapes() {
  return {"Escape keys",
          "With a TTY, at the start of a line and while the server does not answer (--escape says "
          "when):",
          {{"~.", "ends the session"}, {"~?", "tells what there is"}, {"~~", "sends one ~"}}};
}

ManualSection ExitStatus() {
  return {"Exit status",
          "The command's own, and:",
          {{"1", "as kubectl: refused, not found, bad arguments; a signal, with a TTY"},
           {"119", "idle for too long, or the longest duration is over"},
           {"120", "the recording could not be begun, or not be continued"},
           {"121", "refused by the policy, or a required audit event was not delivered"},
           {"122", "the connection was lost or ended without a status, or ~. ended it"},
           {"128+N", "died of signal N, without a TTY"}}};
}

ManualSection ExitStatusMore() {
  return {
      "Whose exit code it is",
      "A command may use the same numbers. --status-file and the recording say whether it was the "
      "command's, and why the session ended. --explain and --check-policy exit with 1 where they "
      "found "
      "a problem.",
      {},
      true};
}

ManualSection EnvironmentVariables() {
  return {"Environment",
          "",
          {{"KUBECONFIG", "kubeconfig files, with : between them; else ~/.kube/config"},
           {"KUBERC", "the file of kubectl's preferences; off: none"},
           {"SECURE_EXEC_STORE", "the directory of recordings, an absolute path"},
           {"XDG_DATA_HOME",
            "else they are in secure-exec/recordings here, or in ~/.local/share; your "
            "key is in secure-exec here, too"},
           {"XDG_CONFIG_HOME", "where secure-exec/config.yaml is; else ~/.config"},
           {"HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "as in kubectl, in small letters too"},
           {"TERM", "the terminal; where it is dumb or linux, notices are plain lines"}}};
}

ManualSection Files() {
  return {
      "Files",
      "",
      {{"/etc/secure-exec/policy.yaml",
        "binds every session of the machine; root's alone to write"},
       {"~/.config/secure-exec/config.yaml", "your own defaults for flags"},
       {"~/.local/share/secure-exec/recordings", "recordings, CONTEXT/NAMESPACE/POD/ID.cast.zst"},
       {"~/.local/share/secure-exec/user-key.pem",
        "the key that signs them, made by the first session"},
       {"~/.local/share/secure-exec/user-key.pub.pem", "its public half, for who verifies them"}}};
}

ManualSection Examples() {
  return {"Examples",
          "  kubectl secure-exec mypod -it -- sh              # a shell\n"
          "  kubectl secure-exec db -i -- psql < query.sql    # feed it a file\n"
          "  kubectl secure-exec deploy/web -c app -- env     # any pod of a Deployment\n"
          "  kubectl secure-exec db -it --reason OPS-1412 --recipient age1... -- sh\n"
          "  kubectl secure-exec --explain -n prod db         # what would bind it\n"
          "  kubectl secure-replay play last                  # watch it\n",
          {}};
}

ManualSection Security() {
  return {
      "Security",
      "Recordings are files of mode 0600 that hold what the session showed: a secret that the "
      "pod prints is in them. What is typed without an echo, such as a password, is masked "
      "(--record-stdin, --record-unechoed). --recipient encrypts a recording.\n"
      "\n"
      "A recording shows changes made afterwards. It is signed by a key that is wiped when the "
      "session ends, which your own key vouches for. It does not bind somebody with another "
      "client, or "
      "with control of this machine: what they may do is for RBAC to say, and the API server's "
      "audit "
      "log shows execs that have no recording (--anchor; kubectl secure-replay verify "
      "--audit-log).\n"
      "\n"
      "The command is in the API server's audit log and in the recording: pass secrets on stdin. "
      "Values "
      "of --token and --password can be read by others on this machine while the program runs; a "
      "kubeconfig or a credential plugin keeps them off the command line.\n",
      {}};
}

ManualSection SeeAlso() {
  return {"See also",
          "kubectl-secure_replay(1), kubectl(1), age(1), zstd(1). \"kubectl options\" lists "
          "kubectl's global "
          "flags.\n",
          {}};
}

std::string ManualText(const FlagHelp& flag) {
  std::string text = fmt::format("{}.", flag.help);
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  if (flag.help.starts_with("~") || flag.help.starts_with("age1")) text[0] = flag.help[0];
  return flag.more.empty() ? text : fmt::format("{} {}", text, flag.more);
}

std::vector<ManualItem> FlagItems(FlagGroup group, bool for_manual) {
  std::vector<ManualItem> items;
  for (const FlagHelp& flag : FlagHelpTable()) {
    if (flag.group != group) continue;
    std::string term = FlagTerm(flag);
    if (for_manual) term.erase(0, term.find_first_not_of(' '));
    items.push_back({std::move(term), for_manual ? ManualText(flag) : std::string(flag.help)});
  }
  return items;
}

}  // namespace

std::string HelpText() {
  std::vector<ManualItem> flags;
  size_t column = 0;
  for (const FlagHelp& flag : FlagHelpTable()) {
    if (!flag.common) continue;
    flags.push_back({FlagTerm(flag), std::string(flag.help)});
    column = std::max(column, flags.back().term.size() + 4);
  }
  const std::string examples = Examples().text;
  const size_t two_lines = examples.find('\n', examples.find('\n') + 1) + 1;
  return fmt::format(
      "{}\n{}{}\n{}\n{}", kTitle, kSynopsis, examples.substr(0, two_lines),
      ItemsText(flags, column),
      "\"--help=all\" and \"man kubectl-secure-exec\" tell of every flag, \"kubectl options\"\n"
      "of kubectl's, \"kubectl secure-replay\" of recordings.\n");
}

std::string FullHelpText() {
  std::string out = fmt::format("{}\n{}", kTitle, Synopsis().text);
  for (const FlagGroup group : kFlagGroups) {
    out += fmt::format("\n{}:\n{}", FlagGroupTitle(group),
                       ItemsText(FlagItems(group, false), kFullColumn));
  }
  for (const ManualSection& section :
       {Escapes(), Examples(), ExitStatus(), EnvironmentVariables(), Files()}) {
    out += fmt::format("\n{}", SectionText(section, kFullColumn));
  }
  return out;
}

ManualPage PluginManual() {
  ManualPage page{"kubectl-secure_exec",
                  "kubectl secure-exec",
                  "run a command in a container, and record the session",
                  {}};
  page.sections = {Synopsis(), Description(), {"Options", "", {}}};
  for (const FlagGroup group : kFlagGroups) {
    page.sections.push_back({std::string(FlagGroupTitle(group)), "", FlagItems(group, true), true});
  }
  for (ManualSection section : {Escapes(), ExitStatus(), ExitStatusMore(), EnvironmentVariables(),
                                Files(), Examples(), Security(), SeeAlso()}) {
    page.sections.push_back(std::move(section));
  }
  return page;
}

}  // namespace secure_exec
